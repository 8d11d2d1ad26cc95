"""What can be refused in sync."""

from scholr.kernel.errors import Invalid, NotFound


class CourseNotFound(NotFound):
    """Also said of a course that the learner is not in."""

    code = "course_not_found"
    message = "There is no such course."


class InvalidBatch(Invalid):
    code = "invalid_sync_batch"
    message = "What the device sent cannot be merged."
