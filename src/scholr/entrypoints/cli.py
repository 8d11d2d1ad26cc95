"""The command line: `scholr <command>`. Commands speak of one thing each and say in one sentence what went wrong.

What a command needs is loaded when it is called: a web process has its memory to itself, and answers come at once.
"""

import os
import sys
from collections.abc import Mapping
from typing import Annotated

from cyclopts import App, Parameter, validators

from scholr import __version__
from scholr.platform.chosen import chosen

app = App(name="scholr", version=__version__, help="Run and look after a Scholr deployment.")

COMMANDS: Mapping[str, str] = {
    "migrate": "scholr.entrypoints.schema:migrate",
    "roles": "scholr.entrypoints.schema:roles",
    "demo": "scholr.entrypoints.schema:demo",
    "organization": "scholr.entrypoints.organizations:organization",
    "plan": "scholr.entrypoints.organizations:plan",
    "user": "scholr.entrypoints.organizations:user",
    "token": "scholr.entrypoints.organizations:token",
    "recover": "scholr.entrypoints.organizations:recover",
    "jobs": "scholr.entrypoints.background:jobs",
    "events": "scholr.entrypoints.background:events",
    "audit": "scholr.entrypoints.audit:audit",
    "privacy": "scholr.entrypoints.privacy:privacy",
    "doctor": "scholr.entrypoints.doctor:doctor",
    "keys": "scholr.entrypoints.keys:keys",
    "operator": "scholr.entrypoints.operators:operator",
    "flags": "scholr.entrypoints.flags:flags",
    "evidence": "scholr.entrypoints.evidence.command:evidence",
}
for _name, _place in COMMANDS.items():
    app.command(_place, name=_name)

AtLeastOne = Annotated[int, Parameter(validator=validators.Number(gte=1))]


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


def main() -> None:
    """Run a command; refusals go to standard error, in one sentence, with exit code 1."""
    try:
        sys.exit(app())
    except Exception as error:
        if not chosen("scholr.entrypoints.refusal:told")(error):
            raise
    sys.exit(1)


if __name__ == "__main__":
    main()
