"""What can go wrong while proving who is asking."""

from scholr.kernel.errors import Conflict, Forbidden, Invalid, LimitReached, NotFound, Unauthenticated


class UnknownTenant(Unauthenticated):
    code = "unknown_tenant"
    message = "X-Tenant-Id names no organisation."


class WrongCredentials(Unauthenticated):
    """Never says which of the two was wrong, nor whether there is such an account."""

    code = "wrong_credentials"
    message = "That e-mail and password do not belong together."


class TooManyAttempts(LimitReached):
    code = "too_many_attempts"
    message = "Too many attempts. Wait a moment, then try again."


class WeakPassword(Invalid):
    code = "weak_password"


class WrongPassword(Invalid):
    code = "wrong_password"
    message = "That is not your current password."


class LinkExpired(Invalid):
    code = "link_expired"
    message = "This link was used already, or it has expired. Ask for a new one."


class WrongCode(Invalid):
    code = "wrong_code"
    message = "That code is not right, or it was used already."


class InvalidToken(Unauthenticated):
    code = "invalid_token"
    message = "This token is unknown, expired or revoked."


class SignInAgain(Forbidden):
    code = "sign_in_again"
    message = "Show your password again before you change what protects your account."


class FactorFirst(SignInAgain):
    """A stolen password must not add a second step of the thief's beside the one that keeps the thief outside."""

    code = "factor_first"
    message = "Show your second step or your passkey first: a password alone does not change these."


class ProveYourselfFirst(Forbidden):
    """Whoever asks a second step of others has shown one: the first to be shut out would be themselves."""

    code = "prove_yourself_first"
    message = "Set up your own second step, and sign in with it. Then you can ask it of others."


class UnknownAnswer(Invalid):
    code = "unknown_answer"
    message = "Choose one of the answers."


class PersonOnly(Forbidden):
    code = "person_only"
    message = "Only a person who is signed in can do this, not a token."


class UnknownScope(Invalid):
    code = "unknown_scope"


class SessionNotFound(NotFound):
    code = "session_not_found"


class TokenNotFound(NotFound):
    code = "token_not_found"


class PasskeyNotFound(NotFound):
    code = "passkey_not_found"


class PasskeyRefused(Invalid):
    code = "passkey_refused"
    message = "This passkey could not be verified. Try again, or sign in another way."


class TotpOn(Conflict):
    code = "totp_on"
    message = "The second step is on already."


class NotAMember(NotFound):
    code = "not_a_member"
    message = "You are not a member of that organisation, or no longer."


class InvalidTokenRequest(Invalid):
    code = "invalid_token_request"
    message = "The token could not be made."


class AccountExists(Conflict):
    code = "account_exists"
    message = "There is an account for this address already. Sign in with it to join."


class OtherAccount(Forbidden):
    code = "other_account"
    message = "This invitation is for another address than yours. Sign out, then open it again."
