"""What the pages of privacy call things: kinds of requests, grounds of erasures, what each part has forgotten."""

from collections.abc import Mapping

from scholr.contexts.compliance.facade import Ground, RequestKind

KINDS: Mapping[str, str] = {
    RequestKind.CORRECTION: "Correction",
    RequestKind.ERASURE: "Erasure",
    RequestKind.OBJECTION: "Objection",
}

# Each as a choice, and as the reason in a sentence.
GROUNDS: Mapping[str, tuple[str, str, str]] = {
    Ground.NO_LONGER_NEEDED: (
        "Their data are no longer needed",
        "They have left, or what the data were collected for is over.",
        "their data are no longer needed",
    ),
    Ground.CONSENT_WITHDRAWN: (
        "They take their consent back",
        "And nothing else allows the organisation to keep the data.",
        "they took their consent back",
    ),
    Ground.OBJECTION: (
        "They object, and nothing outweighs it",
        "Their own situation is reason enough.",
        "they objected",
    ),
    Ground.UNLAWFUL: (
        "Their data should never have been held",
        "There was no lawful ground from the beginning.",
        "their data should never have been held",
    ),
    Ground.LEGAL_DUTY: (
        "A law or a court asks for it",
        "Keep the order: the reason here is only this word.",
        "a law or a court asks for it",
    ),
}

PARTS: Mapping[str, str] = {
    "assessment": "Exams",
    "auth": "Signing in",
    "compliance": "Privacy",
    "enrollment": "Imported lists",
    "identity": "Name and address",
    "identity_access": "The door",
    "learning": "Learning",
    "platform": "Letters and queues",
}

_COUNTED: Mapping[str, tuple[str, str]] = {
    "access": ("access ended", "accesses ended"),
    "accounts": ("account", "accounts"),
    "answers": ("answer", "answers"),
    "certificates": ("name on a certificate", "names on certificates"),
    "credentials": ("password or key", "passwords and keys"),
    "events": ("event", "events"),
    "exports": ("file with their data", "files with their data"),
    "groups": ("group left", "groups left"),
    "holds": ("reason of a released hold", "reasons of released holds"),
    "import_rows": ("row of a list", "rows of lists"),
    "invitations": ("invitation", "invitations"),
    "jobs": ("failed job", "failed jobs"),
    "late_answers": ("late answer", "late answers"),
    "mails": ("letter", "letters"),
    "memberships": ("entry of the directory", "entries of the directory"),
    "notes": ("note", "notes"),
    "reasons": ("reason beside a grade", "reasons beside grades"),
    "requests": ("request", "requests"),
    "sessions": ("session", "sessions"),
    "tokens": ("API token", "API tokens"),
}


def counted(counts: Mapping[str, int]) -> list[str]:
    """What a part has emptied or removed, each with its number; what there was nothing of is left out."""
    return [_words(name, number) for name, number in counts.items() if number]


def _words(name: str, number: int) -> str:
    plain = name.replace("_", " ")
    one, many = _COUNTED.get(name, (plain, plain))
    return f"{number} {one if number == 1 else many}"
