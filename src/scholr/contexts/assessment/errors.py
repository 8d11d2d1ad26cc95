"""What can be refused in assessment."""

from scholr.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable


class AssessmentNotFound(NotFound):
    code = "assessment_not_found"
    message = "There is no such assessment."


class QuestionNotFound(NotFound):
    code = "question_not_found"
    message = "There is no such question."


class DrawNotFound(NotFound):
    code = "draw_not_found"
    message = "There is no such draw."


class AccommodationNotFound(NotFound):
    code = "accommodation_not_found"
    message = "This learner has no accommodation here."


class BankNotFound(NotFound):
    code = "bank_not_found"
    message = "There is no such question bank."


class AttemptNotFound(NotFound):
    code = "attempt_not_found"
    message = "There is no such attempt."


class InvalidAssessment(Invalid):
    code = "invalid_assessment"
    message = "The assessment's settings are not right."


class InvalidQuestion(Invalid):
    code = "invalid_question"
    message = "The question is not right."


class InvalidAnswer(Invalid):
    """`fields` names the question by its id."""

    code = "invalid_answer"
    message = "The answer cannot be kept."


class InvalidAccommodation(Invalid):
    code = "invalid_accommodation"
    message = "The accommodation is not right."


class InvalidGrade(Invalid):
    code = "invalid_grade"
    message = "The grade is outside what the question can give."


class AssessmentEmpty(Conflict):
    code = "assessment_empty"
    message = "The assessment has no questions yet."


class BankTooSmall(Conflict):
    code = "bank_too_small"
    message = "A bank holds fewer questions than are to be drawn from it."


class AssessmentNotOpen(Conflict):
    code = "assessment_not_open"
    message = "The assessment has not opened yet."


class AssessmentClosed(Conflict):
    code = "assessment_closed"
    message = "The assessment has closed."


class AttemptsExhausted(Conflict):
    code = "attempts_exhausted"
    message = "All attempts have been used."


class AttemptFinished(Conflict):
    """The attempt was already submitted or has expired: its answers stand."""

    code = "attempt_finished"
    message = "The attempt is finished, and its answers can no longer be changed."


class DeadlinePassed(Conflict):
    code = "deadline_passed"
    message = "The time is up. What was saved before will be graded."


class FeedbackHidden(Forbidden):
    code = "feedback_hidden"
    message = "The results of this assessment are not shown now."


class AttemptRunning(Conflict):
    code = "attempt_running"
    message = "The attempt is still running: there is no grade yet."


class ExamCrowded(Unavailable):
    """More people start at once than can be let in just now; nobody who waits loses time."""

    code = "exam_crowded"
    message = "Very many people are starting right now. You will be let in in a moment; your time has not begun."


class LearnerNotFound(NotFound):
    code = "learner_not_found"
    message = "There is no such learner."


class BankInUse(Conflict):
    code = "bank_in_use"
    message = "Assessments draw from this bank. Take the draws out first."
