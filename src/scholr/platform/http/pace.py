"""How slowly a client may send its body: a request that trickles holds a place that others wait for."""

import asyncio
from collections.abc import Callable
from typing import Any

from litestar.exceptions import HTTPException
from litestar.types import Receive

from scholr.platform.http.load import Load

FIRST_SECONDS = 15.0
LEAST_RATE = 2048
"""Bytes a second that a body has to come in with, once it takes longer than FIRST_SECONDS."""


class BodyTooLarge(HTTPException):
    """Raised out of `receive` once more bytes arrived than one request may send."""

    status_code = 413
    detail = "The request holds more than one may send."


class BodyTooSlow(HTTPException):
    """Raised out of `receive` once a body comes in too slowly."""

    status_code = 408
    detail = "The request came in too slowly and was given up."


class BodyCutOff(HTTPException):
    """Raised out of `receive` when the client is gone before all of its request has come.

    Half a request is none: done without the rest, it would be an answer to something that nobody asked.
    """

    status_code = 400
    detail = "The connection ended before the request did."


class BodyIntake:
    """`receive` with a bound on the bytes and on the time; `on_wait` hears how many seconds the client took to send,
    and meanwhile the request is no part of the `load`.

    `is_read` False for requests that have no body: the end of their connection is told as it is.
    """

    def __init__(
        self,
        receive: Receive,
        most_bytes: int | None,
        on_wait: Callable[[float], None],
        load: Load,
        *,
        is_read: bool = True,
    ) -> None:
        self._receive = receive
        self._is_read = is_read
        self._most = most_bytes
        self._on_wait = on_wait
        self._load = load
        self._seen = 0
        self._waited = 0.0
        self._complete = False

    async def __call__(self) -> Any:
        if self._complete:  # what comes now is the end of the connection, whenever that is
            return await self._receive()
        loop = asyncio.get_running_loop()
        began = loop.time()
        self._load.set_aside()
        try:
            async with asyncio.timeout(self._allowed()):
                message = await self._receive()
        except TimeoutError as error:
            raise BodyTooSlow from error
        finally:
            self._load.take_back()
        waited = loop.time() - began
        self._waited += waited
        self._on_wait(waited)
        if message["type"] == "http.request":
            self._note(message)
        elif self._is_read:
            raise BodyCutOff
        return message

    def _allowed(self) -> float:
        return max(0.0, FIRST_SECONDS + self._seen / LEAST_RATE - self._waited)

    def _note(self, message: Any) -> None:
        self._seen += len(message.get("body", b""))
        self._complete = not message.get("more_body", False)
        if self._most is not None and self._seen > self._most:
            raise BodyTooLarge
