"""What must not start: a demo that strangers can reach, a production with a demo's trust."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from scholr.entrypoints.settings import Environment
from scholr.platform.runtime import Platform


class UnsafeConfiguration(RuntimeError):
    """The process refuses to start; the message says what to change."""


def refuse_incomplete(environment: Environment) -> None:
    """Before anything is built: what production is not given, the data directory would be asked for, which there
    may be read-only."""
    if environment.http().is_demo:
        _refuse_reachable_demo(environment.host)
        return
    if environment.debug:
        raise UnsafeConfiguration("SCHOLR_DEBUG may not be on in production; unset it.")
    public = urlsplit(environment.http().public_url)
    if public.scheme != "https" and not _is_this_machine(public.hostname or ""):
        raise UnsafeConfiguration("Production is reached over HTTPS: SCHOLR_PUBLIC_URL begins with https://.")
    if not environment.secret_key:
        raise UnsafeConfiguration("Production needs SCHOLR_SECRET_KEY: at least 32 random bytes, in hexadecimal.")
    if not environment.app_database_url:
        raise UnsafeConfiguration("Production needs SCHOLR_APP_DATABASE_URL: a login in the group scholr_app.")


async def refuse_unsafe(environment: Environment, platform: Platform) -> None:
    refuse_incomplete(environment)
    if not platform.http.is_demo and await platform.db.may_bypass_policies():
        raise UnsafeConfiguration(
            "SCHOLR_APP_DATABASE_URL is a superuser or may bypass row-level security; use a login in scholr_app."
        )


def _refuse_reachable_demo(host: str) -> None:
    if _is_this_machine(host):
        return
    raise UnsafeConfiguration(
        f"The demo profile trusts whoever reaches it, so it binds to loopback only, not to {host}. "
        "Unset SCHOLR_HOST, or set SCHOLR_PROFILE=production."
    )


def _is_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
