"""What can be refused in learning."""

from scholr.kernel.errors import Conflict, Invalid, NotFound, Unavailable


class CourseNotFound(NotFound):
    """Also said of a course that the learner is not in."""

    code = "course_not_found"
    message = "There is no such course."


class LessonNotFound(NotFound):
    code = "lesson_not_found"
    message = "There is no such lesson in this course."


class NoteNotFound(NotFound):
    code = "note_not_found"
    message = "There is no such note."


class CertificateNotFound(NotFound):
    code = "certificate_not_found"
    message = "No certificate has this code."


class InvalidRule(Invalid):
    code = "invalid_completion_rule"
    message = "The completion rule is not right."


class InvalidView(Invalid):
    code = "invalid_view"
    message = "The time that was reported is not right."


class InvalidNote(Invalid):
    code = "invalid_note"
    message = "The note cannot be kept like this."


class TooManyNotes(Conflict):
    code = "too_many_notes"
    message = "This lesson holds as many notes as it can. Delete one to write another."


class CourseNotCompleted(Conflict):
    """`details["missing"]` lists what the completion rule still asks for."""

    code = "course_not_completed"
    message = "The course is not completed yet."


class InvalidReason(Invalid):
    code = "invalid_reason"
    message = "Say why the certificate is revoked."


class PrintingFailed(Unavailable):
    code = "printing_failed"
    message = "The certificate could not be printed just now. It stays valid, and its page shows the same."


class CertificateRevoked(Conflict):
    code = "certificate_revoked"
    message = "This certificate was revoked."
