"""What `scholr up` says once everything runs: where to go and who to be."""

from dataclasses import dataclass
from pathlib import Path

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from scholr.platform.http.settings import DemoLogin


@dataclass(frozen=True, slots=True)
class Running:
    """`database` says in words which server is used; it holds no password."""

    address: str
    database: str
    data_dir: Path
    logins: tuple[DemoLogin, ...]


def running_panel(running: Running) -> Panel:
    parts: list[RenderableType] = [_places(running)]
    if running.logins:
        passwords = " / ".join(dict.fromkeys(login.password for login in running.logins))
        heading = Text("Sign in as", style="bold").append(f"   password: {passwords}", style="not bold cyan")
        parts += [Text(), heading, _people(running.logins)]
    parts += [Text(), Text("Ctrl-C stops everything; the data stay.", style="dim")]
    return Panel(Group(*parts), title="[bold]Scholr is open[/bold]", title_align="left", padding=(1, 2), expand=False)


def _places(running: Running) -> Table:
    table = Table.grid(padding=(0, 3))
    table.add_row("Open", Text(running.address, style="bold cyan"))
    table.add_row("API", Text(f"{running.address}/openapi.json", style="cyan"))
    table.add_row("Database", Text(running.database))
    table.add_row("Data", Text(str(running.data_dir)))
    return table


def _people(logins: tuple[DemoLogin, ...]) -> Table:
    table = Table.grid(padding=(0, 3))
    shown = ""
    for login in logins:
        organization = login.organization if login.organization != shown else ""
        shown = login.organization
        table.add_row(Text(organization, no_wrap=True), Text(login.role), Text(login.email, style="cyan", no_wrap=True))
    return table
