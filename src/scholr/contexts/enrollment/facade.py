"""What others may call of enrollment. Reads take the caller's unit; use cases take the platform."""

from scholr.contexts.enrollment.model import CohortMode, CohortStatus
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
    queue,
    require_enrolled,
    roster,
)
from scholr.contexts.enrollment.queries.imports import ImportRowView, ImportView
from scholr.contexts.enrollment.repository.imports import Problem as ImportProblem
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
from scholr.contexts.enrollment.service.reading import access_cohort
from scholr.contexts.enrollment.service.reporting import csv_text
from scholr.contexts.enrollment.service.reporting import report as import_report
from scholr.contexts.enrollment.service.seats import approve, decline, transfer, withdraw

__all__ = [
    "CohortDraft",
    "CohortMode",
    "CohortStatus",
    "CohortView",
    "Enrolled",
    "EnrolledCourse",
    "EnrollmentInfo",
    "EnrollmentView",
    "ImportProblem",
    "ImportRowView",
    "ImportView",
    "access_cohort",
    "active_enrollment",
    "approve",
    "change_cohort",
    "cohort",
    "cohorts_for",
    "cohorts_of_instructor",
    "courses_of",
    "create_cohort",
    "csv_text",
    "decline",
    "draft_of",
    "enrol",
    "enrol_by_course",
    "enrollment",
    "enrollments_in_course",
    "import_report",
    "instructors_of",
    "learner_ids",
    "leave_out_import_row",
    "list_cohorts",
    "list_import_rows",
    "list_imports",
    "mend_import_row",
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
    "withdraw",
]
