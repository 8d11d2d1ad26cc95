"""What others may call of enrollment. Reads take the caller's unit; use cases take the platform."""

from scholr.contexts.enrollment.errors import InvalidExtension, NotTransferable, RosterUnreadable
from scholr.contexts.enrollment.model import CohortMode, CohortStatus
from scholr.contexts.enrollment.policy import (
    IMPORT_PEOPLE,
    MANAGE_COHORTS,
    ROSTER_EXPORTED,
    ROSTER_READ,
    SEE_COHORTS,
)
from scholr.contexts.enrollment.queries.cohorts import (
    CohortView,
    EnrolledCourse,
    EnrollmentInfo,
    EnrollmentView,
    active_enrollment,
    cohort,
    cohorts_for,
    cohorts_of_instructor,
    courses_of,
    enrollment,
    enrollments_in_course,
    instructors_of,
    learner_ids,
    list_cohorts,
    open_cohorts,
    queue,
    require_enrolled,
    roster,
)
from scholr.contexts.enrollment.queries.figures import (
    CourseSeats,
    WeekEnrolments,
    course_seats,
    enrolled_learners,
    most_taken_up,
    week_enrolments,
)
from scholr.contexts.enrollment.queries.imports import ImportRowView, ImportView
from scholr.contexts.enrollment.queries.options import CohortOption, EnrolOptions, enrol_options
from scholr.contexts.enrollment.queries.roster import (
    RosterPerson,
    chosen_people,
    instructor_names,
    member_by_email,
    waiting_people,
)
from scholr.contexts.enrollment.repository.imports import FORGET_IMPORTS
from scholr.contexts.enrollment.repository.imports import Problem as ImportProblem
from scholr.contexts.enrollment.service.caring import extend, message
from scholr.contexts.enrollment.service.cohorts import (
    CohortDraft,
    change_cohort,
    create_cohort,
    draft_of,
    set_instructors,
)
from scholr.contexts.enrollment.service.enrolling import Enrolled, enrol, enrol_by_course
from scholr.contexts.enrollment.service.imports import leave_out as leave_out_import_row
from scholr.contexts.enrollment.service.imports import list_imports, read_import
from scholr.contexts.enrollment.service.imports import list_rows as list_import_rows
from scholr.contexts.enrollment.service.imports import mend_row as mend_import_row
from scholr.contexts.enrollment.service.imports import prefer_row as prefer_import_row
from scholr.contexts.enrollment.service.imports import start as start_import
from scholr.contexts.enrollment.service.imports import undo as undo_import
from scholr.contexts.enrollment.service.imports import upload as upload_import
from scholr.contexts.enrollment.service.prerequisites import missing_prerequisites
from scholr.contexts.enrollment.service.reading import access_cohort
from scholr.contexts.enrollment.service.reporting import csv_text
from scholr.contexts.enrollment.service.reporting import report as import_report
from scholr.contexts.enrollment.service.seats import approve, decline, transfer, withdraw

__all__ = [
    "FORGET_IMPORTS",
    "IMPORT_PEOPLE",
    "MANAGE_COHORTS",
    "ROSTER_EXPORTED",
    "ROSTER_READ",
    "SEE_COHORTS",
    "CohortDraft",
    "CohortMode",
    "CohortOption",
    "CohortStatus",
    "CohortView",
    "CourseSeats",
    "EnrolOptions",
    "Enrolled",
    "EnrolledCourse",
    "EnrollmentInfo",
    "EnrollmentView",
    "ImportProblem",
    "ImportRowView",
    "ImportView",
    "InvalidExtension",
    "NotTransferable",
    "RosterPerson",
    "RosterUnreadable",
    "WeekEnrolments",
    "access_cohort",
    "active_enrollment",
    "approve",
    "change_cohort",
    "chosen_people",
    "cohort",
    "cohorts_for",
    "cohorts_of_instructor",
    "course_seats",
    "courses_of",
    "create_cohort",
    "csv_text",
    "decline",
    "draft_of",
    "enrol",
    "enrol_by_course",
    "enrol_options",
    "enrolled_learners",
    "enrollment",
    "enrollments_in_course",
    "extend",
    "import_report",
    "instructor_names",
    "instructors_of",
    "learner_ids",
    "leave_out_import_row",
    "list_cohorts",
    "list_import_rows",
    "list_imports",
    "member_by_email",
    "mend_import_row",
    "message",
    "missing_prerequisites",
    "most_taken_up",
    "open_cohorts",
    "prefer_import_row",
    "queue",
    "read_import",
    "require_enrolled",
    "roster",
    "set_instructors",
    "start_import",
    "transfer",
    "undo_import",
    "upload_import",
    "waiting_people",
    "week_enrolments",
    "withdraw",
]
