"""Mail that never leaves the machine: kept in a directory for the demo's outbox viewer, and for tests.

A directory rather than a table, because the viewer shows the mail of every organisation and of none,
and no database role that a web process holds may see that.
"""

import asyncio
from pathlib import Path

import msgspec

from scholr.platform.mail.port import Mail

_KEPT = 500


class LocalMailer:
    """Keeps the newest 500 mails, one file each; processes may share the directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def deliver(self, mail: Mail) -> None:
        await asyncio.to_thread(self._write, mail)

    async def kept(self, limit: int = 50) -> list[Mail]:
        """The newest mails first."""
        return await asyncio.to_thread(self._read, limit)

    def _write(self, mail: Mail) -> None:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = self._directory / f"{mail.id}.part"
        unfinished.write_bytes(msgspec.json.encode(mail))
        unfinished.rename(self._directory / f"{mail.id}.json")
        for old in self._newest_first()[_KEPT:]:
            old.unlink(missing_ok=True)

    def _read(self, limit: int) -> list[Mail]:
        return [msgspec.json.decode(path.read_bytes(), type=Mail) for path in self._newest_first()[:limit]]

    def _newest_first(self) -> list[Path]:
        """Mail ids are UUIDv7, so their names sort by time."""
        return sorted(self._directory.glob("*.json"), reverse=True) if self._directory.is_dir() else []
