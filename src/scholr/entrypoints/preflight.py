"""What must be right before anything is started, each with the sentence for when it is not."""

import errno
import shutil
import socket
from pathlib import Path

from pydantic import ValidationError

LEAST_FREE_MB = 200


class StartError(Exception):
    """Scholr cannot start; the text is one sentence that says what to do."""


def require_port(host: str, port: int) -> None:
    """Find out by taking it for a moment, before the database is started for nothing."""
    family, kind, protocol, _name, address = _resolve(host, port)
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise StartError(_explain_port(error, host, port)) from error


def _resolve(host: str, port: int) -> tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise StartError(f"SCHOLR_HOST is {host}, which is no address of this machine; unset it.") from error
    return found[0]  # type: ignore[return-value]  # typeshed also allows the addresses of other families


def _explain_port(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} is taken by another program; stop that program, "
            f"or choose another port: SCHOLR_PORT={port + 1 if port < 65535 else 8080} make up."
        )
    if error.errno == errno.EACCES:
        return f"Only root may use port {port}; choose one above 1023, for example SCHOLR_PORT=8080."
    return f"{host} is no address of this machine ({error.strerror}); unset SCHOLR_HOST."


def require_space(data_dir: Path, least_mb: int = LEAST_FREE_MB) -> None:
    """Make the data directory, and see that its disk has room for the day."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise StartError(f"{data_dir} is a file; set SCHOLR_DATA_DIR to a directory.") from error
    except NotADirectoryError as error:
        raise StartError(f"{data_dir} lies below a file; set SCHOLR_DATA_DIR to another directory.") from error
    except OSError as error:
        raise StartError(
            f"{data_dir} cannot be made ({error.strerror}); set SCHOLR_DATA_DIR to a directory of your own."
        ) from error
    free = shutil.disk_usage(data_dir).free // 2**20
    if free < least_mb:
        raise StartError(
            f"The disk that holds {data_dir} has {free} MB free and Scholr needs {least_mb}; "
            "free some space, or set SCHOLR_DATA_DIR to another disk."
        )


def explain_settings(error: ValidationError) -> str:
    """The first variable that cannot be used, and why."""
    first = error.errors(include_url=False, include_input=False)[0]
    name = "_".join(str(part) for part in first["loc"]).upper()
    return f"SCHOLR_{name} cannot be used: {first['msg'][:1].lower()}{first['msg'][1:]}."
