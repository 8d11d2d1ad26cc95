"""A deployment to break: PostgreSQL that really writes, two web processes behind one socket, a worker, an engine."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from benchmarks.deployment import Deployment, free_port, started, wait_until_answers
from benchmarks.school import BenchSchool, furnish
from benchmarks.session import learner_session

from scholr.entrypoints.credentials import DatabaseAddresses, addresses, load_credentials
from scholr.platform.db.embedded import EmbeddedPostgres
from scholr.platform.db.migrate import prepare_database
from tests.support.replica import StreamingReplica, streaming_replica
from tests.support.search_engine import RunningEngine, search_engine

LEARNERS = 200


class RestartedProcess:
    """A program of ours that a drill kills and starts again."""

    def __init__(self, module: str, variables: Mapping[str, str], log: Path) -> None:
        self._module = module
        self._variables = variables
        self._log = log
        self.start()

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self._module], env={**os.environ, **self._variables}, stdout=log, stderr=log
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()


@dataclass(frozen=True, slots=True)
class World:
    """`fleet` is a process id; `session` is a learner's Cookie header; `environment` what its processes are told."""

    deployment: Deployment
    postgres: EmbeddedPostgres
    engine: RunningEngine
    fleet: int
    worker: RestartedProcess
    school: BenchSchool
    session: str
    environment: Mapping[str, str]
    replica: StreamingReplica | None = None

    @property
    def port(self) -> int:
        return self.deployment.port

    def web_processes(self) -> list[int]:
        return [child.pid for child in psutil.Process(self.fleet).children()]

    def kill_a_web_process(self) -> None:
        """Whichever; none may be there just now."""
        for pid in self.web_processes()[:1]:
            os.kill(pid, signal.SIGKILL)

    def kill_and_restart_the_worker(self) -> None:
        self.worker.kill()
        self.worker.start()

    def scholr(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """The command line of this deployment."""
        return subprocess.run(
            [sys.executable, "-m", "scholr.entrypoints.cli", *arguments],
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def until_ready(self) -> None:
        wait_until_answers(self.port, "/health/ready")


def _prepared(postgres: EmbeddedPostgres, directory: Path) -> DatabaseAddresses:
    """The server runs and has its schema."""
    found = addresses(postgres.start(), load_credentials(directory))
    asyncio.run(prepare_database(found.admin, list(found.logins)))
    return found


@contextmanager
def world(
    *,
    processes: int = 2,
    pool_size: int = 5,
    learners: int = LEARNERS,
    variables: Mapping[str, str] | None = None,
    on: Path | None = None,
    with_replica: bool = False,
) -> Iterator[World]:
    """Everything in a directory of its own on free ports of loopback; all of it is ended with the block.

    `on` is the file system that holds its data. `with_replica` is a streaming replica that the programs read from.
    """
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="scholr-chaos-", dir=on)))
        if on is not None:
            directory.chmod(0o755)  # or the server, which is not root, keeps its data elsewhere
        postgres = EmbeddedPostgres(directory / "postgres")
        stack.callback(postgres.stop)
        found = _prepared(postgres, directory)
        engine, port = stack.enter_context(search_engine()), free_port()
        environment = {
            "SCHOLR_APP_DATABASE_URL": found.app,
            "SCHOLR_WORKER_DATABASE_URL": found.worker,
            "SCHOLR_DATA_DIR": str(directory),
            "SCHOLR_PORT": str(port),
            "SCHOLR_POOL_SIZE": str(pool_size),
            "SCHOLR_SEARCH_URL": engine.url,
            **(variables or {}),
        }
        replica = stack.enter_context(streaming_replica(found.admin)) if with_replica else None
        if replica is not None:
            environment["SCHOLR_REPLICA_DATABASE_URL"] = replica.address(found.app)
        fleet = stack.enter_context(
            started(["-m", "scholr.entrypoints.cli", "web", "--processes", str(processes)], environment)
        )
        worker = RestartedProcess("scholr.entrypoints.worker", environment, directory / "worker.log")
        stack.callback(worker.stop)
        wait_until_answers(port, "/health/ready")
        deployment = Deployment(found.admin, found.app, port, 0, fleet, 0, postgres.postmaster_id or 0, directory)
        school = furnish(deployment, learners=learners)
        session = learner_session(deployment, school)
        yield World(deployment, postgres, engine, fleet, worker, school, session, environment, replica)
