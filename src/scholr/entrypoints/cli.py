"""The command line: `scholr <command>`."""

import asyncio
import sys

from cyclopts import App
from rich.console import Console

from scholr import __version__
from scholr.entrypoints.credentials import addresses, load_credentials
from scholr.entrypoints.settings import Environment
from scholr.platform.db.migrate import ServerTooOld, prepare_database

app = App(name="scholr", version=__version__, help="Run and look after a Scholr deployment.")
console = Console(stderr=True)


@app.command
def migrate() -> int:
    """Create the database roles and bring the schema to this version. Safe to repeat."""
    environment = Environment()
    if not environment.database_url:
        return _refuse("Set SCHOLR_DATABASE_URL to an administrator's address of the database.")
    found = addresses(environment.database_url, load_credentials(environment.data_dir))
    try:
        asyncio.run(prepare_database(found.admin, list(found.logins), report=console.print))
    except (ServerTooOld, OSError) as error:
        return _refuse(str(error))
    return 0


def _refuse(sentence: str) -> int:
    console.print(f"scholr: {sentence}", style="red", highlight=False)
    return 1


def main() -> None:
    sys.exit(app())
