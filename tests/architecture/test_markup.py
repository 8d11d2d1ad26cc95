"""Text becomes markup, which templates do not escape, in few files only; reviewers know where to look."""

import ast
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src" / "scholr"
# Each escapes what it puts in, or takes what the sanitiser or a template has already made safe.
MAY_MAKE_MARKUP = {"web/rendering.py", "web/blocks.py", "web/learn/lesson_text.py"}


def makes_markup(path: Path) -> bool:
    """Whether anything but a literal is declared safe. `Markup("<b>{}</b>").format(x)` escapes x, so it is harmless."""
    return any(
        isinstance(node, ast.Call)
        and ast.unparse(node.func) in ("Markup", "markupsafe.Markup")
        and any(not isinstance(argument, ast.Constant) for argument in node.args)
        for node in ast.walk(ast.parse(path.read_text()))
    )


def test_only_the_renderers_make_markup() -> None:
    found = {path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.py") if makes_markup(path)}
    assert found == MAY_MAKE_MARKUP


def test_no_template_switches_escaping_off() -> None:
    switches = ("|safe", "| safe", "autoescape false")
    found = [
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.html*")
        if any(switch in path.read_text() for switch in switches)
    ]
    assert found == []
