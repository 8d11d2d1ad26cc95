"""What can be refused in enrollment."""

from scholr.kernel.errors import Conflict, Forbidden, Invalid, NotFound


class CohortNotFound(NotFound):
    code = "cohort_not_found"
    message = "There is no such cohort."


class EnrollmentNotFound(NotFound):
    code = "enrollment_not_found"
    message = "There is no such enrolment."


class LearnerNotFound(NotFound):
    code = "learner_not_found"
    message = "There is no such person here, or the account is not active."


class NotEnrolled(NotFound):
    """Not found rather than forbidden: whoever is not in the course learns nothing about it."""

    code = "not_enrolled"
    message = "You are not enrolled in this course."


class CohortFull(Conflict):
    code = "cohort_full"
    message = "Every seat of this cohort is taken."


class CohortClosed(Conflict):
    code = "cohort_closed"
    message = "This cohort takes no more people."


class EnrollmentNotOpen(Conflict):
    """`details` holds opens_at."""

    code = "enrollment_not_open"
    message = "Enrolment has not opened yet."


class NoOpenCohort(Conflict):
    code = "no_open_cohort"
    message = "No cohort of this course takes people just now."


class PrerequisitesMissing(Conflict):
    """`details["missing"]` lists id and title of each course that has to be finished first."""

    code = "prerequisites_missing"
    message = "Other courses have to be finished before this one."


class EnrollmentDeclinedBefore(Conflict):
    code = "enrollment_declined"
    message = "Your request was declined. Write to the people who run this cohort."


class EnrollmentTransitionRefused(Conflict):
    """`details` holds the status and the action that does not fit it."""

    code = "enrollment_transition_refused"
    message = "That cannot be done with this enrolment as it is now."


class StaffEnrolOnly(Forbidden):
    code = "staff_enrol_only"
    message = "The people who run this cohort choose who takes part."


class NotTransferable(Conflict):
    code = "not_transferable"
    message = "Only somebody who has a seat or waits for one can be moved, and only within the course."


class CapacityBelowTaken(Conflict):
    code = "capacity_below_taken"
    message = "More people than that have a seat already."


class InvalidCohort(Invalid):
    code = "invalid_cohort"
    message = "The cohort's settings are not right."


class RosterUnreadable(Invalid):
    code = "roster_unreadable"
    message = "This file cannot be read as a list of people."


class ImportNotFound(NotFound):
    code = "import_not_found"
    message = "There is no such import."


class ImportNotReady(Conflict):
    """`details` holds the status."""

    code = "import_not_ready"
    message = "That cannot be done with this import as it is now."


class UndoExpired(Conflict):
    code = "undo_expired"
    message = "This import is too old to be undone as a whole. Withdraw people in their cohorts instead."


class InvalidMessage(Invalid):
    code = "invalid_message"
    message = "The message cannot be sent as it is."


class InvalidExtension(Invalid):
    code = "invalid_extension"
    message = "That is no extension."
