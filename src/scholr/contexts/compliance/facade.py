"""What others may call of compliance: pages and the command line."""

from scholr.contexts.compliance.adapters.shelves import FolderShelf, StoredShelf
from scholr.contexts.compliance.errors import (
    AnsweredAlready,
    ExportNotFound,
    InvalidHold,
    InvalidPeriod,
    InvalidRequest,
    InvalidSearch,
    MemberHeld,
    OwnerStays,
    SecondLook,
)
from scholr.contexts.compliance.model import Checkpoint, Entry, Erasure, Fault, Finding, Ground
from scholr.contexts.compliance.policy import ERASE, MANAGE_PRIVACY, SEE_ERASURES, SEE_LOG, SEE_PRIVACY
from scholr.contexts.compliance.ports import CheckpointShelf
from scholr.contexts.compliance.queries import (
    ExportView,
    HoldView,
    LogState,
    RequestView,
    Search,
    action_counts,
    entries,
    erasures_before,
    holds,
    log_state,
    organizations_to_tidy,
    organizations_with_a_log,
)
from scholr.contexts.compliance.service.erasing import (
    confirm_erasure,
    list_erasures,
    request_erasure,
    withdraw_erasure,
)
from scholr.contexts.compliance.service.exporting import Fetched, ask_for_export, ask_for_export_of, fetch_export
from scholr.contexts.compliance.service.holding import is_held, place_hold, release_hold
from scholr.contexts.compliance.service.keeping import PERIODS, Keeping, Period, apply_all, dry_run, set_period
from scholr.contexts.compliance.service.proving import Proof, erasure_proof
from scholr.contexts.compliance.service.reading import OwnRights, Rights, Rules, own_rights, rights, rules
from scholr.contexts.compliance.service.replaying import UNDER_WAY, LedgerForged, forgotten_again, replay
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
    "ERASE",
    "MANAGE_PRIVACY",
    "PERIODS",
    "SEE_ERASURES",
    "SEE_LOG",
    "SEE_PRIVACY",
    "UNDER_WAY",
    "AnsweredAlready",
    "Checkpoint",
    "CheckpointShelf",
    "Entry",
    "Erasure",
    "ExportFormat",
    "ExportNotFound",
    "ExportView",
    "Fault",
    "Fetched",
    "Finding",
    "FolderShelf",
    "Ground",
    "HoldView",
    "InvalidHold",
    "InvalidPeriod",
    "InvalidRequest",
    "InvalidSearch",
    "Keeping",
    "LedgerForged",
    "LogState",
    "MemberHeld",
    "OwnRights",
    "OwnerStays",
    "Period",
    "Proof",
    "RequestKind",
    "RequestState",
    "RequestView",
    "Rights",
    "Rules",
    "Search",
    "SecondLook",
    "StoredShelf",
    "Verdict",
    "action_counts",
    "answer_request",
    "apply_all",
    "ask_for_export",
    "ask_for_export_of",
    "confirm_erasure",
    "dry_run",
    "entries",
    "erasure_proof",
    "erasures_before",
    "export",
    "fetch_export",
    "forgotten_again",
    "holds",
    "is_held",
    "list_erasures",
    "log_state",
    "make_request",
    "organizations_to_tidy",
    "organizations_with_a_log",
    "own_rights",
    "place_hold",
    "release_hold",
    "replay",
    "request_erasure",
    "rights",
    "rules",
    "search",
    "set_period",
    "sign_checkpoint",
    "signer_of",
    "verify",
    "withdraw_erasure",
]
