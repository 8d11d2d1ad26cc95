"""Where checkpoints are kept outside the database."""

from collections.abc import AsyncIterator
from typing import Protocol
from uuid import UUID

from scholr.contexts.compliance.model import Checkpoint


class CheckpointShelf(Protocol):
    """Both adapters hold the same files, so that a copy of one is read by the other."""

    async def numbers(self, tenant_id: UUID) -> list[tuple[int, str]]:
        """The entry number and key name of each checkpoint that is kept, by number."""
        ...

    async def read(self, tenant_id: UUID, seq: int, key: str) -> Checkpoint:
        """Raises ValueError for a file that is none."""
        ...

    def organizations(self) -> AsyncIterator[UUID]:
        """All that have checkpoints here."""
        ...
