"""What others may call of auth: pages, the command line, contexts above."""

from scholr.contexts.auth.authentication import session_cookie
from scholr.contexts.auth.service.passwords import (
    change_password,
    look_at_reset,
    request_reset,
    request_verification,
    reset_password,
    verify_email,
)
from scholr.contexts.auth.service.people import (
    OpenedOrganization,
    add_member_with_password,
    create_person_with_password,
    open_organization,
)
from scholr.contexts.auth.service.sessions import (
    Client,
    StartedSession,
    end_other_sessions,
    end_session,
    end_session_in_organization,
    switch_organization,
)
from scholr.contexts.auth.service.sign_in import SecondStep, confirm_password, sign_in

__all__ = [
    "Client",
    "OpenedOrganization",
    "SecondStep",
    "StartedSession",
    "add_member_with_password",
    "change_password",
    "confirm_password",
    "create_person_with_password",
    "end_other_sessions",
    "end_session",
    "end_session_in_organization",
    "look_at_reset",
    "open_organization",
    "request_reset",
    "request_verification",
    "reset_password",
    "session_cookie",
    "sign_in",
    "switch_organization",
    "verify_email",
]
