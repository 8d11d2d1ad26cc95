"""A title search of its own process, as slow as it is told to be: `python -m tests.support.search_engine PORT`.

`PUT /titles` takes `{"<tenant>": {"<course>": "<title>", …}}`, `PUT /delay` a number of seconds (`inf` never answers),
`GET /courses` is what `scholr.platform.search.http_engine` asks.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from benchmarks.deployment import free_port

_FOREVER = 3600.0


class Engine:
    def __init__(self) -> None:
        self.titles: dict[str, dict[str, str]] = {}
        self.delay = 0.0

    def find(self, tenant: str, text: str, most: int) -> list[str]:
        words = text.casefold().split()
        titles = self.titles.get(tenant, {}).items()
        return [course for course, title in titles if all(word in title.casefold() for word in words)][:most]

    async def answer(self, method: str, target: str, body: bytes) -> dict[str, Any]:
        path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
        if (method, path) == ("PUT", "/titles"):
            self.titles = json.loads(body)
        elif (method, path) == ("PUT", "/delay"):
            self.delay = float(body)
        elif path == "/courses":
            await asyncio.sleep(min(self.delay, _FOREVER))
            return {"ids": self.find(query["tenant"][0], query["text"][0], int(query["most"][0]))}
        return {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                method, target, _version = head.split(b"\r\n", 1)[0].decode().split(" ")
                lines = head.decode().lower().split("\r\n")
                length = next((int(line[15:]) for line in lines if line.startswith("content-length:")), 0)
                answer = json.dumps(await self.answer(method, target, await reader.readexactly(length))).encode()
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(answer), answer))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


class RunningEngine:
    """The handle of a test on the process."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def hold(self, titles: dict[str, dict[str, str]]) -> None:
        httpx.put(f"{self.url}/titles", json=titles).raise_for_status()

    def delay(self, seconds: float) -> None:
        httpx.put(f"{self.url}/delay", content=str(seconds)).raise_for_status()


@contextmanager
def search_engine() -> Iterator[RunningEngine]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.search_engine", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        process.stdout.readline()  # it says so once it listens
        yield RunningEngine(port)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


async def main(port: int) -> None:
    server = await asyncio.start_server(Engine().serve, "127.0.0.1", port)
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
