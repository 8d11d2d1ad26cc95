"""A walk through the demo's pages: each of its people signs in and follows the links."""

import re
from collections import Counter, deque
from html import unescape

import httpx

from scholr.entrypoints.demo.content import PASSWORD, demo_logins

_LINK = re.compile(r'href="(/[^"#]*)')
_FIELD = re.compile(r'name="([^"]+)"[^>]*value="([^"]*)"')
_ID = re.compile(r"[0-9a-f-]{30,}")
_NOT_FOLLOWED = ("/static", "/sign-out")


def walk(port: int, *, pages: int = 80, alike: int = 4) -> int:
    """How many pages were opened: for each person at most `pages`, and `alike` that differ in their ids only.

    Raises httpx.HTTPStatusError for a page that breaks.
    """
    return sum(_walk_as(port, login.email, pages, alike) for login in demo_logins())


def _walk_as(port: int, email: str, pages: int, alike: int) -> int:
    with httpx.Client(base_url=f"http://localhost:{port}", follow_redirects=True, timeout=30) as client:
        client.headers.update({"sec-fetch-site": "same-origin", "sec-fetch-mode": "navigate"})
        form = {name: unescape(value) for name, value in _FIELD.findall(client.get("/sign-in").text)}
        client.post("/sign-in", data={**form, "email": email, "password": PASSWORD}).raise_for_status()
        seen: set[str] = set()
        shapes: Counter[str] = Counter()
        ahead = deque(["/"])
        while ahead and len(seen) < pages:
            path = ahead.popleft()
            shape = _ID.sub("*", path.partition("?")[0])
            if path in seen or shapes[shape] >= alike or path.startswith(_NOT_FOLLOWED):
                continue
            seen.add(path)
            shapes[shape] += 1
            answer = client.get(path)
            if answer.is_client_error:  # the operator belongs to no school, and its pages are not theirs
                continue
            answer.raise_for_status()
            if answer.headers.get("content-type", "").startswith("text/html"):
                ahead.extend(unescape(link) for link in _LINK.findall(answer.text))
        return len(seen)
