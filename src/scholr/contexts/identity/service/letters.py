"""What identity writes to people."""

from dataclasses import dataclass

from scholr.platform.runtime import Platform


@dataclass(frozen=True, slots=True)
class Letter:
    subject: str
    text: str


def invitation(platform: Platform, organization: str, inviter: str, token: str) -> Letter:
    """`inviter` may be empty: an import or a program invites too."""
    opening = f"{inviter} invites you to {organization}." if inviter else f"You are invited to {organization}."
    return Letter(
        f"Invitation to {organization}",
        f"{opening}\n\nOpen this link to join; it works for two weeks:\n"
        f"{platform.http.public_url}/invitation/{token}\n\n"
        "If you do not know what this is about, do nothing: nobody is told whether you opened it.\n",
    )
