"""The worker process: `python -m scholr.entrypoints.worker`.

SIGHUP, and new secrets in Vault, let it end its jobs and begin again as a new program in the same process, which
reads its settings anew.
"""

import asyncio
import os
import signal
import sys

import structlog
import uvloop

from scholr.entrypoints.logs import configure_logging, send_logs_to
from scholr.entrypoints.memory import freeze_what_stays
from scholr.entrypoints.new_secrets import watching
from scholr.entrypoints.pulse import pulse
from scholr.entrypoints.safety import UnsafeConfiguration, refuse_incomplete, refuse_unsafe
from scholr.entrypoints.settings import Environment, UnknownScheme, platform_settings, worker_process
from scholr.entrypoints.wiring import build_platform, live_modules
from scholr.platform.broker.guarded import GuardedBroker
from scholr.platform.broker.port import Broker
from scholr.platform.chosen import chosen
from scholr.platform.db.database import Database
from scholr.platform.memory import share_one_arena
from scholr.platform.observability.reporter import reporting
from scholr.platform.observability.worker_metrics import metrics_server
from scholr.platform.resilience.policy import Dependency
from scholr.platform.runtime import Platform
from scholr.platform.secrets.errors import SecretsRefused, SecretsUnavailable
from scholr.platform.worker import Worker

log = structlog.get_logger("scholr.worker")


async def serve(environment: Environment, stop: asyncio.Event) -> None:
    """Work until `stop` is set. Handlers and jobs run as the application; claims run as the worker."""
    refuse_incomplete(environment)
    platform = build_platform(platform_settings(environment, service="worker"))
    send_logs_to(platform.signals.telemetry)
    process = worker_process(environment)
    database = Database(process.database)
    try:
        await refuse_unsafe(environment, platform)
        platform.signals.watch("worker_pool", database.pool)
        broker = await _broker(process.broker_url, platform)
        worker = Worker(platform, database, live_modules(), broker=broker, settings=process.worker)
        freeze_what_stays()
        log.info("worker starts", slots=process.worker.slots)
        async with (
            pulse(environment.pulse_file),
            platform.flags.followed(),
            reporting(platform, database),
            metrics_server(platform, environment.host, environment.worker_metrics_port),
        ):
            await worker.run(stop)
        log.info("worker stopped")
    finally:
        try:
            await database.close()
        finally:
            await platform.close()


async def _broker(url: str, platform: Platform) -> Broker | None:
    """None is this process itself."""
    if not url:
        return None
    if url.startswith(("nats://", "tls://")):
        broker: Broker = await chosen("scholr.platform.broker.nats:NatsBroker").connect(url)
        return GuardedBroker(broker, platform.guards[Dependency.BROKER])
    raise UnknownScheme("SCHOLR_BROKER_URL begins with nats:// or tls://; without it events stay in the process.")


async def _until_told_to_stop() -> bool:
    """Whether it is to begin again."""
    stop, again = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    def begin_again() -> None:
        if not stop.is_set():
            again.set()
            stop.set()

    loop.add_signal_handler(signal.SIGHUP, begin_again)
    environment = Environment()
    async with watching(environment, begin_again):
        await serve(environment, stop)
    return again.is_set()


def main() -> int:
    share_one_arena()
    configure_logging()
    try:
        begins_again = uvloop.run(_until_told_to_stop())
    except (UnsafeConfiguration, UnknownScheme, SecretsRefused, SecretsUnavailable) as error:
        sys.stderr.write(f"scholr: {error}\n")
        return 2
    if begins_again:
        os.execv(sys.executable, [sys.executable, "-m", "scholr.entrypoints.worker"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
