"""`scholr jobs` and `scholr events`: background work that failed, and another try for it."""

import asyncio
from uuid import UUID

from cyclopts import App
from rich.console import Console
from rich.table import Table

from scholr.entrypoints.environment import Environment
from scholr.entrypoints.reach import the_workers_database
from scholr.platform.jobs.store import list_failed, retry_failed
from scholr.platform.outbox.parked import list_dead_letters, replay_dead_letters

jobs = App(name="jobs", help="Background work that failed.")
events = App(name="events", help="Events that a consumer could not take.")

out = Console(highlight=False)


@jobs.command(name="list")
def list_jobs() -> None:
    """Jobs that failed in every attempt."""

    async def run() -> None:
        async with the_workers_database(Environment()) as database, database.read(None) as rx:
            found = await list_failed(rx)
        _show(
            ["id", "job", "tenant", "attempts", "since", "error"],
            [[str(j.id), j.name, str(j.tenant_id), str(j.attempts), f"{j.created_at:%F %T}", j.error] for j in found],
        )

    asyncio.run(run())


@jobs.command(name="retry")
def retry_jobs(*ids: UUID) -> None:
    """Let failed jobs run again, with all their attempts."""

    async def run() -> None:
        async with the_workers_database(Environment()) as database, database.write(None) as tx:
            out.print(f"{await retry_failed(tx, ids)} will run again")

    asyncio.run(run())


@events.command(name="dead")
def list_dead() -> None:
    """Events that a consumer refused in every attempt."""

    async def run() -> None:
        async with the_workers_database(Environment()) as database, database.read(None) as rx:
            found = await list_dead_letters(rx)
        _show(
            ["event", "type", "consumer", "tenant", "attempts", "since", "error"],
            [
                [
                    str(d.event_id),
                    d.event_type,
                    d.consumer,
                    str(d.tenant_id),
                    str(d.attempts),
                    f"{d.since:%F %T}",
                    d.error,
                ]
                for d in found
            ],
        )

    asyncio.run(run())


@events.command(name="replay")
def replay_dead(*ids: UUID, consumer: str | None = None) -> None:
    """Deliver events again, to one consumer or to all that failed."""

    async def run() -> None:
        async with the_workers_database(Environment()) as database, database.write(None) as tx:
            out.print(f"{await replay_dead_letters(tx, ids, consumer=consumer)} deliveries will be tried again")

    asyncio.run(run())


def _show(columns: list[str], rows: list[list[str]]) -> None:
    if not rows:
        out.print("none")
        return
    table = Table(*columns)
    for row in rows:
        table.add_row(*row)
    out.print(table)
