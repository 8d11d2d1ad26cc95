"""What others may call of enrollment. Reads take the caller's unit; use cases take the platform."""

from scholr.contexts.enrollment.model import CohortMode, CohortStatus
from scholr.contexts.enrollment.queries import (
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
from scholr.contexts.enrollment.service.cohorts import (
    CohortDraft,
    change_cohort,
    create_cohort,
    draft_of,
    set_instructors,
)
from scholr.contexts.enrollment.service.enrolling import Enrolled, enrol, enrol_by_course
from scholr.contexts.enrollment.service.reading import access_cohort
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
    "access_cohort",
    "active_enrollment",
    "approve",
    "change_cohort",
    "cohort",
    "cohorts_for",
    "cohorts_of_instructor",
    "courses_of",
    "create_cohort",
    "decline",
    "draft_of",
    "enrol",
    "enrol_by_course",
    "enrollment",
    "enrollments_in_course",
    "instructors_of",
    "learner_ids",
    "list_cohorts",
    "queue",
    "require_enrolled",
    "roster",
    "set_instructors",
    "transfer",
    "withdraw",
]
