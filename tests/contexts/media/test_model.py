"""What a file is, which part of it is sent, and the states it goes through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scholr.contexts.media.errors import AssetTransitionRefused, BadRange, InvalidUpload, UnsupportedFile
from scholr.contexts.media.model import (
    AssetAction,
    AssetKind,
    AssetState,
    byte_range,
    may_be_shown,
    sniff,
    transition,
    validate_alt,
    validate_filename,
)

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


@pytest.mark.parametrize(
    ("head", "name", "content_type"),
    [
        (PNG, "a.png", "image/png"),
        (PNG, "lies.html", "image/png"),
        (b"\xff\xd8\xff\xe0", "a.jpg", "image/jpeg"),
        (b"GIF89a", "a.gif", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "a.webp", "image/webp"),
        (b"\0\0\0\x20ftypavif", "a.avif", "image/avif"),
        (b"\0\0\0\x20ftypisom", "a.mp4", "video/mp4"),
        (b"\0\0\0\x20ftypM4A ", "a.m4a", "audio/mp4"),
        (b"%PDF-1.7", "a.pdf", "application/pdf"),
        (b"PK\x03\x04", "a.zip", "application/zip"),
        (b"PK\x03\x04", "a.html", "application/zip"),
        (b"one,two\n", "a.csv", "text/csv"),
    ],
)
def test_a_file_is_what_its_bytes_say(head: bytes, name: str, content_type: str) -> None:
    assert sniff(head, name).content_type == content_type


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"<!doctype html><script>alert(1)</script>", "a.html"),
        (b"<!doctype html><script>alert(1)</script>", "a.txt"),
        (b"\xef\xbb\xbf  <svg xmlns='http://www.w3.org/2000/svg'>", "a.txt"),
        (b"<?xml version='1.0'?>", "a.svg"),
        (b"<svg onload=alert(1)>", "a.png"),
        (b"MZ\x90\0", "a.exe"),
        (b"#!/bin/sh", "a.sh"),
        (b"RIFF\0\0\0\0AVI ", "a.avi"),
        (b"text\0with nul", "a.txt"),
        (b"", "a.png"),
    ],
)
def test_what_a_browser_or_a_shell_would_run_is_refused(head: bytes, name: str) -> None:
    with pytest.raises(UnsupportedFile):
        sniff(head, name)


def test_only_pictures_sound_and_film_are_shown_in_place() -> None:
    assert may_be_shown("image/png")
    assert not any(may_be_shown(each) for each in ("application/pdf", "text/plain", "image/svg+xml", "text/html", ""))


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        (None, None),
        ("bytes=0-4", (0, 5)),
        ("bytes=2-", (2, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-30", (0, 10)),
        ("bytes=5-99", (5, 10)),
        ("bytes=0-1,3-4", None),
        ("lines=1-2", None),
        ("bytes=-", None),
    ],
)
def test_reads_one_range(header: str | None, wanted: tuple[int, int] | None) -> None:
    assert byte_range(header, 10) == wanted


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=5-4", "bytes=-0"])
def test_refuses_a_range_outside_the_file(header: str) -> None:
    with pytest.raises(BadRange):
        byte_range(header, 10)


@given(st.text(max_size=40), st.integers(1, 1000))
def test_a_range_never_leaves_the_file(header: str, size: int) -> None:
    try:
        found = byte_range(f"bytes={header}", size)
    except BadRange:
        return
    assert found is None or 0 <= found[0] < found[1] <= size


def test_states_only_go_forward() -> None:
    assert transition(AssetState.AWAITED, AssetAction.RECEIVE) is AssetState.UPLOADED
    assert transition(AssetState.UPLOADED, AssetAction.TRANSCODE) is AssetState.TRANSCODING
    assert transition(AssetState.TRANSCODING, AssetAction.FINISH) is AssetState.READY
    for state, action in ((AssetState.READY, AssetAction.FAIL), (AssetState.FAILED, AssetAction.FINISH)):
        with pytest.raises(AssetTransitionRefused):
            transition(state, action)


def test_names_lose_their_folders_and_images_need_words() -> None:
    assert validate_filename("C:\\Users\\me\\plan.pdf") == "plan.pdf"
    assert validate_filename("../../etc/passwd") == "passwd"
    with pytest.raises(InvalidUpload):
        validate_filename("a/")
    with pytest.raises(InvalidUpload):
        validate_alt(" ", AssetKind.IMAGE)
    assert validate_alt("", AssetKind.IMAGE, decorative=True) == ""
