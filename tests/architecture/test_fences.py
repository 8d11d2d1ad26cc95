"""The fences between the parts. Each test begins with the reason why the fence stands; none has an ignore list."""

import ast
import sys

from tests.architecture.source import Import, SourceFile, context_files, files_below, imports_of, sources

# From the lowest up; a facade may be called from a higher row only, never sideways.
ROWS = (
    {"identity"},
    {"auth"},
    {"media"},
    {"catalog"},
    {"enrollment", "billing"},
    {"learning", "assessment"},
    {"interop", "sync", "discovery", "realtime", "activity", "communication", "compliance"},
)
HEIGHT = {context: row for row, contexts in enumerate(ROWS) for context in contexts}

# What a context may hold; a file name may also be a package with any files in it.
ROLES = frozenset(
    {
        "__init__",
        "adapters",
        "errors",
        "events",
        "facade",
        "handlers",
        "jobs",
        "model",
        "module",
        "policy",
        "ports",
        "queries",
        "repository",
        "routes",
        "schemas",
        "service",
        "tables",
    }
)
# docs/adr/0006-file-names-beyond-the-table.md: rules that are too large for one model.py, each named for what it holds.
EXTRA_FILES = {
    "identity": {"images", "languages"},
    "auth": {"authentication", "common_passwords", "hosts"},
    "media": {"addresses"},
    "catalog": {"blocks", "markup"},
    "enrollment": {"importing"},
    "learning": {"pacing"},
    "assessment": {"freezing", "grading", "presenting", "questions"},
}
SQL_ROLES = frozenset({"repository", "queries", "tables", "adapters"})


def test_every_context_stands_in_the_order() -> None:
    """A context that is not in the order would have no fence around it."""
    assert {source.context for source in context_files()} <= HEIGHT.keys()


def test_other_contexts_are_reached_through_facade_or_events_only() -> None:
    """What is behind a facade may change without asking anybody; that is the whole use of a context."""
    wrong = [
        f"{source.at(found.node)} imports {found.name}"
        for source in context_files()
        for found in imports_of(source)
        if (other := _context_of(found)) not in (None, source.context)
        and not _is_allowed(source.context or "", other or "", _file_of(found))
    ]
    assert not wrong, "\n".join(wrong)


def _is_allowed(context: str, other: str, file: str) -> bool:
    """Events are data and go anywhere; calls go down, or two contexts would need each other to change."""
    return file == "events" or (file == "facade" and HEIGHT[other] < HEIGHT[context])


def test_pages_reach_contexts_through_facades_only() -> None:
    """A page that reads a table is broken by a migration that its context thought was its own business."""
    wrong = [
        f"{source.at(found.node)} imports {found.name}"
        for source in files_below("web")
        for found in imports_of(source)
        if _context_of(found) is not None and _file_of(found) not in ("facade", "errors")
    ]
    assert not wrong, "\n".join(wrong)


def test_the_platform_knows_no_context() -> None:
    """What every context stands on cannot stand on one of them."""
    wrong = [
        f"{source.at(found.node)} imports {found.name}"
        for folder in ("platform", "kernel")
        for source in files_below(folder)
        for found in imports_of(source)
        if found.name.startswith(("scholr.contexts", "scholr.web", "scholr.entrypoints"))
    ]
    assert not wrong, "\n".join(wrong)


def test_the_kernel_uses_the_standard_library_only() -> None:
    """Its words are used everywhere, so whatever it needed, everything would need."""
    wrong = [
        f"{source.at(found.node)} imports {found.name}"
        for source in files_below("kernel")
        for found in imports_of(source)
        if found.top not in sys.stdlib_module_names and not found.name.startswith("scholr.kernel.")
    ]
    assert not wrong, "\n".join(wrong)


def test_rules_are_pure() -> None:
    """A rule that asks a database or a clock cannot be tested in a microsecond, nor run on another node alike."""
    for source in context_files():
        if source.role not in ("model", *EXTRA_FILES["learning"], *EXTRA_FILES["assessment"]):
            continue
        wrong = [found.name for found in imports_of(source) if not _is_pure(source, found)]
        assert not wrong, f"{source.module}: {wrong}"


def _is_pure(source: SourceFile, found: Import) -> bool:
    own = f"scholr.contexts.{source.context}."
    impure = {f"{own}{role}" for role in ROLES - {"model", "errors", "events"}}
    if found.name.startswith(own):
        return not any(found.name.startswith(name) for name in impure)
    return found.top in sys.stdlib_module_names or found.name.startswith("scholr.kernel.") or found.top == "msgspec"


def test_sql_is_written_in_repositories_and_queries_only() -> None:
    """One place to look for what touches a table, and to see that a statement carries its tenant."""
    wrong = [
        f"{source.at(found.node)} imports {found.name}"
        for source in [*context_files(), *files_below("web")]
        for found in imports_of(source)
        if (found.top == "sqlalchemy" or found.name == "scholr.platform.db.statement.statement")
        and not (source.context and source.role in SQL_ROLES)
    ]
    assert not wrong, "\n".join(wrong)


def test_the_driver_is_reached_in_the_platform_only() -> None:
    """`unit.raw` passes both the ORM's criteria and the guard on statements."""
    wrong = [
        source.at(node)
        for source in [*context_files(), *files_below("web")]
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute)
        and node.attr == "raw"
        and isinstance(node.value, ast.Name)
        and node.value.id in ("tx", "rx", "unit")
    ]
    assert not wrong, "\n".join(wrong)


def test_sessions_are_asked_in_repositories_and_queries_only() -> None:
    """A service may add and remove what it holds; one that loads rows by itself is a second repository."""
    wrong = [
        source.at(node)
        for source in [*context_files(), *files_below("web")]
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute)
        and node.attr not in ("add", "add_all", "delete", "flush", "refresh")
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "session"
        and isinstance(node.value.value, ast.Name)
        and node.value.value.id in ("tx", "rx", "unit")
        and not (source.context and source.role in SQL_ROLES)
    ]
    assert not wrong, "\n".join(wrong)


def test_transactions_end_in_the_unit_of_work_only() -> None:
    """One use case, one transaction: a commit in the middle is half a use case that stays."""
    wrong = [
        source.at(node)
        for source in sources()
        if not source.is_in("platform", "db")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("commit", "rollback", "begin_nested")
    ]
    assert not wrong, "\n".join(wrong)


def test_the_environment_is_read_in_entrypoints_only() -> None:
    """Configuration is a value: what reads the environment by itself cannot be tested or run twice."""
    wrong = [
        source.at(node)
        for source in sources()
        if not source.is_in("entrypoints")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")
    ]
    assert not wrong, "\n".join(wrong)


def test_contexts_take_the_time_from_the_platforms_clock() -> None:
    """A second clock is one that no test can move."""
    wrong = [
        source.at(node)
        for source in context_files()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("now", "utcnow", "today")
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in ("datetime", "date")
    ]
    assert not wrong, "\n".join(wrong)


def test_http_stays_at_the_edge() -> None:
    """A use case that raises HTTP errors can be used by nothing but HTTP."""
    at_the_edge = {"routes", "schemas", "authentication", "hosts", "module"}
    wrong = [
        f"{source.at(found.node)} imports {found.name}"
        for source in context_files()
        for found in imports_of(source)
        if source.role not in at_the_edge and found.name.startswith(("litestar", "scholr.platform.http"))
    ]
    assert not wrong, "\n".join(wrong)


def test_a_context_holds_only_files_of_known_names() -> None:
    """Who has seen one context can open any other blind; a further name needs a line in the ADR named above."""
    wrong = {
        f"{source.context}/{source.role}"
        for source in context_files()
        if source.role not in ROLES | EXTRA_FILES.get(source.context or "", set())
    }
    assert not wrong


def _context_of(found: Import) -> str | None:
    parts = found.name.split(".")
    return parts[2] if parts[:2] == ["scholr", "contexts"] and len(parts) > 2 else None


def _file_of(found: Import) -> str:
    """The file that is imported from: `facade` in both `…identity import facade` and `…identity.facade import x`."""
    parts = found.name.split(".")
    return parts[3] if len(parts) > 3 else ""
