"""What others may call of learning. Reads take the caller's unit; use cases take the platform."""

from scholr.contexts.learning.errors import (
    CertificateNotFound,
    CourseNotFound,
    InvalidNote,
    InvalidReason,
    InvalidRule,
    LessonNotFound,
    TooManyNotes,
)
from scholr.contexts.learning.model import (
    MAX_NOTE_CHARS,
    CertificateState,
    CompletionRule,
    Criterion,
    Progress,
    Record,
    parse_verification_code,
)
from scholr.contexts.learning.pacing import QUIET_AFTER, Measure, Need, PaceGroup, pace
from scholr.contexts.learning.policy import (
    REPORT_EXPORTED,
    REVOKE,
    SEE_REPORTS,
    SET_RULES,
)
from scholr.contexts.learning.queries.certificates import (
    CertificateView,
    VerifiedCertificate,
    certificate_for,
    certificates_of,
)
from scholr.contexts.learning.queries.figures import (
    CourseFigures,
    WeekFigures,
    active_learners,
    course_figures,
    week_figures,
)
from scholr.contexts.learning.queries.notes import NoteView
from scholr.contexts.learning.queries.progress import (
    DeskLine,
    LessonRoom,
    ProgressView,
    completed_lessons,
    desk_of,
    progress_in,
    progress_of,
)
from scholr.contexts.learning.queries.roster import (
    ROSTER_SORTS,
    CohortOf,
    RosterFigure,
    RosterFilter,
    RosterLine,
    RosterPage,
    roster_figures,
    roster_page,
    roster_seats,
)
from scholr.contexts.learning.queries.rules import CourseRule, course_rule
from scholr.contexts.learning.repository import FORGET_DELETED_NOTES, FORGET_VIEWS, notes_of
from scholr.contexts.learning.service.certificates import certificate_pdf, default_printer, revoke_certificate
from scholr.contexts.learning.service.facts import complete_lesson, report_view
from scholr.contexts.learning.service.notes import add_note, change_note, delete_note, list_notes, restore_note
from scholr.contexts.learning.service.progress import Standing, rebuild_progress, standing
from scholr.contexts.learning.service.reading import (
    access_certificate,
    all_certificates,
    certificates,
    course_standing,
    progress_list,
    rule_of,
    verify,
)
from scholr.contexts.learning.service.reports import RECENT, CourseReport, course_report, course_reports
from scholr.contexts.learning.service.rules import set_rule
from scholr.contexts.learning.service.sealing import open_lesson

__all__ = [
    "FORGET_DELETED_NOTES",
    "FORGET_VIEWS",
    "MAX_NOTE_CHARS",
    "QUIET_AFTER",
    "RECENT",
    "REPORT_EXPORTED",
    "REVOKE",
    "ROSTER_SORTS",
    "SEE_REPORTS",
    "SET_RULES",
    "CertificateNotFound",
    "CertificateState",
    "CertificateView",
    "CohortOf",
    "CompletionRule",
    "CourseFigures",
    "CourseNotFound",
    "CourseReport",
    "CourseRule",
    "Criterion",
    "DeskLine",
    "InvalidNote",
    "InvalidReason",
    "InvalidRule",
    "LessonNotFound",
    "LessonRoom",
    "Measure",
    "Need",
    "NoteView",
    "PaceGroup",
    "Progress",
    "ProgressView",
    "Record",
    "RosterFigure",
    "RosterFilter",
    "RosterLine",
    "RosterPage",
    "Standing",
    "TooManyNotes",
    "VerifiedCertificate",
    "WeekFigures",
    "access_certificate",
    "active_learners",
    "add_note",
    "all_certificates",
    "certificate_for",
    "certificate_pdf",
    "certificates",
    "certificates_of",
    "change_note",
    "complete_lesson",
    "completed_lessons",
    "course_figures",
    "course_report",
    "course_reports",
    "course_rule",
    "course_standing",
    "default_printer",
    "delete_note",
    "desk_of",
    "list_notes",
    "notes_of",
    "open_lesson",
    "pace",
    "parse_verification_code",
    "progress_in",
    "progress_list",
    "progress_of",
    "rebuild_progress",
    "report_view",
    "restore_note",
    "revoke_certificate",
    "roster_figures",
    "roster_page",
    "roster_seats",
    "rule_of",
    "set_rule",
    "standing",
    "verify",
    "week_figures",
]
