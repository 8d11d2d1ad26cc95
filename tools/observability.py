"""Writes what monitoring needs, from the one table of objectives (scholr.platform.observability.objectives):
OpenSLO files, Prometheus rules with their simulated incidents, and Grafana dashboards.

    .venv/bin/python tools/observability.py            write the files under deploy/observability
    .venv/bin/python tools/observability.py --check    say which are not as they would be written
"""

import json
import sys
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent))  # so that a test may run this file by its path

import observability_dashboards as dashboards
import observability_incidents as incidents
import observability_rules as rules
import observability_slo as slo

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "deploy" / "observability"
HEAD = "# Written by tools/observability.py from the table of objectives; change that, and run it again.\n"


def wanted() -> dict[str, str]:
    """Every file by its path below deploy/observability."""
    found = {f"slo/{name}.yaml": _yaml(documents) for name, documents in slo.files().items()}
    found["prometheus/rules.yaml"] = _yaml([rules.file()])
    found["prometheus/incidents.test.yaml"] = _yaml([incidents.file()])
    for name, dashboard in dashboards.files().items():
        found[f"grafana/{name}.json"] = json.dumps(dashboard, indent=2, ensure_ascii=False) + "\n"
    return found


def differences() -> list[str]:
    """Files that are missing, that differ, or that nothing writes any more."""
    files = wanted()
    written = {str(path.relative_to(TARGET)) for path in TARGET.rglob("*") if path.suffix in (".yaml", ".json")}
    stale = [name for name, text in files.items() if name not in written or (TARGET / name).read_text() != text]
    return sorted([*stale, *(name for name in written if name not in files and name.partition("/")[0] in _OURS)])


_OURS = {"slo", "prometheus", "grafana"}


class _Dumper(yaml.SafeDumper):
    """Without anchors, and with long expressions as blocks."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the library's own name
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)


def _yaml(documents: list[Any]) -> str:
    return HEAD + yaml.dump_all(
        documents, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=140, explicit_start=len(documents) > 1
    )


def main() -> int:
    if "--check" in sys.argv[1:]:
        found = differences()
        print("\n".join(found) or "all files are as they would be written")
        return 1 if found else 0
    for name, text in wanted().items():
        path = TARGET / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
