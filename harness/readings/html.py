"""In a notebook: what readings, heads, models and verdicts show of themselves, as plain HTML without a script.

The objects' own `_repr_html_` call these. Every text is made visible and escaped, as on the pages of a report.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from harness.text import token

if TYPE_CHECKING:
    from harness.readings.head import Head, HeadReading
    from harness.readings.model import Model
    from harness.readings.reading import Reading
    from harness.records.cell import Cell

LONGEST = 32
"""Positions shown; a longer sequence is cut, and the table says so."""


def reading(found: Reading) -> str:
    """A reading alone: ids, for it knows no vocabulary."""
    caption = f"Reading of {len(found)} positions"
    if found.triangle:
        rows = [[f"query {i}", *map(str, row[:LONGEST])] for i, row in enumerate(found.rows[:LONGEST])]
        return table(caption + ", a triangle", ["", *(f"key {j}" for j in range(min(len(found), LONGEST)))], rows)
    tokens = [str(one) + (" ~" if tie else "") for one, tie in zip(found.rows[0], found.near_ties, strict=True)]
    return table(caption, ["position", *map(str, range(min(len(found), LONGEST)))], [["token", *tokens[:LONGEST]]])


def head_reading(found: HeadReading) -> str:
    """All components of a head for one sequence, by position; of qk the last query's row."""
    model, ids = found.head.model, found.ids[:LONGEST]
    rows = [["input", *_named(model, ids)]]
    for part in ("q", "k", "v", "z", "qk"):
        if not found.head.way.defined_for(part):
            continue
        own = found[part]
        line = own.rows[len(ids) - 1] if part == "qk" and len(ids) else own.rows[0]
        rows.append([part if part != "qk" else f"qk, query {len(ids) - 1}", *_named(model, line[: len(ids)])])
    more = f", the first {LONGEST} of {len(found.ids)} positions" if len(found.ids) > LONGEST else ""
    return table(
        f"Head {found.head.address} of {model.backbone.name}{more}", ["position", *map(str, range(len(ids)))], rows
    )


def head_picture(found: HeadReading) -> bytes | None:
    """The token plot as PNG; None where matplotlib is not installed, or there is no qk."""
    from harness.errors import HeadlawsError
    from harness.readings.token_plot import token_plot
    from reports import stored_documents
    from reports.atlas import figure

    if not found.head.way.defined_for("qk") or not found.ids or len(found.ids) > LONGEST:
        return None
    plot = stored_documents.token_plot("", token_plot(found.head, found.ids))
    try:
        return figure.png(figure.large(plot, f"{found.head.model.backbone.name} {found.head.address}"))
    except HeadlawsError:
        return None


def head(found: Head) -> str:
    """What a head is, and how to read with it."""
    rows = [
        ["model", found.model.backbone.name],
        ["projection", found.way.value],
        ["BOS in front", "yes" if found.bos else "no"],
        ["to read", f'model.head("{found.address}")(model.encode("some text"))'],
    ]
    return table(f"Head {found.address}", ["", ""], rows)


def model(found: Model) -> str:
    """A model's sizes and how it was prepared."""
    backbone = found.backbone
    shape = backbone.shape
    rows = [
        ["layers x heads", f"{shape.n_layers} x {shape.n_heads}"],
        ["d_model, d_head", f"{shape.d_model}, {shape.d_head}"],
        ["tokens", f"{shape.vocab:,}"],
        ["longest sequence", f"{shape.n_ctx:,}"],
        [
            "preparation",
            backbone.preparation.summary,
        ],
        ["BOS", "none" if backbone.bos is None else f"id {backbone.bos}, the {backbone.bos_from}'s"],
        ["computes in", f"{str(backbone.dtype).removeprefix('torch.')} on {backbone.device}"],
    ]
    return table(f"Model {backbone.name}", ["", ""], rows)


@dataclass(frozen=True)
class Verdicts:
    """A table of verdicts that shows itself."""

    cells: tuple[Cell, ...]

    @classmethod
    def of(cls, cells: Iterable[Cell]) -> Verdicts:
        """Of any cells, in their order."""
        return cls(tuple(cells))

    def _repr_html_(self) -> str:
        columns = ["head", "component", "conjecture", "verdict", "degree", "from", "to", "n", "flags"]
        rows = [
            [
                *(one.head, one.component, one.conjecture.replace("_", " "), one.verdict.value),
                *(_figure(value) for value in (one.degree, one.degree_low, one.degree_high)),
                *(str(one.census_n), one.flags),
            ]
            for one in self.cells
        ]
        return table(f"{len(self.cells)} verdicts", columns, rows)


def table(caption: str, names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """An HTML table; the first cell of each row is its name.

    >>> table("a", ["x"], [["<b>"]])
    '<table><caption>a</caption><thead><tr><th>x</th></tr></thead><tbody><tr><th>&lt;b&gt;</th></tr></tbody></table>'
    """
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join(
        "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for tag, cell in zip(_tags(row), row, strict=True)) + "</tr>"
        for row in rows
    )
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _tags(row: Sequence[Any]) -> list[str]:
    return ["th", *["td"] * (len(row) - 1)]


def _named(model: Model, ids: Sequence[int]) -> list[str]:
    return [f"{token(text)} {id}" for id, text in zip(ids, model.text(ids), strict=True)]


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
