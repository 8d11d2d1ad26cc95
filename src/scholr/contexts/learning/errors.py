"""What can be refused in learning."""

from scholr.kernel.errors import Conflict, Invalid, NotFound


class CourseNotFound(NotFound):
    """Also said of a course that the learner is not in."""

    code = "course_not_found"
    message = "There is no such course."


class LessonNotFound(NotFound):
    code = "lesson_not_found"
    message = "There is no such lesson in this course."


class CertificateNotFound(NotFound):
    code = "certificate_not_found"
    message = "No certificate has this code."


class InvalidRule(Invalid):
    code = "invalid_completion_rule"
    message = "The completion rule is not right."


class InvalidView(Invalid):
    code = "invalid_view"
    message = "The time that was reported is not right."


class CourseNotCompleted(Conflict):
    """`details["missing"]` lists what the completion rule still asks for."""

    code = "course_not_completed"
    message = "The course is not completed yet."


class CertificateRevoked(Conflict):
    code = "certificate_revoked"
    message = "This certificate was revoked."
