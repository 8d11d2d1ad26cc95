"""Text becomes markup, which templates do not escape, in few files only; reviewers know where to look."""

import ast
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src" / "scholr"
MAY_MAKE_MARKUP = {
    "web/rendering.py": "icons, attributes and styles of the design system",
    "web/blocks.py": "blocks whose HTML was sanitised on the way in, and JSON for a script element",
    "web/learn/lesson_text.py": "what a block's template has escaped already, kept for the next reader",
    "web/public/links.py": "addresses in plain text made into links, everything else escaped",
}


def makes_markup(path: Path) -> bool:
    return any(
        isinstance(node, ast.Call) and ast.unparse(node.func).rsplit(".", 1)[-1] == "Markup"
        for node in ast.walk(ast.parse(path.read_text()))
    )


def test_only_the_renderers_make_markup() -> None:
    found = {path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.py") if makes_markup(path)}
    assert found == set(MAY_MAKE_MARKUP)


def test_no_template_switches_escaping_off() -> None:
    switches = ("|safe", "| safe", "autoescape false")
    found = [
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.html*")
        if any(switch in path.read_text() for switch in switches)
    ]
    assert found == []
