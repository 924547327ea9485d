"""Source: the claims of a chapter as they are written, found without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from harness.errors import ConjectureError


@dataclass(frozen=True)
class TaggedFunction:
    """A tagged function as it stands in its file.

    Attributes:
        components: those that its tag names; empty where they are not written out.
    """

    name: str
    line: int
    components: tuple[str, ...]


def is_chapter(file: Path) -> bool:
    """Return whether a file may be a chapter by its name: tests and pytest's own files are none."""
    name = file.name
    return file.suffix == ".py" and not name.startswith(("__", "test_", "conftest")) and not file.stem.endswith("_test")


def chapters(place: Path) -> tuple[Path, ...]:
    """Return the chapters' files in a folder, in alphabetical order; of a file, itself."""
    if place.is_dir():
        return tuple(file for file in sorted(place.glob("*.py")) if is_chapter(file))
    return (place,) if place.is_file() and is_chapter(place) else ()


def written(file: Path) -> tuple[TaggedFunction, ...]:
    """Return the tagged functions of a file, from its top.

    Raises:
        ConjectureError: for a file that is not Python.
    """
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"), filename=str(file))
    except (SyntaxError, UnicodeDecodeError) as error:
        line = getattr(error, "lineno", None) or 1
        raise ConjectureError(
            f"{file.name}:{line}: this is not Python ({getattr(error, 'msg', error)}); mend this line."
        ) from error
    found = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            tags = [made for made in node.decorator_list if isinstance(made, ast.Call) and _is_tag(made.func)]
            found += [TaggedFunction(node.name, node.lineno, _components(made)) for made in tags[:1]]
    return tuple(found)


def check_names(file: Path, found: Iterable[TaggedFunction]) -> None:
    """See that no claim takes another's place, as Python lets a later function of the same name do without a word.

    Raises:
        ConjectureError: where one does.
    """
    lines: dict[str, int] = {}
    for claim in found:
        if claim.name in lines:
            raise ConjectureError(
                f"{file.name}:{claim.line}: {claim.name}: the law in line {lines[claim.name]} has the same name, and "
                "Python would keep only one; rename one of them."
            )
        lines[claim.name] = claim.line


def _is_tag(function: ast.expr) -> bool:
    return (isinstance(function, ast.Name) and function.id == "conjecture") or (
        isinstance(function, ast.Attribute) and function.attr == "conjecture"
    )


def _components(tag: ast.Call) -> tuple[str, ...]:
    for keyword in tag.keywords:
        if keyword.arg == "components" and isinstance(keyword.value, ast.Constant):
            return tuple(str(keyword.value.value).replace(",", " ").split())
    return ()
