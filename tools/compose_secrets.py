"""Makes the secrets that compose.yaml hands to its services, once: `python3 tools/compose_secrets.py`.

Needs nothing but Python. What is there stays as it is; to change a password, change it in the database too.
"""

from __future__ import annotations

import secrets
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "deploy" / "compose" / "secrets"
DATABASE = "database:5432/scholr"


def make(folder: Path) -> list[str]:
    """Write the files that are missing and return their names.

    The folder is its owner's alone; the files in it can be read by everybody, since the engine mounts them one by one
    into containers whose user is not the owner.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    password = _kept(folder / "postgres_password", secrets.token_hex(24))
    wanted = {
        "postgres_password": password,
        "scholr_database_url": f"postgresql://postgres:{password}@{DATABASE}",
        "scholr_app_database_url": f"postgresql://scholr_web:{secrets.token_hex(24)}@{DATABASE}",
        "scholr_worker_database_url": f"postgresql://scholr_jobs:{secrets.token_hex(24)}@{DATABASE}",
        "scholr_secret_key": secrets.token_hex(32),
        "scholr_operator_token": secrets.token_urlsafe(32),
    }
    made = [name for name in wanted if not (folder / name).exists()]
    for name in made:
        _write(folder / name, wanted[name])
    return made


def _kept(path: Path, otherwise: str) -> str:
    return path.read_text().strip() if path.exists() else otherwise


def _write(path: Path, text: str) -> None:
    """Whole or not at all: half a password would stay."""
    fresh = path.with_suffix(".new")
    fresh.write_text(text)
    fresh.chmod(0o444)
    fresh.replace(path)


if __name__ == "__main__":
    for line in make(FOLDER):
        print(f"made {line}")
    sys.exit(0)
