"""PostgreSQL's own load generator, running the statements that the server runs: the floor of what is possible."""

import re
import subprocess
import tempfile
from dataclasses import dataclass

from scholr.platform.db.embedded_account import find_program

_RATE = re.compile(r"tps = ([\d.]+)")


@dataclass(frozen=True, slots=True)
class Floor:
    rate: float


def pgbench(dsn: str, script: str, *, clients: int, seconds: float = 0, transactions: int = 0) -> Floor:
    """Transactions a second of `script`, which pgbench repeats on `clients` connections with prepared statements.

    It ends after `transactions` of all clients together, or else after `seconds`.
    """
    end = ["-t", str(transactions // clients)] if transactions else ["-T", str(int(seconds))]
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        options = ["-n", "-M", "prepared", "-c", str(clients), "-j", "1", *end, "-f", file.name]
        ended = subprocess.run(
            [str(find_program("pgbench")), *options, dsn], capture_output=True, text=True, check=False
        )
    found = _RATE.search(ended.stdout)
    if ended.returncode != 0 or found is None:
        raise RuntimeError(f"pgbench failed: {ended.stderr.strip()}")
    return Floor(float(found.group(1)))
