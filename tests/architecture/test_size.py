"""Small: a long function is a story with missing chapter names, a long file a folder without a name."""

import ast

from tests.architecture.source import ROOT, context_files, sources

MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 60
NAMELESS = {"utils", "util", "helpers", "helper", "common", "misc", "shared", "base"}


def test_files_are_short() -> None:
    """Nobody reads past this; what is longer holds two things."""
    long = {source.module: lines for source in sources() if (lines := source.text.count("\n")) > MOST_LINES_OF_A_FILE}
    assert not long


def test_functions_are_short() -> None:
    """About 25 lines fit into a head; 60 is where the build says no."""
    long = {
        f"{source.at(node)} {node.name}": lines
        for source in sources()
        if not source.is_in("migrations", "versions")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > MOST_LINES_OF_A_FUNCTION
    }
    assert not long


def test_no_file_is_named_for_nothing() -> None:
    """Such a file has no reason to say no to anything."""
    assert [source.module for source in sources() if source.parts[-1] in NAMELESS] == []


def test_imports_stand_at_the_top() -> None:
    """An import inside a function hides a cycle until the day that the function runs."""
    wrong = [
        source.at(node)
        for source in sources()
        for function in ast.walk(source.tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not wrong, "\n".join(wrong)


def test_no_error_is_swallowed() -> None:
    """Whoever catches everything says what happened, or hands it on."""
    wrong = [
        source.at(node)
        for source in sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ExceptHandler)
        and _catches_everything(node)
        and not any(isinstance(inner, ast.Raise | ast.Call) for part in node.body for inner in ast.walk(part))
    ]
    assert not wrong, "\n".join(wrong)


def _catches_everything(node: ast.ExceptHandler) -> bool:
    return node.type is None or (isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException"))


def test_every_context_says_what_it_is_for() -> None:
    """The README is where a reader begins: why, what it owns, facade, events, and what is not here."""
    contexts = {source.context for source in context_files()}
    silent = [context for context in sorted(filter(None, contexts)) if not _readme_of(context)]
    assert not silent


def _readme_of(context: str) -> str:
    path = ROOT / "contexts" / context / "README.md"
    return path.read_text(encoding="utf-8").strip() if path.exists() else ""
