"""Collecting: a file for each part, an index for people and one for programs, a checksum for each file.

DIR/parts/<name>.json     what was collected
DIR/attached/<name>       what was handed in: a bill of materials, minutes of a drill
DIR/index.json, index.md  each control with its evidence, or why there is none
DIR/SHA256SUMS            of everything above; `sha256sum --check SHA256SUMS`
"""

import asyncio
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import msgspec
from rich.console import Console

from scholr import __version__
from scholr.entrypoints.environment import Environment
from scholr.entrypoints.evidence.asked import Asked
from scholr.entrypoints.evidence.controls import CONTROLS, Control
from scholr.entrypoints.evidence.parts import PARTS
from scholr.entrypoints.reach import the_platform, the_workers_database, with_database
from scholr.kernel.errors import DomainError, Invalid

out = Console(highlight=False, soft_wrap=True)

ATTACHMENTS = ("sbom", "drills")


@dataclass(slots=True)
class Collected:
    """`files` by part: its place below the folder and its SHA-256. `missing` by part: why there is none."""

    begun: datetime
    days: int
    files: dict[str, tuple[str, str]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)


def evidence(
    *, out_dir: Path = Path("evidence"), days: int = 90, sbom: Path | None = None, drills: Path | None = None
) -> int:
    """Collect what an auditor asks for, of the last `--days`; exit code 1 when something could not be collected.

    `--sbom` is the bill of materials of what is deployed (`make sbom`), `--drills` the operator's own notes of backups
    and of restores that were practised: both are copied and hashed. Nothing personal is collected beyond ids of
    memberships; what is attached is as it was handed in.
    """
    if not 1 <= days <= 3660:
        raise Invalid("Say a number of days from 1 to 3660.", fields={"days": "out of range"})
    found = asyncio.run(collect(Environment(), out_dir, days, {"sbom": sbom, "drills": drills}))
    for name, why in found.missing.items():
        out.print(f"{name}: not collected: {why}")
    out.print(f"{len(found.files)} parts of {len(found.files) + len(found.missing)} in {out_dir}; read index.md first")
    return 1 if found.missing else 0


async def collect(environment: Environment, folder: Path, days: int, attachments: dict[str, Path | None]) -> Collected:
    environment = with_database(environment)
    (folder / "parts").mkdir(parents=True, exist_ok=True)
    async with the_platform(environment) as platform, the_workers_database(environment) as worker_db:
        now = platform.clock.now().astimezone(UTC)
        found, asked = Collected(now, days), Asked(platform, worker_db, environment, now, now - timedelta(days=days))
        for name in PARTS:
            await _collect_part(folder, name, asked, found)
    for name in ATTACHMENTS:
        _attach(folder, name, attachments.get(name), found)
    _write_index(folder, found)
    return found


async def _collect_part(folder: Path, name: str, asked: Asked, found: Collected) -> None:
    """What cannot be collected leaves no file of an earlier time behind."""
    place = Path("parts") / f"{name}.json"
    (folder / place).unlink(missing_ok=True)
    try:
        facts = await PARTS[name](asked)
    except (DomainError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        found.missing[name] = error.message if isinstance(error, DomainError) else type(error).__name__
        return
    text = msgspec.json.format(msgspec.json.encode(facts, order="sorted"), indent=2)
    found.files[name] = (str(place), _write(folder / place, text + b"\n"))


def _attach(folder: Path, name: str, source: Path | None, found: Collected) -> None:
    """As with parts: what was handed in at an earlier time does not stay."""
    for earlier in (folder / "attached").glob(f"{name}*"):
        if earlier.stem == name:
            earlier.unlink()
    if source is None:
        found.missing[name] = f"nothing was handed in with --{name}"
        return
    try:
        content = source.read_bytes()
    except OSError as error:
        found.missing[name] = f"--{name} could not be read: {error.strerror}"
        return
    (folder / "attached").mkdir(exist_ok=True)
    place = Path("attached") / f"{name}{source.suffix}"
    found.files[name] = (str(place), _write(folder / place, content))


def _write(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def _write_index(folder: Path, found: Collected) -> None:
    document = {
        "collected_at": found.begun,
        "days": found.days,
        "version": __version__,
        "controls": [_control(control, found) for control in CONTROLS],
        "files": dict(sorted(found.files.values())),
        "missing": dict(sorted(found.missing.items())),
    }
    text = msgspec.json.format(msgspec.json.encode(document, order="sorted"), indent=2) + b"\n"
    sums = [*found.files.values(), ("index.json", _write(folder / "index.json", text))]
    sums.append(("index.md", _write(folder / "index.md", _readable(found).encode())))
    lines = "".join(f"{digest}  {place}\n" for place, digest in sorted(sums))
    _write(folder / "SHA256SUMS", lines.encode())


def _control(control: Control, found: Collected) -> dict[str, object]:
    return {
        "id": control.id,
        "criteria": control.criteria,
        "says": control.says,
        "evidence": [found.files[name][0] for name in control.evidence if name in found.files],
        "not_collected": {name: found.missing[name] for name in control.evidence if name in found.missing},
        "shown_by_people": control.outside,
    }


def _readable(found: Collected) -> str:
    lines = [
        "# Evidence",
        "",
        f"Collected {found.begun:%F %T} UTC from Scholr {__version__}, over the {found.days} days before.",
        "What each control means: docs/security/soc2.md. Whether files are as they were: `sha256sum -c SHA256SUMS`.",
        "",
        "| control | criteria | evidence |",
        "| --- | --- | --- |",
    ]
    for control in CONTROLS:
        shown = [f"[{name}]({found.files[name][0]})" for name in control.evidence if name in found.files]
        missing = [name for name in control.evidence if name in found.missing]
        shown += [f"**{name} not collected**: {found.missing[name]}" for name in missing]
        shown += [f"not collected, shown by people: {control.outside}"] if control.outside else []
        lines.append(f"| {control.says} | {', '.join(control.criteria)} | {'; '.join(shown)} |")
    lines += ["", "| file | SHA-256 |", "| --- | --- |"]
    lines += [f"| {place} | `{digest}` |" for place, digest in sorted(found.files.values())]
    return "\n".join(lines) + "\n"
