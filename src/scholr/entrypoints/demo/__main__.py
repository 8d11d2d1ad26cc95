"""Opens the demo's schools, in a process of its own: `python -m scholr.entrypoints.demo`."""

import asyncio
import sys

from scholr.entrypoints.demo.seed import seed_demo
from scholr.entrypoints.environment import Environment
from scholr.entrypoints.logs import configure_logging
from scholr.entrypoints.settings import platform_settings
from scholr.entrypoints.wiring import build_platform
from scholr.kernel.errors import DomainError


async def open_schools(environment: Environment) -> None:
    """Safe to repeat, also after an interruption."""
    platform = build_platform(platform_settings(environment))
    try:
        await seed_demo(platform)
    finally:
        await platform.db.close()


def main() -> int:
    configure_logging()
    try:
        asyncio.run(open_schools(Environment()))
    except DomainError as error:
        sys.stderr.write(f"scholr: The demo's schools cannot be opened: {error.message}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
