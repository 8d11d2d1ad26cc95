"""What others may call of compliance: pages and the command line."""

from scholr.contexts.compliance.adapters.shelves import FolderShelf, StoredShelf
from scholr.contexts.compliance.errors import InvalidSearch
from scholr.contexts.compliance.model import Checkpoint, Entry, Fault, Finding
from scholr.contexts.compliance.policy import SEE_LOG
from scholr.contexts.compliance.ports import CheckpointShelf
from scholr.contexts.compliance.queries import LogState, Search, action_counts, log_state, organizations_with_a_log
from scholr.contexts.compliance.service.searching import ExportFormat, export, search
from scholr.contexts.compliance.service.signing import sign_checkpoint, signer_of
from scholr.contexts.compliance.service.verifying import Verdict, verify

__all__ = [
    "SEE_LOG",
    "Checkpoint",
    "CheckpointShelf",
    "Entry",
    "ExportFormat",
    "Fault",
    "Finding",
    "FolderShelf",
    "InvalidSearch",
    "LogState",
    "Search",
    "StoredShelf",
    "Verdict",
    "action_counts",
    "export",
    "log_state",
    "organizations_with_a_log",
    "search",
    "sign_checkpoint",
    "signer_of",
    "verify",
]
