"""Kill switches that need no database: a file with the key of a flag in each line."""

from pathlib import Path

import structlog

log = structlog.get_logger("scholr.flags")

LARGEST = 64 * 1024


class KillFile:
    """A file that is not there kills nothing; one that cannot be read says what it said last."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self.killed: frozenset[str] = frozenset()

    def look(self) -> bool:
        """Read it when it is another one than before; whether anything has changed."""
        if self._path is None:
            return False
        before = self.killed
        try:
            about = self._path.stat()
            seen = (about.st_mtime_ns, about.st_size, about.st_ino)
            if seen != self._seen:
                self.killed, self._seen = read_keys(self._path), seen
        except FileNotFoundError:
            self.killed, self._seen = frozenset(), None
        except (OSError, UnicodeDecodeError) as error:
            log.warning("the kill file could not be read; what it said stays", reason=type(error).__name__)
        return self.killed != before


def read_keys(path: Path) -> frozenset[str]:
    """Everything behind a `#` is a remark."""
    with path.open(encoding="utf-8") as file:
        lines = file.read(LARGEST).splitlines()
    return frozenset(filter(None, (line.partition("#")[0].strip() for line in lines)))


def write_keys(path: Path, keys: frozenset[str]) -> None:
    """In one step: no process reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.new")
    beside.write_text("".join(f"{key}\n" for key in sorted(keys)), encoding="utf-8")
    beside.replace(path)
