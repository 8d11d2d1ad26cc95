"""Looks for secrets in every file that git knows or would take: `python tools/secrets_scan.py`.

What looks like a secret and is none (test passwords, alphabets, examples) stands in `.secrets.baseline`, each looked
at by a person and marked so. A new one fails. `--accept` prints the new ones and takes them in: read each line first.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import chdir
from pathlib import Path

from detect_secrets.core import baseline
from detect_secrets.core.potential_secret import PotentialSecret
from detect_secrets.core.scan import scan_file
from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import transient_settings

ROOT = Path(__file__).resolve().parent.parent
BASELINE = ".secrets.baseline"
# Hashes of packages, line after line; tests/deploy/test_locks.py holds what they are.
HASHES_ONLY = {f"requirements/{name}.lock" for name in ("build", "checkov", "dev", "kubectl", "runtime", "uv")}
SKIPPED = {BASELINE, "frontend/package-lock.json", *HASHES_ONLY}
SETTINGS = {
    "plugins_used": [
        {"name": "ArtifactoryDetector"},
        {"name": "AWSKeyDetector"},
        {"name": "AzureStorageKeyDetector"},
        {"name": "Base64HighEntropyString", "limit": 4.5},
        {"name": "BasicAuthDetector"},
        {"name": "CloudantDetector"},
        {"name": "DiscordBotTokenDetector"},
        {"name": "GitHubTokenDetector"},
        {"name": "GitLabTokenDetector"},
        {"name": "HexHighEntropyString", "limit": 3.0},
        {"name": "JwtTokenDetector"},
        {"name": "KeywordDetector", "keyword_exclude": ""},
        {"name": "MailchimpDetector"},
        {"name": "NpmDetector"},
        {"name": "OpenAIDetector"},
        {"name": "PrivateKeyDetector"},
        {"name": "PypiTokenDetector"},
        {"name": "SendGridDetector"},
        {"name": "SlackDetector"},
        {"name": "SquareOAuthDetector"},
        {"name": "StripeDetector"},
        {"name": "TelegramBotTokenDetector"},
        {"name": "TwilioKeyDetector"},
    ],
    "filters_used": [
        {"path": f"detect_secrets.filters.{name}"}
        for name in (
            "heuristic.is_indirect_reference",
            "heuristic.is_likely_id_string",
            "heuristic.is_not_alphanumeric_string",
            "heuristic.is_potential_uuid",
            "heuristic.is_prefixed_with_dollar_sign",
            "heuristic.is_sequential_string",
            "heuristic.is_templated_secret",
        )
    ],
}


def files_of(root: Path) -> list[str]:
    """What is committed, and what would be with the next `git add`."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        check=True,
        cwd=root,
        capture_output=True,
        text=True,
    )
    names = sorted(set(filter(None, listing.stdout.split("\0"))))
    return [name for name in names if name not in SKIPPED and (root / name).is_file()]


def scan(root: Path, names: list[str]) -> list[PotentialSecret]:
    """Slow (the half of it is entropy), so that the work is shared between the machine's processors."""
    if len(names) < 50:
        return _scan_here(root, names)
    workers = os.cpu_count() or 1
    with ProcessPoolExecutor(workers) as pool:
        parts = [names[start::workers] for start in range(workers)]
        return [secret for part in pool.map(_scan_here, [root] * workers, parts) for secret in part]


def _scan_here(root: Path, names: list[str]) -> list[PotentialSecret]:
    # Names in findings are as they are given, and must not tell where the checkout lies.
    with chdir(root), transient_settings(SETTINGS):
        return [secret for name in names for secret in scan_file(name)]


def unknown_secrets(root: Path) -> list[str]:
    """A line for each finding that nobody has looked at: `file:line  kind`, never the secret itself."""
    known = _known(root)
    found = scan(root, files_of(root))
    return sorted(f"{each.filename}:{each.line_number}  {each.type}" for each in found if _identity(each) not in known)


def _known(root: Path) -> set[tuple[str, str, str]]:
    """By file, kind and hash: a line may move, and a changed secret is a new one. Only what a person looked at."""
    path = root / BASELINE
    if not path.exists():
        return set()
    listed = json.loads(path.read_text())["results"]
    return {
        (name, each["type"], each["hashed_secret"])
        for name, secrets in listed.items()
        for each in secrets
        if each.get("is_secret") is False
    }


def _identity(secret: PotentialSecret) -> tuple[str, str, str]:
    return secret.filename, secret.type, secret.secret_hash


def accept(root: Path) -> None:
    """Write the baseline anew: what is found now, all of it marked as looked at."""
    collection = SecretsCollection()
    for secret in scan(root, files_of(root)):
        secret.is_secret = False
        collection[secret.filename].add(secret)
    with transient_settings(SETTINGS):
        baseline.save_to_file(collection, str(root / BASELINE))


def main() -> int:
    found = unknown_secrets(ROOT)
    if found:
        print("\n".join(found))
    if "--accept" in sys.argv[1:]:
        accept(ROOT)
        return 0
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
