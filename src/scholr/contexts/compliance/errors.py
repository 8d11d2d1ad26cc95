"""What can be refused in compliance."""

from scholr.kernel.errors import Conflict, Forbidden, Invalid, NotFound


class InvalidSearch(Invalid):
    code = "invalid_search"
    message = "This is not a search that the audit log knows."


class ErasureNotFound(NotFound):
    code = "erasure_not_found"


class MemberNotFound(NotFound):
    code = "member_not_found"


class MemberHeld(Conflict):
    code = "member_held"
    message = "A legal hold stands on this member; nothing of theirs may be erased until it is lifted."


class OwnerStays(Conflict):
    code = "owner_stays"
    message = "An owner is not erased. Take the role away first."


class SecondLook(Forbidden):
    code = "second_look"
    message = "An erasure cannot be undone: another administrator confirms it, or you do a day after the request."


class ErasureOver(Conflict):
    code = "erasure_over"
    message = "This erasure was confirmed or withdrawn already."


class ErasurePromised(ErasureOver):
    code = "erasure_promised"
    message = "This erasure was begun and did not get through. Confirm it again; it cannot be taken back any more."


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
