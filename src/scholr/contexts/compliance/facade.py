"""What others may call of compliance: pages and the command line."""

from scholr.contexts.compliance.adapters.shelves import FolderShelf, StoredShelf
from scholr.contexts.compliance.errors import (
    AnsweredAlready,
    ExportNotFound,
    InvalidHold,
    InvalidPeriod,
    InvalidRequest,
    InvalidSearch,
)
from scholr.contexts.compliance.model import Checkpoint, Entry, Fault, Finding
from scholr.contexts.compliance.policy import MANAGE_PRIVACY, SEE_LOG, SEE_PRIVACY
from scholr.contexts.compliance.ports import CheckpointShelf
from scholr.contexts.compliance.queries import (
    ExportView,
    HoldView,
    LogState,
    RequestView,
    Search,
    log_state,
    organizations_to_tidy,
    organizations_with_a_log,
)
from scholr.contexts.compliance.service.exporting import Fetched, ask_for_export, ask_for_export_of, fetch_export
from scholr.contexts.compliance.service.holding import is_held, place_hold, release_hold
from scholr.contexts.compliance.service.keeping import PERIODS, Keeping, Period, apply_all, dry_run, set_period
from scholr.contexts.compliance.service.reading import OwnRights, Rights, Rules, own_rights, rights, rules
from scholr.contexts.compliance.service.requesting import (
    RequestKind,
    RequestState,
    answer_request,
    make_request,
)
from scholr.contexts.compliance.service.searching import ExportFormat, export, search
from scholr.contexts.compliance.service.signing import sign_checkpoint, signer_of
from scholr.contexts.compliance.service.verifying import Verdict, verify

__all__ = [
    "MANAGE_PRIVACY",
    "PERIODS",
    "SEE_LOG",
    "SEE_PRIVACY",
    "AnsweredAlready",
    "Checkpoint",
    "CheckpointShelf",
    "Entry",
    "ExportFormat",
    "ExportNotFound",
    "ExportView",
    "Fault",
    "Fetched",
    "Finding",
    "FolderShelf",
    "HoldView",
    "InvalidHold",
    "InvalidPeriod",
    "InvalidRequest",
    "InvalidSearch",
    "Keeping",
    "LogState",
    "OwnRights",
    "Period",
    "RequestKind",
    "RequestState",
    "RequestView",
    "Rights",
    "Rules",
    "Search",
    "StoredShelf",
    "Verdict",
    "answer_request",
    "apply_all",
    "ask_for_export",
    "ask_for_export_of",
    "dry_run",
    "export",
    "fetch_export",
    "is_held",
    "log_state",
    "make_request",
    "organizations_to_tidy",
    "organizations_with_a_log",
    "own_rights",
    "place_hold",
    "release_hold",
    "rights",
    "rules",
    "search",
    "set_period",
    "sign_checkpoint",
    "signer_of",
    "verify",
]
