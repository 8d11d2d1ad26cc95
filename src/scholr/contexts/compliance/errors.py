"""What can be refused in compliance."""

from scholr.kernel.errors import Invalid


class InvalidSearch(Invalid):
    code = "invalid_search"
    message = "This is not a search that the audit log knows."
