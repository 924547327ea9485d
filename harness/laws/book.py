"""The book: chapters and their conjectures, found in a folder or a file."""

from __future__ import annotations

import importlib.util
import inspect
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from harness.errors import ConjectureError, HeadlawsError
from harness.laws.conjecture import Conjecture
from harness.records import chapter_source


@dataclass(frozen=True)
class Chapter:
    """A file of conjectures.

    Attributes:
        name: of the file, without its ending.
        about: the first line of its docstring.
        conjectures: in the order in which they stand in it.
    """

    name: str
    about: str
    path: Path
    conjectures: tuple[Conjecture, ...]


def chapters(place: Path) -> tuple[Chapter, ...]:
    """Return the chapters of a folder, in alphabetical order but controls first, or the one of a file.

    Raises:
        ConjectureError: where there are none, or a file of them cannot be read.
    """
    found = [_chapter(file) for file in chapter_source.chapters(place)]
    found = [chapter for chapter in found if chapter.conjectures]
    if not found:
        raise ConjectureError(f"{place}: it has no laws; give a folder of chapters, such as properties/.")
    return tuple(sorted(found, key=lambda chapter: not all(claim.control for claim in chapter.conjectures)))


def conjectures(place: Path) -> dict[tuple[str, str], Conjecture]:
    """Return the conjectures of every chapter in a folder, or of one file, by chapter and name.

    Raises:
        ConjectureError: where there are none, or a file of them cannot be read.
    """
    found = [claim for chapter in chapters(place) for claim in chapter.conjectures]
    return {(claim.chapter, claim.name): claim for claim in found}


def shipped() -> Path:
    """Return the book that comes with headlaws."""
    import properties

    return Path(next(iter(properties.__path__)))


def _chapter(file: Path) -> Chapter:
    chapter_source.check_names(file, chapter_source.written(file))
    module = _imported(file)
    tagged = [getattr(value, "conjecture", None) for value in vars(module).values()]
    about = (inspect.getdoc(module) or "").partition("\n")[0]
    return Chapter(file.stem, about, file, tuple(found for found in tagged if isinstance(found, Conjecture)))


def _imported(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"headlaws_chapter_{file.stem}", file)
    if spec is None or spec.loader is None:
        raise ConjectureError(f"{file}: a chapter is a Python file; give one that ends in .py.")
    module = importlib.util.module_from_spec(spec)
    with _beside(file), _in_one_line(file):
        spec.loader.exec_module(module)
    return module


@contextmanager
def _beside(file: Path) -> Iterator[None]:
    """Let a chapter import what lies beside it, as pytest does."""
    folder = str(file.absolute().parent)
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.path.remove(folder)


@contextmanager
def _in_one_line(file: Path) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        raise ConjectureError(said_of(file, error)) from error


def said_of(file: Path, error: Exception) -> str:
    """Return one line on an error that a chapter's import raised: where in the chapter, and what."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename) == file]
    where = f"{file.name}:{lines[-1]}" if lines else file.name
    what = str(error) if isinstance(error, HeadlawsError) else f"{type(error).__name__}: {error}; mend the chapter."
    return f"{where}: {' '.join(what.split())}"
