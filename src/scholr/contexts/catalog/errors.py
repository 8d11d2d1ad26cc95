"""What can be refused in the catalogue."""

from scholr.kernel.errors import Conflict, Invalid, NotFound


class CourseNotFound(NotFound):
    code = "course_not_found"
    message = "There is no such course."


class SectionNotFound(NotFound):
    code = "section_not_found"
    message = "There is no such section."


class LessonNotFound(NotFound):
    code = "lesson_not_found"
    message = "There is no such lesson."


class PathNotFound(NotFound):
    code = "learning_path_not_found"
    message = "There is no such learning path."


class VersionNotFound(NotFound):
    code = "course_version_not_found"
    message = "There is no such version of the course."


class RevisionNotFound(NotFound):
    code = "lesson_revision_not_found"
    message = "There is no such earlier state of the lesson."


class InvalidCourse(Invalid):
    code = "invalid_course"
    message = "The course is not right."


class InvalidOutline(Invalid):
    code = "invalid_outline"
    message = "The section or lesson is not right."


class InvalidBlock(Invalid):
    """`fields` names the place, such as `blocks.3.html`."""

    code = "invalid_block"
    message = "A block is not right."


class InvalidPath(Invalid):
    code = "invalid_learning_path"
    message = "The learning path is not right."


class CourseTransitionRefused(Conflict):
    """`details` holds `status` and `action`."""

    code = "course_transition_refused"
    message = "The course cannot do that in its present state."


class CourseArchived(Conflict):
    code = "course_archived"
    message = "The course is archived. Restore it first."


class OutlineChanged(Conflict):
    """The order that was sent does not list exactly what is there: somebody else changed it."""

    code = "outline_changed"
    message = "The outline was changed in the meantime. Load it again."


class CourseChanged(Conflict):
    """`details` holds the newer state under `current`."""

    code = "course_changed"
    message = "Somebody else changed this course in the meantime."


class LessonChanged(Conflict):
    """`details` holds the newer state under `current`: nothing of either is lost."""

    code = "lesson_changed"
    message = "Somebody else changed this lesson in the meantime."


class PathPublished(Conflict):
    code = "learning_path_published"
    message = "Learners see this path. Take it out of the catalogue first."


class PathChanged(Conflict):
    """The order that was sent does not list exactly what is there: somebody else changed it."""

    code = "learning_path_changed"
    message = "The learning path was changed in the meantime. Load it again."


class PrerequisiteCycle(Conflict):
    """`details["cycle"]` lists the courses around the cycle."""

    code = "prerequisite_cycle"
    message = "These courses would require each other."
