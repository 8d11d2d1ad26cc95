"""A secret that somebody leaves in a file is found before it is committed. The ones here are made up as they run."""

import json
import secrets
import string
import subprocess
from pathlib import Path

import pytest
from tools.secrets_scan import BASELINE, accept, unknown_secrets


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    (tmp_path / "harmless.py").write_text("ANSWER = 42\n")
    return tmp_path


def access_key() -> str:
    return "AKIA" + "".join(secrets.choice(string.ascii_uppercase + "234567") for _ in range(16))


def letters(many: int) -> str:
    return "".join(secrets.choice(string.ascii_letters) for _ in range(many))


PLANTED = {
    "AWS Access Key": lambda: f'key = "{access_key()}"',
    "Private Key": lambda: "-----BEGIN " + "RSA PRIVATE KEY-----",
    "Basic Auth Credentials": lambda: f"url: postgresql://school:{secrets.token_hex(6)}@db.example.org/school",
    "Hex High Entropy String": lambda: f'key = "{secrets.token_hex(32)}"',
    "GitHub Token": lambda: f"ghp_{letters(36)}",
    "Secret Keyword": lambda: f'password = "{letters(16)}"',
}


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_secret_is_found_and_not_repeated(checkout: Path, kind: str) -> None:
    assert unknown_secrets(checkout) == []
    line = PLANTED[kind]()
    (checkout / "left_behind.txt").write_text(f"first line\n{line}\n")
    found = unknown_secrets(checkout)
    assert f"left_behind.txt:2  {kind}" in found
    assert all(line not in each for each in found)


def test_what_git_would_not_take_is_not_looked_at(checkout: Path) -> None:
    (checkout / ".gitignore").write_text("var/\n")
    (checkout / "var").mkdir()
    (checkout / "var" / "own.txt").write_text(f'key = "{access_key()}"\n')
    assert unknown_secrets(checkout) == []


def test_only_what_a_person_looked_at_is_known_and_another_one_in_its_place_is_not(checkout: Path) -> None:
    planted = checkout / "example.txt"
    planted.write_text(f'key = "{access_key()}"\n')
    accept(checkout)
    assert unknown_secrets(checkout) == []

    planted.write_text("a line before it\n" + planted.read_text())
    assert unknown_secrets(checkout) == []

    unmarked = json.loads((checkout / BASELINE).read_text())
    del unmarked["results"]["example.txt"][0]["is_secret"]
    (checkout / BASELINE).write_text(json.dumps(unmarked))
    assert unknown_secrets(checkout) == ["example.txt:2  AWS Access Key"]

    accept(checkout)
    planted.write_text(f'key = "{access_key()}"\n')
    assert unknown_secrets(checkout) == ["example.txt:1  AWS Access Key"]
