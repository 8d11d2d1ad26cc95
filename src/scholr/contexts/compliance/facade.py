"""What others may call of compliance: pages and the command line."""

from scholr.contexts.compliance.adapters.shelves import FolderShelf, StoredShelf
from scholr.contexts.compliance.errors import InvalidSearch, MemberHeld, OwnerStays, SecondLook
from scholr.contexts.compliance.model import Checkpoint, Entry, Erasure, Fault, Finding, Ground
from scholr.contexts.compliance.policy import ERASE, SEE_ERASURES, SEE_LOG
from scholr.contexts.compliance.ports import CheckpointShelf
from scholr.contexts.compliance.queries import LogState, Search, action_counts, log_state, organizations_with_a_log
from scholr.contexts.compliance.service.erasing import (
    confirm_erasure,
    list_erasures,
    request_erasure,
    withdraw_erasure,
)
from scholr.contexts.compliance.service.proving import Proof, erasure_proof
from scholr.contexts.compliance.service.replaying import UNDER_WAY, LedgerForged, forgotten_again, replay
from scholr.contexts.compliance.service.searching import ExportFormat, export, search
from scholr.contexts.compliance.service.signing import sign_checkpoint, signer_of
from scholr.contexts.compliance.service.verifying import Verdict, verify

__all__ = [
    "ERASE",
    "SEE_ERASURES",
    "SEE_LOG",
    "UNDER_WAY",
    "Checkpoint",
    "CheckpointShelf",
    "Entry",
    "Erasure",
    "ExportFormat",
    "Fault",
    "Finding",
    "FolderShelf",
    "Ground",
    "InvalidSearch",
    "LedgerForged",
    "LogState",
    "MemberHeld",
    "OwnerStays",
    "Proof",
    "Search",
    "SecondLook",
    "StoredShelf",
    "Verdict",
    "action_counts",
    "confirm_erasure",
    "erasure_proof",
    "export",
    "forgotten_again",
    "list_erasures",
    "log_state",
    "organizations_with_a_log",
    "replay",
    "request_erasure",
    "search",
    "sign_checkpoint",
    "signer_of",
    "verify",
    "withdraw_erasure",
]
