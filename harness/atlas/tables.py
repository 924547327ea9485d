"""Tables: all that an atlas found, in rows, for CSV files that a spreadsheet or pandas opens."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from harness import text
from harness.atlas import coverage
from harness.atlas.drawing import drawn
from harness.atlas.findings import MAIN, Findings
from harness.atlas.shared import of_both, similarity

T = TypeVar("T")

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Table:
    """Rows under names.

    Attributes:
        file: its name, without the ending.
        says: what a row is.
    """

    file: str
    says: str
    columns: tuple[str, ...]
    rows: Iterable[Row]


def tables(found: Findings, words: Mapping[int, str]) -> Iterator[Table]:
    """Yield every table; `words` gives tokens' vocabulary entries, which are written visibly."""
    named = {id: text.token(word) for id, word in words.items()}
    yield Table("sizes", "A component's vocabulary, all heads together.", SIZES, _sizes(found))
    yield Table(
        "distinct",
        "How many tokens a head reads.",
        ("source", "component", "layer", "head", "distinct"),
        _distinct(found),
    )
    yield Table(
        "layers",
        "How many tokens the heads of a layer read.",
        ("source", "component", "layer", "distinct"),
        _layers(found),
    )
    for name in found.sources:
        yield Table(
            f"frequencies {name}".replace(" ", "-"),
            f"How often a head reads a token, {name}; rank 1 is the commonest, and ties share a rank.",
            ("component", "head", "token", "string", "count", "rank"),
            _frequencies(found, name, named),
        )
    for name, part, _ in _each(found.shared):
        which = ("tokens", "strings") if name in MAIN else ()
        yield Table(
            f"shared {name} {part}".replace(" ", "-"),
            f"The tokens that two heads share by {part}, {name}; apart leaves out the tokens that all heads read.",
            ("left", "right", "shared", "apart", "jaccard", *which),
            _pairs(found, name, part, named),
        )
    yield from _curves(found)
    yield from _rest(found, named)


def _curves(found: Findings) -> Iterator[Table]:
    growths = [
        (name, part, head, one)
        for name, part, many in _each(found.growths)
        for head, one in zip(found.sources[name].heads, many, strict=True)
    ]
    yield Table(
        "growth",
        "The power of length by which a head's distinct tokens grow, with its interval and class.",
        ("source", "component", "head", "power", "low", "high", "class"),
        ((*where, one.power, one.low, one.high, one.kind) for *where, one in growths),
    )
    yield Table(
        "growth-curves",
        "Mean number of distinct tokens after that number of positions.",
        ("source", "component", "head", "positions", "distinct"),
        ((*where, place, value) for *where, one in growths for place, value in enumerate(one.curve.tolist(), 1)),
    )
    yield Table(
        "coverage",
        "Distinct tokens that all heads are expected to read in that number of prompts.",
        ("source", "component", "prompts", "distinct"),
        (
            (*where, place, value)
            for *where, curve in _each(found.covered)
            for place, value in enumerate(curve.tolist(), 1)
        ),
    )


def _rest(found: Findings, named: Mapping[int, str]) -> Iterator[Table]:
    yield Table(
        "overlap",
        "Two vocabularies: their sizes, the tokens in both, Jaccard's index for the whole model and its mean over "
        "heads.",
        ("component", "compared", "left", "right", "both", "whole", "heads"),
        ((part, what, *vars(one).values()) for part, what, one in found.overlaps),
    )
    yield Table(
        "planes",
        "Places of tokens in the plane, and the layer that reads each most often.",
        ("source", "component", "token", "string", "layer", "x", "y"),
        (
            (*where, id, named[id], layer, float(x), float(y))
            for *where, one in _each(found.planes)
            for id, layer, (x, y) in zip(one.ids, one.layers, one.places, strict=True)
        ),
    )
    yield Table(
        "plots",
        "A cell of a token plot: the tokens of the pair, its query, its key and the key's value; attention in "
        "thousandths.",
        ("source", "prompt", "head", "query", "key", "attention", *found.natural.components),
        _cells(found),
    )
    yield Table(
        "claims",
        "The measurements for each claim of the seed notebook.",
        ("claim", "judgement", "measure", "value", "low", "high", "notebook", "control", "control is"),
        ((one.name, one.judgement.value, *vars(m).values()) for one in found.claims for m in one.measures),
    )


def _each(found: Mapping[str, Mapping[str, T]]) -> Iterator[tuple[str, str, T]]:
    """What there is of each source and component."""
    return ((name, part, one) for name, of in found.items() for part, one in of.items())


SIZES = ("source", "component", "prompts", "length", "entries", "distinct", "mean per head", "power", "closed")


def _sizes(found: Findings) -> Iterator[Row]:
    for name, part, one in _each(found.vocabularies):
        source, power = found.sources[name], coverage.power(found.covered[name][part])
        yield (
            *(name, part, source.prompts, source.length, int(source.read[part].size), len(one.whole)),
            *(sum(one.distinct) / len(one.distinct), power, "yes" if power < coverage.CLOSED else "no"),
        )


def _distinct(found: Findings) -> Iterator[Row]:
    for name, part, one in _each(found.vocabularies):
        for head, number in zip(one.heads, one.distinct, strict=True):
            yield name, part, int(head.split(".")[0]), head, number


def _layers(found: Findings) -> Iterator[Row]:
    for name, part, one in _each(found.vocabularies):
        layers = found.sources[name].layers
        for layer in sorted(set(layers)):
            own = [counts for at, counts in zip(layers, one.counts, strict=True) if at == layer]
            yield name, part, layer, len(set().union(*own))


def _frequencies(found: Findings, name: str, named: Mapping[int, str]) -> Iterator[Row]:
    for part, one in found.vocabularies[name].items():
        for head, counts in zip(one.heads, one.counts, strict=True):
            rank, before = 0, -1
            for place, (id, number) in enumerate(counts.items(), 1):
                rank, before = (rank if number == before else place), number
                yield part, head, id, named[id], number, rank


def _pairs(found: Findings, name: str, part: str, named: Mapping[int, str]) -> Iterator[Row]:
    one, words = found.shared[name][part], found.vocabularies[name][part]
    alike = similarity(one.counts)
    for left in range(len(one.heads)):
        for right in range(left + 1, len(one.heads)):
            row: Row = (one.heads[left], one.heads[right], int(one.counts[left, right]), int(one.apart[left, right]))
            row = (*row, float(alike[left, right]))
            if name in MAIN:  # with random weights two heads share thousands, which say nothing
                both = of_both(words, left, right)
                row = (*row, " ".join(map(str, both)), " ".join(named[id] for id in both))
            yield row


def _cells(found: Findings) -> Iterator[Row]:
    of_key = ("k", "v")
    for name, source in found.sources.items():
        if "untrained" in name:
            continue
        for plot in drawn(name, source):
            for head, one in zip(source.heads, plot["heads"], strict=True):
                pairs = ((i, j) for i in range(len(plot["ids"])) for j in range(i + 1))
                for place, (i, j) in enumerate(pairs):
                    read = (
                        one[part][place if part == "qk" else j if part in of_key else i] for part in source.components
                    )
                    yield name, plot["prompt"], head, i, j, one["attention"][place], *read


def write(folder: Path, table: Table) -> int:
    """Write one CSV file in UTF-8; return the number of its rows."""
    number = 0
    with (folder / f"{table.file}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table.columns)
        for row in table.rows:
            writer.writerow([f"{value:.6g}" if isinstance(value, float) else value for value in row])
            number += 1
    return number
