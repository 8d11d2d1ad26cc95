"""Who may read a process's metrics: never strangers, since figures of routes and organisations tell a lot."""

import hmac

from scholr.platform.observability.signals import Signals


def may_read_metrics(signals: Signals, authorization: str, *, operator_token: str, is_demo: bool) -> bool:
    """The demo answers to loopback only, so whoever reaches it may; elsewhere a bearer token opens them.

    That a request comes from loopback proves nothing elsewhere: behind a proxy on the same machine all of them do.
    """
    if is_demo:
        return True
    scheme, _, sent = authorization.partition(" ")
    if scheme.lower() != "bearer" or not sent.strip():
        return False
    wanted = [token for token in (signals.metrics_token, operator_token) if token]
    return any(hmac.compare_digest(sent.strip().encode(), token.encode()) for token in wanted)
