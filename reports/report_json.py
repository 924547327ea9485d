"""`report.json`: everything that the pages of a report show, for a program to read.

What there is much of stands in tables, `{"columns": [...], "rows": [[...], ...]}`, which pandas takes as they are.
Tokens are named by their place in `tokens`, whose rows are ids and texts as the vocabulary has them; in tables,
conjectures by their place in `conjectures`. Figures are the store's; shares to five places, as all pages have them
(`reports.stored_documents.rounded`).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any, Final

from harness.records.comparison import NULLS, Comparison
from reports.analysis.findings import Flip, Law, Missing
from reports.graph_views import Transitions
from reports.head_facts import packed
from reports.values import Token
from reports.views import Cell, Conjecture, Counterexample, Report, TokenPlot

FORMAT: Final = 5
"""Grows when a name in it changes its meaning or goes."""

COUNTEREXAMPLE_COLUMNS: Final = ("id", "inputs", "length", "margin", "first_difference", "readings")
"""Of those that some page shows by itself; the files of cells (`reports.pages.cells`) have all.

A reading is a list: label, start, sequence, and tokens or, for a triangle, rows; a first difference: readings, at.
"""

CELL_COLUMNS: Final = (
    *("head", "component", "conjecture", "verdict", "degree", "degree_low", "degree_high"),
    *("search_n", "near_ties", "discarded"),
    *("rate", "flags", "counterexample", "length", "message", "near_tied"),
    *("nulls", "stands_out", "text"),
)
"""`nulls` has an entry for each of `comparison.NULLS`, nothing where it was not counted: a place in `null_degrees`, the
excess, and its interval's low and high. Stores before version 4 have one degree of a null, without excess. `text` is
the degree on natural text: value, low, high, sequences."""

NULL_COLUMNS: Final = ("degrees", "n")
"""The degrees of a null's heads, and the sequences compared: those of a whole layer, which most cells share."""

RATE_COLUMNS: Final = ("census_n", "violations", "rate_low", "rate_high", "p_value", "family")
"""A cell's counts and what follows from them: the interval of its violation rate, and the p-value of its verdict with
the number of cells that it was corrected with. Many cells share them; a cell's `rate` is a place in this table.
"""


class Tokens:
    """Tokens by their place in a list."""

    def __init__(self) -> None:
        self.places: dict[Token, int] = {}

    def __call__(self, tokens: Iterable[Token]) -> list[int]:
        """Return the places of some tokens; a new one gets the next place."""
        places = self.places
        return [places.setdefault(token, len(places)) for token in tokens]


class Nulls:
    """What cells hold of their nulls, each list of degrees once."""

    def __init__(self) -> None:
        self.places: dict[tuple[tuple[float, ...], int], int] = {}

    def of(self, cell: Cell) -> list[list[Any] | None] | None:
        """Return a cell's entries, one a null, or None."""
        if cell.comparisons:
            return [self._entry(cell.comparisons.get(name)) for name in NULLS]
        old = (cell.null_random, cell.null_rotated)
        if not any(old):
            return None
        return [None if one is None else [self._place((one.value,), one.n), None, None, None] for one in old]

    def _entry(self, found: Comparison | None) -> list[Any] | None:
        if found is None:
            return None
        return [self._place(found.degrees, found.n), found.excess, found.low, found.high]

    def _place(self, degrees: tuple[float, ...], n: int) -> int:
        return self.places.setdefault((degrees, n), len(self.places))


def document(found: Report, shown: Iterable[Cell]) -> str:
    """Return the report as JSON in ASCII: what no encoding can hold, such as half a surrogate pair, is an escape in it.

    Args:
        found: what to write.
        shown: the cells whose counterexample some page shows.
    """
    tokens = Tokens()
    rates: dict[tuple[Any, ...], int] = {}
    nulls = Nulls()
    cells = [cell for head in found.heads for cell in head.cells]
    places = {one.key: place for place, one in enumerate(found.conjectures)}
    broken = {cell.counterexample.id: (cell, cell.counterexample) for cell in shown if cell.counterexample is not None}
    whole = {
        "format": FORMAT,
        "run": asdict(found.run),
        "nulls": asdict(found.nulls),
        "counts": found.counts,
        "controls_as_known": found.controls_as_known,
        "controls_filed": found.controls_filed,
        "conjectures": [_conjecture(conjecture, tokens) for conjecture in found.conjectures],
        "heads": [
            {
                "address": head.address,
                "counts": head.counts,
                "facts": head.facts and packed(head.facts, tokens),
                "token_plots": [_plot(plot, tokens) for plot in head.token_plots],
                "transitions": [_graph(graph, tokens) for graph in head.transitions],
                "growths": [
                    {**asdict(one), "vocabulary": [[*tokens([token]), n] for token, n in one.vocabulary]}
                    for one in head.growths
                ],
            }
            for head in found.singles
        ],
        "cells": {"columns": CELL_COLUMNS, "rows": [_cell(cell, places, rates, nulls) for cell in cells]},
        "rates": {"columns": RATE_COLUMNS, "rows": list(rates)},
        "null_degrees": {"columns": NULL_COLUMNS, "rows": list(nulls.places)},
        "counterexamples": {
            "columns": COUNTEREXAMPLE_COLUMNS,
            "rows": [_broken(*one, tokens) for one in broken.values()],
        },
        "laws": _table(Law, found.laws),
        "kinship": asdict(found.kinship),
        "implications": [asdict(one) for one in found.implications],
        "twins": [asdict(one) for one in found.equivalent_laws],
        "history": {**asdict(found.history), "flips": _table(Flip, found.history.flips)},
        "missing": _table(Missing, found.missing),
    }
    whole["tokens"] = [[token.id, token.text] for token in tokens.places]
    return json.dumps(whole, allow_nan=False, separators=(",", ":")) + "\n"


def _conjecture(claim: Conjecture, tokens: Tokens) -> dict[str, Any]:
    drawn = [
        {"inputs": draw.inputs, "sequences": [[name, tokens(one)] for name, one in draw.sequences]}
        for draw in claim.draws
    ]
    return {field.name: getattr(claim, field.name) for field in fields(claim)} | {"draws": drawn}


def _table(kind: type, records: Sequence[Any]) -> dict[str, Any]:
    names = [field.name for field in fields(kind)]
    return {"columns": names, "rows": [[getattr(record, name) for name in names] for record in records]}


def _cell(
    cell: Cell, places: Mapping[tuple[str, str], int], rates: dict[tuple[Any, ...], int], nulls: Nulls
) -> list[Any]:
    broken, rate, text = cell.counterexample, cell.violation_rate, cell.text
    follows = (
        *(cell.census_n, cell.violations),
        *((None, None) if rate is None else (rate.low, rate.high)),
        cell.p_value,
        cell.family,
    )
    return [
        *(cell.head, cell.component, places.get(cell.claim), cell.verdict.value),
        *((None, None, None) if cell.degree is None else (cell.degree.value, cell.degree.low, cell.degree.high)),
        *(cell.search_n, cell.near_ties, cell.discarded),
        rates.setdefault(follows, len(rates)),
        " ".join(cell.flags),
        *((None, None) if broken is None else (broken.id, broken.length)),
        cell.message,
        cell.near_tied,
        nulls.of(cell),
        cell.stands_out,
        text and [text.value, text.low, text.high, text.n],
    ]


def _broken(cell: Cell, shown: Counterexample, tokens: Tokens) -> list[Any]:
    where = shown.first_difference
    readings: list[list[Any]] = []
    for reading in shown.readings:
        read: list[Any] = []
        if reading.rows is not None:
            read = [tokens(row) for row in reading.rows]
        elif reading.tokens is not None:
            read = tokens(reading.tokens)
        readings.append([reading.label, reading.start, tokens(reading.sequence), read])
    first = None if where is None else [where.readings, where.at]
    return [shown.id, shown.inputs, shown.length, cell.margin, first, readings]


def _plot(plot: TokenPlot, tokens: Tokens) -> dict[str, Any]:
    """A plot; its rows hold places in `alphabet`."""
    alphabet = list(dict.fromkeys(token for row in plot.rows for token in row))
    at = {token: place for place, token in enumerate(alphabet)}
    return {
        "family": plot.family,
        "sequence": tokens(plot.sequence),
        "alphabet": tokens(alphabet),
        "rows": [[at[token] for token in row] for row in plot.rows],
        "near_ties": [[i, j] for i, row in enumerate(plot.near_ties) for j, tie in enumerate(row) if tie],
        "attention": plot.attention,
        **{name: tokens(getattr(plot, name)) for name in "qkvz"},
    }


def _graph(graph: Transitions, tokens: Tokens) -> dict[str, Any]:
    """A graph; the ends of an edge are places in `nodes`, and its examples in `labels`: few are on all of them."""
    at = {node.token.id: place for place, node in enumerate(graph.nodes)}
    labels: dict[str, int] = {}
    edges = [
        [at[edge.source], at[edge.target], edge.count, [labels.setdefault(one, len(labels)) for one in edge.examples]]
        for edge in graph.edges
    ]
    return {
        "component": graph.component,
        "sequences": graph.sequences,
        "family": graph.family,
        "caption": graph.caption,
        "claims": [[name, asdict(share)] for name, share in graph.claims],
        "structure": graph.structure and asdict(graph.structure),
        "nodes": [[*tokens([node.token]), node.count] for node in graph.nodes],
        "labels": list(labels),
        "edges": edges,
    }
