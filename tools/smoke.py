"""Asks a running deployment what a person would ask first: `python3 tools/smoke.py [address]`.

Needs nothing but Python. It changes nothing, so it may be asked of production.
"""

from __future__ import annotations

import os
import re
import sys
import urllib.error
import urllib.request

TIMEOUT_SECONDS = 10
STYLES = re.compile(r'href="(/static/[^"]+\.css)"')


class Wrong(Exception):
    """The deployment does not answer as it should; the text says what was asked."""


def get(url: str) -> tuple[int, str, dict[str, str]]:
    """Status, text and headers (names in lower case)."""
    request = urllib.request.Request(url, headers={"Accept": "text/html"})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
            return answer.status, answer.read().decode("utf-8", "replace"), _headers(answer.headers.items())
    except urllib.error.HTTPError as error:
        return error.code, "", _headers(error.headers.items())
    except OSError as error:
        raise Wrong(f"{url} cannot be reached ({error})") from error


def _headers(items: list[tuple[str, str]]) -> dict[str, str]:
    return {name.lower(): value for name, value in items}


def check(address: str) -> None:
    """Raises Wrong at the first thing that is not right."""
    for path in ("/health/live", "/health/ready"):
        expect(get(address + path)[0] == 200, f"{path} is not 200")
    status, page, headers = get(f"{address}/sign-in")
    expect(status == 200, f"/sign-in is {status}")
    expect("content-security-policy" in headers, "/sign-in has no content security policy")
    found = STYLES.search(page)
    if found is None:
        raise Wrong("/sign-in names no style sheet")
    expect(get(address + found[1])[0] == 200, f"{found[1]} is not 200")
    # Without a session, a token or a verified host there is no tenant, whatever a header says.
    expect(get(f"{address}/api/courses")[0] == 401, "/api/courses answers a stranger")


def expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Wrong(otherwise)


def main() -> int:
    address = sys.argv[1] if len(sys.argv) > 1 else f"http://localhost:{os.environ.get('SCHOLR_PORT', '8080')}"
    if not address.startswith(("http://", "https://")):
        print(f"{address} is no address", file=sys.stderr)
        return 2
    try:
        check(address.rstrip("/"))
    except Wrong as error:
        print(f"smoke: {error}", file=sys.stderr)
        return 1
    print(f"{address} answers as it should")
    return 0


if __name__ == "__main__":
    sys.exit(main())
