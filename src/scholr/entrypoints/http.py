"""The web process: `python -m scholr.entrypoints.http`."""

import asyncio
import socket
import sys

import uvloop

from scholr.entrypoints.logs import configure_logging, send_logs_to
from scholr.entrypoints.memory import freeze_what_stays
from scholr.entrypoints.new_secrets import tell_of_new_secrets, watching
from scholr.entrypoints.safety import UnsafeConfiguration, refuse_incomplete, refuse_unsafe
from scholr.entrypoints.server import server_for
from scholr.entrypoints.settings import Environment, platform_settings
from scholr.entrypoints.site import build_http
from scholr.entrypoints.wiring import build_platform
from scholr.platform.memory import share_one_arena
from scholr.platform.observability.reporter import reporting
from scholr.platform.secrets.errors import SecretsRefused, SecretsUnavailable


async def serve(environment: Environment) -> None:
    """Serve until SIGTERM or SIGINT; requests that have begun are ended first (`DrainingServer`)."""
    refuse_incomplete(environment)
    platform = build_platform(platform_settings(environment, service="web"))
    send_logs_to(platform.signals.telemetry)
    hearing = asyncio.create_task(platform.cache.listen(platform.db.settings.dsn))
    try:
        await refuse_unsafe(environment, platform)
        server = server_for(
            build_http(platform), platform.http, notice=environment.drain_notice, ready_fd=environment.ready_fd
        )
        freeze_what_stays()
        async with (
            platform.flags.followed(),
            reporting(platform),
            watching(environment, tell_of_new_secrets),
        ):
            await server.serve(_inherited(environment.listen_fd))
    finally:
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)
        await platform.close()


def _inherited(descriptor: int | None) -> list[socket.socket] | None:
    """The listening socket that `scholr web` holds for several processes; None: one of our own."""
    return None if descriptor is None else [socket.socket(fileno=descriptor)]


def main() -> int:
    share_one_arena()
    configure_logging()
    try:
        uvloop.run(serve(Environment()))
    except (UnsafeConfiguration, SecretsRefused, SecretsUnavailable) as error:
        sys.stderr.write(f"scholr: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
