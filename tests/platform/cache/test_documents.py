"""The page that operators read says what is kept, and for how long."""

import re
from pathlib import Path
from typing import Any

import pytest

from scholr.contexts.auth.authentication import PROVEN
from scholr.contexts.auth.hosts import HOSTS
from scholr.contexts.catalog.queries.kept import FACES, LINES, POPULAR, SHELVES
from scholr.platform.cache.region import Region
from scholr.platform.observability.queries import _SUMS

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "operations" / "caching.md"
REGIONS: tuple[Region[Any], ...] = (SHELVES, FACES, LINES, POPULAR, _SUMS, HOSTS, PROVEN)


def test_no_region_is_forgotten_here() -> None:
    declared = re.compile(r'Region\(\s*name="([a-z.]+)"')
    found = [name for file in (ROOT / "src").rglob("*.py") for name in declared.findall(file.read_text())]
    assert sorted(found) == sorted(region.name for region in REGIONS)


@pytest.mark.parametrize("region", REGIONS, ids=lambda region: region.name)
def test_the_page_has_a_row_for_each_region_as_it_is(region: Region[Any]) -> None:
    [row] = [line for line in PAGE.read_text().splitlines() if f"(`{region.name}`)" in line]
    _what, _by, fresh, stale, rescue, bound = (cell.strip() for cell in row.strip("|").split("|"))
    assert fresh == (f"{region.fresh:g} s" if region.fresh else "never")
    assert stale == (f"{region.stale:g} s more" if region.stale else "")
    assert rescue == _spoken(region.rescue)
    assert bound == f"{region.most_entries:,}, {region.most_bytes // 1024**2} MB"


def _spoken(seconds: float) -> str:
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:g} {unit}"
    return ""
