"""The front-end's own unit tests, which Node runs (the one that comes as a wheel)."""

import subprocess
from pathlib import Path

from tools.build_frontend import node_home

FRONTEND = Path(__file__).resolve().parents[2] / "frontend"


def test_the_front_ends_unit_tests_pass() -> None:
    command = [node_home() / "bin" / "node", FRONTEND / "node_modules" / "vitest" / "vitest.mjs", "run"]
    ended = subprocess.run(command, cwd=FRONTEND, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
