"""The web process: `python -m scholr.entrypoints.http`."""

import asyncio
import sys

import uvicorn
import uvloop

from scholr.entrypoints.logs import configure_logging
from scholr.entrypoints.memory import freeze_what_stays
from scholr.entrypoints.safety import UnsafeConfiguration, refuse_unsafe
from scholr.entrypoints.settings import Environment, platform_settings
from scholr.entrypoints.wiring import build_http, build_platform

DRAIN_SECONDS = 10


async def serve(environment: Environment) -> None:
    """Serve until SIGTERM or SIGINT; requests that have begun get DRAIN_SECONDS to end."""
    platform = build_platform(platform_settings(environment))
    hearing = asyncio.create_task(platform.cache.listen(platform.db.settings.dsn))
    try:
        await refuse_unsafe(environment, platform)
        config = uvicorn.Config(
            build_http(platform),
            host=environment.host,
            port=environment.port,
            http="httptools",
            ws="websockets-sansio",
            ws_per_message_deflate=False,
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=DRAIN_SECONDS,
            proxy_headers=False,
        )
        freeze_what_stays()
        await uvicorn.Server(config).serve()
    finally:
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)
        await platform.close()


def main() -> int:
    configure_logging()
    try:
        uvloop.run(serve(Environment()))
    except UnsafeConfiguration as error:
        sys.stderr.write(f"scholr: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
