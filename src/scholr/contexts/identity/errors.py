"""What can go wrong in identity."""

from scholr.kernel.errors import Invalid, NotFound


class OrganizationNotFound(NotFound):
    code = "organization_not_found"


class MemberNotFound(NotFound):
    code = "member_not_found"


class InvalidEmail(Invalid):
    code = "invalid_email"
    message = "That is not an e-mail address."


class InvalidName(Invalid):
    code = "invalid_name"
    message = "A name has between 1 and 200 characters."


class PersonNotFound(NotFound):
    code = "person_not_found"


class InvalidPreference(Invalid):
    code = "invalid_preference"
    message = "That cannot be chosen."
