"""What others may call of learning. Reads take the caller's unit; use cases take the platform."""

from scholr.contexts.learning.certificates import revoke_certificate
from scholr.contexts.learning.model import (
    CertificateState,
    CompletionRule,
    Criterion,
    Progress,
    Record,
    parse_verification_code,
)
from scholr.contexts.learning.queries import (
    CertificateView,
    CourseRule,
    NoteView,
    ProgressView,
    VerifiedCertificate,
    certificates_of,
    completed_lessons,
    course_rule,
    notes,
    progress_in,
    progress_of,
)
from scholr.contexts.learning.reading import (
    access_certificate,
    certificates,
    course_standing,
    progress_list,
    rule_of,
    verify,
)
from scholr.contexts.learning.service import (
    Standing,
    complete_lesson,
    rebuild_progress,
    report_view,
    set_rule,
    standing,
)

__all__ = [
    "CertificateState",
    "CertificateView",
    "CompletionRule",
    "CourseRule",
    "Criterion",
    "NoteView",
    "Progress",
    "ProgressView",
    "Record",
    "Standing",
    "VerifiedCertificate",
    "access_certificate",
    "certificates",
    "certificates_of",
    "complete_lesson",
    "completed_lessons",
    "course_rule",
    "course_standing",
    "notes",
    "parse_verification_code",
    "progress_in",
    "progress_list",
    "progress_of",
    "rebuild_progress",
    "report_view",
    "revoke_certificate",
    "rule_of",
    "set_rule",
    "standing",
    "verify",
]
