"""The recipe of the image, as far as it can be read without building it (tests/deploy/test_image.py builds it)."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "deploy" / "image" / "Containerfile").read_text()
SHIPPED = TEXT[TEXT.rindex("\nFROM ") :]


def test_every_stage_begins_from_the_one_base_that_is_pinned_by_digest() -> None:
    assert set(re.findall(r"^FROM (\S+)", TEXT, re.MULTILINE)) == {"${PYTHON_IMAGE}"}
    assert re.search(r"^ARG PYTHON_IMAGE=docker\.io/library/python:3\.\d+-slim-\w+@sha256:[0-9a-f]{64}$", TEXT, re.M)


def test_everything_is_installed_from_a_lock_with_hashes_and_nothing_is_compiled() -> None:
    from_locks = re.findall(r"install[^&]*?-r \S+\.lock", TEXT)
    assert len(from_locks) == 2
    assert all("--require-hashes" in each and "--only-binary :all:" in each for each in from_locks)


def test_what_is_shipped_takes_no_source_and_no_tool_along() -> None:
    assert re.findall(r"^COPY (.+)$", SHIPPED, re.MULTILINE) == ["--from=install /opt/scholr /opt/scholr"]
    assert re.search(r"^USER 10001:10001$", SHIPPED, re.MULTILINE)
    assert re.search(r"^STOPSIGNAL SIGTERM$", SHIPPED, re.MULTILINE)


def test_what_it_copies_is_there_and_is_sent_to_the_builder() -> None:
    sent = set(re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    copied = {
        source for line in re.findall(r"^COPY (?!--from)(.+)$", TEXT, re.MULTILINE) for source in line.split()[:-1]
    }
    assert copied == sent
    assert [source for source in copied if not (ROOT / source).exists()] == []
