"""Who may be here. For everybody else there is nothing here."""

from scholr.kernel.actor import Actor, Operating
from scholr.kernel.errors import Forbidden, NotFound
from scholr.kernel.ids import PersonId


class SecondStepNeeded(Forbidden):
    code = "second_step_needed"
    message = "Operators sign in with a second step or a passkey. Set one up under Security, then sign in again."


def require_operator(actor: Actor) -> PersonId:
    """The operator who asks. Raises NotFound, or SecondStepNeeded to one whose session shows too little."""
    if actor.operating is Operating.NO or actor.person_id is None:
        raise NotFound
    if actor.operating is Operating.UNPROVEN:
        raise SecondStepNeeded
    return actor.person_id
