"""`scholr migrate`, `roles` and `demo`: what the database holds before anybody is in it."""

import asyncio

from rich.console import Console

from scholr.entrypoints.credentials import DatabaseAddresses, addresses, declared_addresses, load_credentials
from scholr.entrypoints.demo.seed import seed_demo
from scholr.entrypoints.environment import Environment
from scholr.entrypoints.prepare import bring_up_to_date
from scholr.entrypoints.reach import the_platform, with_database
from scholr.platform.db.migrate import prepare_roles

err = Console(stderr=True, highlight=False)


def migrate() -> None:
    """Create the database roles and bring the schema to this version. Safe to repeat."""
    asyncio.run(bring_up_to_date(_logins(with_database(Environment())), report=err.print))


def roles() -> None:
    """Create the database roles and nothing else: what has to be there before a dump is restored. Safe to repeat."""
    found = _logins(with_database(Environment()))
    asyncio.run(prepare_roles(found.admin, list(found.logins), report=err.print))


def demo() -> None:
    """Open the demo's two schools in the database; what is there already stays as it is."""

    async def run() -> None:
        async with the_platform(Environment()) as platform:
            await seed_demo(platform)

    asyncio.run(run())


def _logins(environment: Environment) -> DatabaseAddresses:
    """What the deployment says its two logins are, or else those that Scholr makes up and keeps by itself."""
    app_url, worker_url = environment.app_database_url, environment.worker_database_url
    if app_url and worker_url:
        return declared_addresses(environment.database_url, app=app_url, worker=worker_url)
    return addresses(environment.database_url, load_credentials(environment.data_dir))
