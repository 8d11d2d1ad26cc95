"""Setting a checkout up: what is skipped, what is done again, and what is said when it cannot be done."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tools.bootstrap import (
    SetupError,
    Stamp,
    clean_environment,
    explain_failure,
    fingerprint,
    make_venv,
    require_modules,
    require_python,
    works,
)

from tests.support.small_disk import small_disk

ROOT = Path(__file__).resolve().parents[2]
NOBODY_LISTENS = "http://127.0.0.1:9/simple"


@pytest.fixture
def checkout() -> Iterator[Path]:
    """A copy of what the set-up reads before it needs the index; it refuses long before the rest matters."""
    with TemporaryDirectory(prefix="scholr-test-") as folder:
        for name in ("tools", "requirements"):
            shutil.copytree(ROOT / name, Path(folder) / name)
        shutil.copy(ROOT / "pyproject.toml", folder)
        yield Path(folder)


def set_up(checkout: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "tools/bootstrap.py", "run"]
    return subprocess.run(
        command, check=False, cwd=checkout, env={**os.environ, **variables}, capture_output=True, text=True
    )


def test_an_old_python_is_told_which_one_is_needed() -> None:
    with pytest.raises(SetupError, match=r"this is Python 3\.9 and Scholr needs 3\.11 or later; install one"):
        require_python((3, 9))
    require_python((3, 11))


def test_a_python_without_venv_is_told_what_to_install() -> None:
    with pytest.raises(SetupError, match=r"install its venv module .* apt install python3\.\d+-venv"):
        require_modules(("venv", "a_module_that_is_not_there"))


def test_an_index_that_cannot_be_reached_is_said_in_one_sentence(checkout: Path) -> None:
    quiet = {"PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": "", "PIP_RETRIES": "0"}
    done = set_up(checkout, PIP_INDEX_URL=NOBODY_LISTENS, **quiet)
    assert done.returncode == 1
    assert "the package index cannot be reached; check the network and the proxy settings" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "done in" not in done.stdout.splitlines()[-1]


def test_a_full_disk_is_said_in_one_sentence(checkout: Path) -> None:
    with small_disk(checkout / "disk", 12) as disk:
        for name in ("tools", "requirements"):
            shutil.copytree(checkout / name, disk / name)
        script = disk / "tools" / "bootstrap.py"
        done = set_up(disk)
        assert (done.returncode, "MB free and 150 MB are needed" in done.stderr) == (1, True)
        script.write_text(script.read_text().replace("require_space(checkout.root, 150)", "pass"))
        done = set_up(disk)
        assert done.returncode == 1
        assert done.stderr.strip().endswith("is full; free some space and run the same command again.")


def test_a_second_set_up_waits_for_the_first(checkout: Path) -> None:
    holder = (
        "import sys, time; from pathlib import Path; from tools.bootstrap import only_one_at_a_time\n"
        "with only_one_at_a_time(Path('.tools')): print('holding', flush=True); time.sleep(60)"
    )
    environment = {**os.environ, "PYTHONPATH": str(checkout)}

    def start() -> subprocess.Popen[str]:
        command = [sys.executable, "-c", holder]
        return subprocess.Popen(command, cwd=checkout, env=environment, stdout=subprocess.PIPE, text=True)

    with start() as first, start() as second:
        try:
            said = {each: line_of(each) for each in (first, second)}
            waiting = next(each for each in said if said[each].startswith("Another set-up of this checkout"))
            holding = first if waiting is second else second
            assert said[holding] == "holding\n"
            time.sleep(0.2)
            holding.kill()
            assert line_of(waiting) == "holding\n"
        finally:
            first.kill()
            second.kill()


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_a_step_is_current_only_while_its_inputs_are(tmp_path: Path) -> None:
    lock = tmp_path / "a.lock"
    lock.write_text("one")
    path = tmp_path / "stamp"
    stamp = Stamp(path, fingerprint([lock], "run"))
    assert not stamp.is_current()
    stamp.write()
    assert Stamp(path, fingerprint([lock], "run")).is_current()
    assert not Stamp(path, fingerprint([lock], "dev")).is_current()
    lock.write_text("two")
    assert not Stamp(path, fingerprint([lock], "run")).is_current()


def test_a_cleared_stamp_is_not_current(tmp_path: Path) -> None:
    stamp = Stamp(tmp_path / "stamp", "content")
    stamp.write()
    stamp.clear()
    assert not stamp.is_current()


def test_an_environment_that_was_half_made_is_made_anew(tmp_path: Path) -> None:
    folder = tmp_path / "environment"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").write_text("cut off in the middl")
    assert not works([folder / "bin" / "python", "-c", ""])
    make_venv(folder, with_pip=False)
    assert works([folder / "bin" / "python", "-c", ""])


def test_settings_that_would_install_elsewhere_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_TARGET", "/somewhere")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("TMPDIR", "")
    monkeypatch.setenv("PIP_INDEX_URL", NOBODY_LISTENS)
    kept = clean_environment()
    assert not {"PIP_TARGET", "PYTHONPATH", "TMPDIR"} & set(kept)
    assert kept["PIP_INDEX_URL"] == NOBODY_LISTENS


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("error: failed to write: No space left on device (os error 28)", "is full; free some space"),
        ("error: Hash mismatch for `typst==0.15.2`", "a package differs from the one that was locked"),
        ("error: Failed to fetch\n  Caused by: error sending request for url", "the package index cannot be reached"),
        ("warning: x\nerror: Broken wheel", r"Step failed \(error: Broken wheel\); details are in .*log.txt"),
    ],
)
def test_a_failure_is_explained_from_what_was_printed(output: str, sentence: str) -> None:
    assert re.search(sentence, explain_failure("Step", output, Path(".tools/log.txt")))
