"""Each thing that keeps Scholr from starting is said in one sentence that tells what to do."""

import socket
from pathlib import Path

import pytest
from pydantic import ValidationError

from scholr.entrypoints.environment import Environment
from scholr.entrypoints.preflight import StartError, explain_settings, require_port, require_space


def test_a_taken_port_is_named_with_another_to_take() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(StartError, match=rf"Port {port} is taken .* SCHOLR_PORT={port + 1} make up"):
            require_port("127.0.0.1", port)


def test_a_port_that_has_just_been_left_is_free() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
    require_port("127.0.0.1", port)


def test_a_host_that_is_not_this_machine_is_refused() -> None:
    with pytest.raises(StartError, match="no address of this machine"):
        require_port("192.0.2.1", 8080)


def test_the_data_directory_is_made(tmp_path: Path) -> None:
    require_space(tmp_path / "deep" / "below")
    assert (tmp_path / "deep" / "below").is_dir()


def test_a_file_in_the_data_directorys_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StartError, match=r"file is a file; set SCHOLR_DATA_DIR"):
        require_space(tmp_path / "file")
    with pytest.raises(StartError, match=r"lies below a file; set SCHOLR_DATA_DIR"):
        require_space(tmp_path / "file" / "below")


def test_a_disk_with_too_little_room_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"MB free and Scholr needs .* free some space"):
        require_space(tmp_path, least_mb=2**40)


def test_a_variable_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHOLR_PORT", "eighty")
    with pytest.raises(ValidationError) as caught:
        Environment()
    assert explain_settings(caught.value).startswith("SCHOLR_PORT cannot be used: input should be a valid integer")
