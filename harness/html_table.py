"""An HTML table: what objects show of themselves in a notebook, plain and without a script.

Every text is escaped. The objects' own `_repr_html_` call this.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

LONGEST = 32
"""Positions shown of a sequence; of a longer one the first."""


@dataclass(frozen=True)
class Hover:
    """A cell that shows one text, and another one when the pointer rests on it."""

    shown: str
    hidden: str


def table(caption: str, names: Sequence[str], rows: Iterable[Sequence[str | Hover]]) -> str:
    """Return an HTML table; the first cell of each row is its name.

    >>> table("a", ["x"], [["<b>"]])
    '<table><caption>a</caption><thead><tr><th>x</th></tr></thead><tbody><tr><th>&lt;b&gt;</th></tr></tbody></table>'
    """
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join(
        f"<tr>{_cell('th', first)}" + "".join(_cell("td", cell) for cell in rest) + "</tr>" for first, *rest in rows
    )
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(kind: str, cell: str | Hover) -> str:
    if isinstance(cell, Hover):
        return f'<{kind} title="{escape(cell.hidden)}">{escape(cell.shown)}</{kind}>'
    return f"<{kind}>{escape(cell)}</{kind}>"
