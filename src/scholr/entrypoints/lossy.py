"""Writing that never stops the work."""

from typing import Any, TextIO


class LossyStream:
    """A stream that loses lines rather than stop the work: logs stand on full disks and behind closed pipes, too.

    `lost` counts the writes that failed.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.lost = 0

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError:
            self.lost += 1
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError:
            self.lost += 1

    def __getattr__(self, name: str) -> Any:
        """Everything else, such as whether it is a terminal, is the stream's own."""
        return getattr(self._stream, name)
