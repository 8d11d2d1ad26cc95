"""`scholr privacy`: erase again after a restore."""

import asyncio

from cyclopts import App
from rich.console import Console

from scholr.contexts.compliance import facade as compliance
from scholr.entrypoints.environment import Environment
from scholr.entrypoints.reach import the_platform
from scholr.entrypoints.wiring import live_modules

privacy = App(name="privacy", help="Erasures.")

out = Console(highlight=False, soft_wrap=True)


@privacy.command
def replay_erasures(*, key: tuple[str, ...] = ()) -> int:
    """After a restore, before anything serves: forget again whom the ledger in the object store names.

    `--key` names a public key (64 hexadecimal digits) of a secret that has been retired since.
    """

    async def run() -> int:
        async with the_platform(Environment()) as platform:
            more = [bytes.fromhex(each) for each in key]
            try:
                many = await compliance.replay(platform, live_modules(), more_keys=more)
            except compliance.LedgerForged as error:
                out.print(str(error), style="red")
                return 1
        out.print(f"{many} erased again")
        return 0

    return asyncio.run(run())
