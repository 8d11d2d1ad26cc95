"""docs/security/: what it says is held is held by tests that exist."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "security" / "asvs.md"
MODEL = ROOT / "docs" / "security" / "threat-model.md"
STATES = ("held", "partly: ", "gap: ", "outside", "none")
# Sections of ASVS 5.0 with requirements of level 1 or 2; chapters that do not apply stand as one row.
SECTIONS = {
    *(f"V1.{n}" for n in range(1, 6)),
    *(f"V2.{n}" for n in range(1, 5)),
    *(f"V3.{n}" for n in (2, 3, 4, 5, 7)),
    *(f"V4.{n}" for n in range(1, 5)),
    *(f"V5.{n}" for n in range(1, 5)),
    *(f"V6.{n}" for n in range(1, 9)),
    *(f"V7.{n}" for n in range(1, 7)),
    *(f"V8.{n}" for n in range(1, 5)),
    "V9",
    "V10",
    *(f"V11.{n}" for n in range(1, 7)),
    *(f"V12.{n}" for n in range(1, 4)),
    *(f"V13.{n}" for n in range(1, 5)),
    *(f"V14.{n}" for n in range(1, 4)),
    *(f"V15.{n}" for n in range(1, 5)),
    *(f"V16.{n}" for n in range(1, 6)),
    "V17",
}


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    control: str
    tests: tuple[str, ...]
    state: str


def rows(page: str) -> Iterator[Row]:
    """Rows of the two tables, known by their four columns and by how they begin."""
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        if line.startswith("| ") and re.match(r"(A\d\d|V\d+(\.\d+)?) ", cells[0]):
            parts = [cell.strip() for cell in line.strip()[1:-1].split("|")]
            assert len(parts) == 4, line
            yield Row(parts[0], parts[1], tuple(re.findall(r"`([^`]+)`", parts[2])), parts[3])


ROWS = list(rows(PAGE.read_text()))


@cache
def functions_of(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text())
    return frozenset(
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    )


def missing(named: str) -> bool:
    """Whether a `file` or `file::test` is not there."""
    path, _, name = named.partition("::")
    return not (ROOT / path).is_file() or (bool(name) and name not in functions_of(path))


def test_every_section_and_every_risk_has_its_row() -> None:
    names = [row.name.split(" ")[0] for row in ROWS]
    assert len(names) == len(set(names))
    assert set(names) == SECTIONS | {f"A{number:02}" for number in range(1, 11)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name.split(" ")[0])
def test_a_row_says_what_is_so(row: Row) -> None:
    assert row.state.startswith(STATES), f"{row.name} is in no known state"
    assert not [named for named in row.tests if missing(named)]
    assert bool(row.tests) == row.state.startswith(("held", "partly"))
    files = [path for path in re.findall(r"`([\w./-]+/[\w.-]+)`", row.control) if not path.startswith("/")]
    assert not [path for path in files if not (ROOT / path).exists()]


def test_a_name_that_is_not_there_is_noticed() -> None:
    assert missing("tests/security/test_asvs.py::test_that_nobody_wrote")
    assert missing("tests/security/nothing.py")
    assert not missing("tests/security/test_asvs.py::test_a_name_that_is_not_there_is_noticed")


@pytest.mark.parametrize("page", [PAGE, MODEL], ids=lambda page: page.stem)
def test_links_and_files_lead_somewhere(page: Path) -> None:
    text = page.read_text()
    links = [each for each in re.findall(r"\]\(([^)#]+)", text) if "://" not in each]
    assert links
    assert not [each for each in links if not (page.parent / each).exists()]
    named = re.findall(r"`((?:src|tests|tools|deploy|docs)/[\w./-]+?)(?:::(\w+))?`", text)
    assert not [path for path, name in named if not (ROOT / path).exists() or (name and name not in functions_of(path))]
