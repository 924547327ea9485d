"""Contents: the book as a table of contents, for a terminal. Text only; no colour, no pytest."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from harness.records.claim import ClaimEntry
from harness.text import counted, sentence


@dataclass(frozen=True)
class Section:
    """A chapter of a table of contents.

    Attributes:
        about: the first line of its docstring.
        claims: each with what is said of it in small, a paragraph each.
    """

    chapter: str
    about: str
    claims: Sequence[tuple[ClaimEntry, Sequence[str]]]


def contents(sections: Iterable[Section], *, width: int) -> Iterator[str]:
    """Yield chapters, with their claims: the sentence that names each, the claim, and what is said of it in small."""
    for section in sections:
        yield f"{section.chapter} ({counted(len(section.claims), 'law')})"
        yield from _wrapped(_without(section.about, section.chapter), width, indent=2)
        for entry, small in section.claims:
            yield ""
            yield from textwrap.wrap(sentence(entry.name), width, initial_indent="  ", subsequent_indent="    ")
            for paragraph in (entry.claim, *small):
                yield from _wrapped(paragraph, width, indent=6)
        yield ""


def facts(entry: ClaimEntry) -> tuple[str, ...]:
    """Return a law's components, family and source, and whether it is a known-answer check."""
    must = f"; a known-answer check, which must {'hold' if entry.control == 'holds' else 'fail'}"
    known = must if entry.control else ""
    return (f"of {' '.join(entry.components)}, over {entry.family}", f"source: {entry.source}{known}")


def cells(ids: Iterable[tuple[str, str]]) -> str:
    """Return heads and components in short, heads of the same components together.

    >>> cells([("0.0", "q"), ("0.0", "z"), ("0.1", "q"), ("0.1", "z"), ("0.2", "q")])
    '0.0 0.1: q z; 0.2: q'
    """
    by_head: dict[str, list[str]] = {}
    for head, component in ids:
        by_head.setdefault(head, []).append(component)
    by_components: dict[str, list[str]] = {}
    for head, components in by_head.items():
        by_components.setdefault(" ".join(components), []).append(head)
    return "; ".join(f"{' '.join(heads)}: {components}" for components, heads in by_components.items())


def _without(about: str, chapter: str) -> str:
    """A docstring that begins with the chapter's name, as in "Controls: claims ...", without it."""
    name, _, rest = about.partition(": ")
    return rest[:1].upper() + rest[1:] if name.lower().replace(" ", "_") == chapter and rest else about


def _wrapped(text: str, width: int, *, indent: int) -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=" " * indent, subsequent_indent=" " * indent, break_on_hyphens=False
    )
