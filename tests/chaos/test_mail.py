"""The mail server is gone: nobody who invites people notices, and each mail arrives once when it is back."""

import asyncio
from collections import Counter
from email import message_from_bytes

import pytest
from benchmarks.deployment import free_port

from tests.chaos.report import Report
from tests.chaos.world import World, world

pytestmark = pytest.mark.slow

INVITED = 60
AWAY_SECONDS = 15.0
DELIVERED_WITHIN = 90.0


class Peer:
    """As much SMTP as a delivery needs; keeps the ids of what it took."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 peer.example ESMTP\r\n")
        while line := (await reader.readline()).strip().upper():
            if line.startswith(b"DATA"):
                writer.write(b"354 go on\r\n")
                message = message_from_bytes(await reader.readuntil(b"\r\n.\r\n"))
                self.taken[str(message["Message-ID"])] += 1
            writer.write(b"221 bye\r\n" if line.startswith(b"QUIT") else b"250 fine\r\n")
            if line.startswith(b"QUIT"):
                break
        writer.close()


def _invite(deployed: World) -> Counter[int]:
    statuses: Counter[int] = Counter()
    with deployed.deployment.client(deployed.school.tenant_id) as client:
        for number in range(INVITED):
            body = {"email": f"new{number}@bench.example", "name": f"New {number}"}
            statuses[client.post("/api/invitations", json=body).status_code] += 1
    return statuses


async def _come_back(port: int, peer: Peer) -> float:
    """Seconds until each mail had arrived."""
    began = asyncio.get_running_loop().time()
    server = await asyncio.start_server(peer.serve, "127.0.0.1", port)
    async with server, asyncio.timeout(DELIVERED_WITHIN):
        for _ in range(int(DELIVERED_WITHIN / 0.2)):
            if len(peer.taken) >= INVITED:
                break
            await asyncio.sleep(0.2)
        seconds = asyncio.get_running_loop().time() - began
        await asyncio.sleep(3.0)  # for what might come twice
    return seconds


def test_mail_waits_for_its_server(report: Report) -> None:
    port, peer = free_port(), Peer()
    with world(variables={"SCHOLR_SMTP_URL": f"smtp+plain://127.0.0.1:{port}"}) as deployed:
        statuses = _invite(deployed)
        asyncio.run(asyncio.sleep(AWAY_SECONDS))
        seconds = asyncio.run(_come_back(port, peer))
    with report.drill("mail server away") as drill:
        found = ", ".join(f"{status} × {count}" for status, count in statuses.items())
        drill.note("invitations meanwhile", found, f"201 × {INVITED}", held=statuses == {201: INVITED})
        arrived, twice = len(peer.taken), sum(count > 1 for count in peer.taken.values())
        drill.note(
            "mails that arrived",
            f"{arrived}, {twice} twice",
            f"{INVITED}, 0 twice",
            held=arrived == INVITED and not twice,
        )
        drill.note("the last one after its return", f"{seconds:.0f} s", f"≤ {DELIVERED_WITHIN:.0f} s", held=True)
