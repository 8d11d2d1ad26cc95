"""What can go wrong in identity."""

from scholr.kernel.errors import Conflict, Forbidden, Invalid, LimitReached, NotFound


class OrganizationNotFound(NotFound):
    code = "organization_not_found"


class MemberNotFound(NotFound):
    code = "member_not_found"


class PersonNotFound(NotFound):
    code = "person_not_found"


class GroupNotFound(NotFound):
    code = "group_not_found"


class InvitationNotFound(NotFound):
    code = "invitation_not_found"


class DomainNotFound(NotFound):
    code = "domain_not_found"


class LogoNotFound(NotFound):
    code = "logo_not_found"


class InvalidEmail(Invalid):
    code = "invalid_email"
    message = "That is not an e-mail address."


class InvalidName(Invalid):
    code = "invalid_name"
    message = "A name has between 1 and 200 characters."


class InvalidDescription(Invalid):
    code = "invalid_description"
    message = "A description has at most 1000 characters."


class InvalidPreference(Invalid):
    code = "invalid_preference"
    message = "That cannot be chosen."


class InvalidColour(Invalid):
    code = "invalid_colour"
    message = "A colour is written as # and six hexadecimal digits."


class BadLogo(Invalid):
    code = "bad_logo"
    message = "A logo is a PNG, JPEG or WebP picture of at most 512 kB."


class InvalidHost(Invalid):
    code = "invalid_host"
    message = "That is not a host name that can be used."


class NoRole(Invalid):
    code = "no_role"
    message = "A member has at least one role."


class OwnersOnly(Forbidden):
    code = "owners_only"
    message = "Only an owner can make, change or suspend an owner."


class Yourself(Forbidden):
    code = "yourself"
    message = "You cannot shut yourself out. Ask somebody else to do it."


class LastOwner(Conflict):
    code = "last_owner"
    message = "An organisation always has an owner. Make somebody else an owner first."


class AlreadyMember(Conflict):
    code = "already_member"
    message = "This person is a member already."


class GroupNameTaken(Conflict):
    code = "group_name_taken"
    message = "There is a group of this name already."


class InvitationOver(NotFound):
    code = "invitation_over"
    message = "This invitation was used, withdrawn, or has expired. Ask for a new one."


class TooSoon(LimitReached):
    code = "too_soon"
    message = "A letter was sent a moment ago. Wait a minute before the next one."


class DomainTaken(Conflict):
    code = "domain_taken"
    message = "This host belongs to another organisation here."


class DomainNotProven(Conflict):
    code = "domain_not_proven"
    message = "The TXT record is not there yet. DNS can take up to an hour to show it."


class UnknownChoice(Invalid):
    code = "unknown_choice"
    message = "There is nothing of that name to decide."
