"""The program's own source as syntax trees, for the fences."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import scholr

ROOT = Path(scholr.__file__).parent


@dataclass(frozen=True, slots=True)
class SourceFile:
    """`module` is the dotted name; `parts` is the path below `scholr`, the file's name without its ending."""

    path: Path
    module: str
    parts: tuple[str, ...]
    text: str = field(repr=False)
    tree: ast.Module = field(repr=False)

    def is_in(self, *folder: str) -> bool:
        return self.parts[: len(folder)] == folder

    @property
    def context(self) -> str | None:
        """The bounded context that the file belongs to."""
        return self.parts[1] if self.is_in("contexts") and len(self.parts) > 2 else None

    @property
    def role(self) -> str:
        """The file's name in the table of a context; a file in a package has the package's role."""
        return self.parts[2]

    def at(self, node: ast.AST) -> str:
        return f"{self.path.relative_to(ROOT.parent)}:{getattr(node, 'lineno', 0)}"


@dataclass(frozen=True, slots=True)
class Import:
    """One imported name: `from a.b import c` is `a.b.c`, and so is `import a.b.c`."""

    name: str
    node: ast.stmt

    @property
    def top(self) -> str:
        return self.name.partition(".")[0]


@cache
def sources() -> tuple[SourceFile, ...]:
    return tuple(_read(path) for path in sorted(ROOT.rglob("*.py")))


def files_below(*folder: str) -> list[SourceFile]:
    return [source for source in sources() if source.is_in(*folder)]


def context_files() -> list[SourceFile]:
    return [source for source in sources() if source.context is not None]


def imports_of(source: SourceFile) -> Iterator[Import]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, node)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield Import(f"{node.module}.{alias.name}", node)


def _read(path: Path) -> SourceFile:
    text = path.read_text(encoding="utf-8")
    parts = path.relative_to(ROOT).with_suffix("").parts
    module = ".".join(("scholr", *parts)).removesuffix(".__init__")
    return SourceFile(path, module, parts, text, ast.parse(text, str(path)))
