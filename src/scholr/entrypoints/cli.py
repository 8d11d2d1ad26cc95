"""The command line: `scholr <command>`. Commands speak of one thing each and say in one sentence what went wrong."""

import asyncio
import os
import sys
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from cyclopts import App, Parameter, validators
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from scholr import __version__
from scholr.contexts.auth import facade as auth
from scholr.contexts.identity import facade as identity
from scholr.entrypoints.audit import audit
from scholr.entrypoints.credentials import DatabaseAddresses, addresses, declared_addresses, load_credentials
from scholr.entrypoints.demo.seed import seed_demo
from scholr.entrypoints.doctor import doctor
from scholr.entrypoints.environment import Environment
from scholr.entrypoints.evidence.command import evidence
from scholr.entrypoints.flags import flags
from scholr.entrypoints.keys import keys
from scholr.entrypoints.operators import operator
from scholr.entrypoints.preflight import explain_settings
from scholr.entrypoints.prepare import bring_up_to_date
from scholr.entrypoints.privacy import privacy
from scholr.entrypoints.reach import Unreachable, the_platform, the_workers_database, with_database
from scholr.entrypoints.wiring import live_modules
from scholr.kernel.actor import Actor, ActorKind, Role, system_actor
from scholr.kernel.errors import DomainError
from scholr.kernel.ids import MembershipId, TenantId
from scholr.platform.db.database import Database
from scholr.platform.db.migrate import ServerTooOld, prepare_roles
from scholr.platform.jobs.store import list_failed, retry_failed
from scholr.platform.outbox.parked import list_dead_letters, replay_dead_letters
from scholr.platform.ratelimit.plans import set_plan

app = App(name="scholr", version=__version__, help="Run and look after a Scholr deployment.")
jobs = App(name="jobs", help="Background work that failed.")
events = App(name="events", help="Events that a consumer could not take.")
app.command(jobs)
app.command(events)
app.command(audit)
app.command(privacy)
app.command(doctor)
app.command(keys)
app.command(operator)
app.command(flags)
app.command(evidence)

AtLeastOne = Annotated[int, Parameter(validator=validators.Number(gte=1))]

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


@app.command
def up() -> None:
    """Run the whole demo: database, web and worker. Ctrl-C stops it; the data stay."""
    # Replaces this process: what is loaded here would stay in memory for as long as the demo runs.
    os.execv(sys.executable, [sys.executable, "-m", "scholr.entrypoints.up"])


@app.command
def web(*, processes: AtLeastOne = 2) -> None:
    """Serve with several web processes; SIGHUP replaces them one by one without losing a request.

    With one, this process itself serves: in a container, whose engine does the replacing.
    """
    if processes == 1:
        os.execv(sys.executable, [sys.executable, "-m", "scholr.entrypoints.http"])
    os.execv(sys.executable, [sys.executable, "-m", "scholr.entrypoints.web", str(processes)])


@app.command
def worker() -> None:
    """Deliver events and mail and run jobs until SIGTERM."""
    os.execv(sys.executable, [sys.executable, "-m", "scholr.entrypoints.worker"])


@app.command
def migrate() -> None:
    """Create the database roles and bring the schema to this version. Safe to repeat."""
    asyncio.run(bring_up_to_date(_logins(with_database(Environment())), report=err.print))


@app.command
def roles() -> None:
    """Create the database roles and nothing else: what has to be there before a dump is restored. Safe to repeat."""
    found = _logins(with_database(Environment()))
    asyncio.run(prepare_roles(found.admin, list(found.logins), report=err.print))


@app.command
def demo() -> None:
    """Open the demo's two schools in the database; what is there already stays as it is."""

    async def run() -> None:
        async with the_platform(Environment()) as platform:
            await seed_demo(platform)

    asyncio.run(run())


@app.command
def organization(name: str, *, owner_email: str, owner_name: str) -> None:
    """Open an organisation whose owner sets a password by the link that is mailed; prints its id."""

    async def run() -> None:
        async with the_platform(Environment()) as platform:
            tenant_id = await identity.create_organization(platform, name=name)
            await identity.add_member(
                platform, system_actor(tenant_id), email=owner_email, name=owner_name, role=Role.OWNER
            )
            await auth.request_reset(platform, email=owner_email, client=auth.Client(user_agent="scholr"))
            out.print(str(tenant_id))

    asyncio.run(run())


@app.command
def plan(tenant: UUID, name: str) -> None:
    """Give an organisation a plan: small, standard, large or unlimited. Every process hears of it within seconds."""

    async def run() -> None:
        async with the_platform(Environment()) as platform, platform.db.read(TenantId(tenant)) as rx:
            found = await identity.require_organization(rx)
        async with the_workers_database(Environment()) as database, database.write(None) as tx:
            await set_plan(tx, TenantId(tenant), name)
        out.print(f"{found.name}: {name}")

    asyncio.run(run())


@app.command
def user(tenant: UUID, email: str, name: str, *, role: Role = Role.LEARNER) -> None:
    """Make somebody a member of an organisation; the same address again changes nothing. Prints the member's id."""

    async def run() -> None:
        async with the_platform(Environment()) as platform:
            actor = system_actor(TenantId(tenant))
            out.print(str((await identity.add_member(platform, actor, email=email, name=name, role=role)).id))

    asyncio.run(run())


@app.command
def token(
    tenant: UUID, member: UUID, *, name: str = "command line", days: int = 30, scopes: list[str] | None = None
) -> None:
    """An API token of a member, shown this once; without scopes it may do what the member may."""

    async def run() -> None:
        async with the_platform(Environment()) as platform:
            actor = await _member(platform.db, TenantId(tenant), MembershipId(member))
            known = frozenset(p.scope for module in live_modules() for p in module.permissions)
            made = await auth.create_token(
                platform, actor, name=name, scopes=scopes or sorted(known), lasts=timedelta(days=days), known=known
            )
            out.print(made.token)

    asyncio.run(run())


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


def _logins(environment: Environment) -> DatabaseAddresses:
    """What the deployment says its two logins are, or else those that Scholr makes up and keeps by itself."""
    app_url, worker_url = environment.app_database_url, environment.worker_database_url
    if app_url and worker_url:
        return declared_addresses(environment.database_url, app=app_url, worker=worker_url)
    return addresses(environment.database_url, load_credentials(environment.data_dir))


async def _member(database: Database, tenant_id: TenantId, member_id: MembershipId) -> Actor:
    async with database.read(tenant_id) as rx:
        found = await identity.require_member(rx, member_id)
    return Actor(ActorKind.PERSON, tenant_id=tenant_id, membership_id=member_id, roles=found.roles)


def _show(columns: list[str], rows: list[list[str]]) -> None:
    if not rows:
        out.print("none")
        return
    table = Table(*columns)
    for row in rows:
        table.add_row(*row)
    out.print(table)


def main() -> None:
    """Run a command; refusals go to standard error, in one sentence, with exit code 1."""
    try:
        sys.exit(app())
    except ValidationError as error:
        sentence = explain_settings(error)
    except DomainError as error:
        details = "; ".join(f"{name}: {problem}" for name, problem in error.fields.items())
        sentence = f"{error.message} {details}".strip()
    except (Unreachable, ServerTooOld) as error:
        sentence = str(error)
    err.print(f"scholr: {sentence}", style="red")
    sys.exit(1)


if __name__ == "__main__":
    main()
