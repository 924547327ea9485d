"""Chapters as pytest collects them: files of conjectures, whatever they are called."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.errors import HeadlawsError
from harness.plugin.run import conjecture_of
from harness.records.chapter_source import is_chapter

if TYPE_CHECKING:
    from harness.records.claim import ClaimEntry
    from harness.terminal.contents import Section

_TAGGED = re.compile(r"^\s*@(\w+\.)*(given|conjecture)\b", re.MULTILINE)
_OURS = re.compile(r"^\s*(from|import)\s+harness\b", re.MULTILINE)


class Chapter(pytest.Module):
    """A file of conjectures."""

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        """Return its conjectures.

        Raises:
            CollectError: for a claim that is not written as one, in one line that says where and what to do.
        """
        from harness.laws.book import said_of
        from harness.records import chapter_source

        try:
            found = list(super().collect())
        except HeadlawsError as error:
            raise self.CollectError(said_of(self.path, error)) from error
        try:
            chapter_source.check_names(self.path, chapter_source.written(self.path))
        except HeadlawsError as error:  # which says where
            raise self.CollectError(str(error)) from error
        return found


def looks_like_a_chapter(path: Path) -> bool:
    """Return a file with tagged tests that imports the harness, or any with `@given` tests in a folder called
    properties.
    """
    if not is_chapter(path):
        return False
    text = path.read_text(encoding="utf-8", errors="replace")
    return bool(_TAGGED.search(text) and (_OURS.search(text) or path.parent.name == "properties"))


def sections(items: Sequence[pytest.Item]) -> list[Section]:
    """Return the chapters that the items come from, each claim with the heads and components that it is tried on."""
    from harness.terminal.contents import Section, cells

    chapters: dict[pytest.Item | pytest.Collector, dict[ClaimEntry, list[tuple[str, str]]]] = {}
    for item in items:
        if (found := conjecture_of(item)) is not None:
            head, _, component = item.name.rpartition("[")[2].rstrip("]").rpartition("-")
            claims = chapters.setdefault(item.getparent(pytest.Module) or item, {})
            claims.setdefault(found.entry, []).append((head, component))
    return [
        Section(
            next(iter(claims)).chapter,
            (inspect.getdoc(getattr(chapter, "obj", None)) or "").partition("\n")[0],
            [(entry, [cells(tried)]) for entry, tried in claims.items()],
        )
        for chapter, claims in chapters.items()
    ]


def check_chapters(tried: Iterable[pytest.Item]) -> None:
    """Refuse two files that are the same chapter, since verdicts are filed by chapter and name."""
    files: dict[str, Path] = {}
    for item in tried:
        first = files.setdefault(item.path.stem, item.path)
        if first != item.path:
            raise pytest.UsageError(
                f"{item.path}: the chapter {item.path.stem!r} is also {first}, and verdicts are filed by chapter; "
                "rename one of the two files."
            )
