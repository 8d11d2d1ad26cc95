"""What can be refused in compliance."""

from scholr.kernel.errors import Conflict, Invalid, NotFound


class InvalidSearch(Invalid):
    code = "invalid_search"
    message = "This is not a search that the audit log knows."


class RequestNotFound(NotFound):
    code = "request_not_found"


class HoldNotFound(NotFound):
    code = "hold_not_found"


class ExportNotFound(NotFound):
    code = "export_not_found"


class AnsweredAlready(Conflict):
    code = "answered_already"
    message = "Somebody has answered this request meanwhile."


class InvalidRequest(Invalid):
    code = "invalid_request"


class InvalidHold(Invalid):
    code = "invalid_hold"


class InvalidPeriod(Invalid):
    code = "invalid_period"
