"""The garbage collector's and the C library's manners in a process that serves."""

import gc

from scholr.platform.memory import give_back

_THRESHOLDS = (20_000, 20, 20)


def freeze_what_stays() -> None:
    """Call once everything is built: what is alive now stays, so that no later collection walks through it again.

    A full collection of the whole program stops everybody for a tenth of a second.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
    give_back()
