"""What auth writes to people. Plain text: what matters must be readable in every mail program."""

from dataclasses import dataclass

from scholr.platform.runtime import Platform


@dataclass(frozen=True, slots=True)
class Letter:
    subject: str
    text: str


def reset_link(platform: Platform, token: str) -> Letter:
    return Letter(
        "Choose a new password",
        "Somebody, probably you, asked for a new password for your account.\n\n"
        f"Choose it here, within an hour:\n{platform.http.public_url}/reset/{token}\n\n"
        "If it was not you, do nothing: your password stays as it is.\n",
    )


def verification_link(platform: Platform, token: str) -> Letter:
    return Letter(
        "Is this your address?",
        "Please confirm that this is your e-mail address:\n"
        f"{platform.http.public_url}/verify-email/{token}\n\n"
        "The link works for three days. If you know nothing of this, do nothing.\n",
    )


def password_changed(platform: Platform) -> Letter:
    return Letter(
        "Your password was changed",
        "The password of your account was changed just now, and your other devices were signed out.\n\n"
        f"If that was not you, choose a new one at once:\n{platform.http.public_url}/forgot\n",
    )


def factors_removed(platform: Platform) -> Letter:
    return Letter(
        "Your second step and your passkeys were taken off",
        "Somebody, probably you, has told those who run this deployment that your phone or device is lost. They took "
        "your second step and your passkeys off your account and signed all your devices out. Your password is as it "
        "was; set a new second step up under Security.\n\n"
        f"If it was not you, choose a new password at once:\n{platform.http.public_url}/forgot\n",
    )


def second_step_changed(platform: Platform, what: str) -> Letter:
    return Letter(
        what,
        f"{what}, in the security settings of your account.\n\n"
        f"If that was not you, choose a new password at once:\n{platform.http.public_url}/forgot\n",
    )
