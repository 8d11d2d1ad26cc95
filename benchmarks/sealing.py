"""What sealing words costs an autosave: `python -m benchmarks.sealing`. No database; the round trip is the same one."""

import sys
import time
from collections.abc import Callable

import msgspec

from scholr.kernel.ids import new_id
from scholr.platform.security.personal import PersonalKey

_TIMES = 20_000


def _microseconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    for _ in range(_TIMES):
        work()
    return (time.perf_counter() - begun) / _TIMES * 1e6


def main() -> None:
    own = PersonalKey(new_id(), new_id(), b"k" * 32)
    for length in (20, 200, 2_000, 20_000):
        said = "w" * length
        sealed = own.seal("answer", said)
        seal = _microseconds(lambda said=said: own.seal("answer", said))
        opened = _microseconds(lambda sealed=sealed: own.open("answer", sealed))
        plain = _microseconds(lambda said=said: msgspec.json.encode([said]))
        sys.stdout.write(
            f"{length:>6} letters: seal {seal:6.1f} µs, open {opened:6.1f} µs (writing it as JSON {plain:.1f} µs)\n"
        )


if __name__ == "__main__":
    main()
