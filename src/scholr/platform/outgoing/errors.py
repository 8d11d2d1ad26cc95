"""Why an address was not fetched. The texts say nothing of what the network behind us looks like."""

from scholr.kernel.errors import Invalid, Unavailable


class AddressRefused(Invalid):
    """It leads where a stranger may not send us, or is not written as it has to be."""

    code = "address_refused"
    message = "This address cannot be used."


class FetchFailed(Unavailable):
    """It was allowed and did not answer, or not in time."""

    code = "fetch_failed"
    message = "The other side did not answer."


class AnswerRefused(Invalid):
    """It answered with more than we take."""

    code = "answer_refused"
    message = "The other side answered with something that cannot be taken."
