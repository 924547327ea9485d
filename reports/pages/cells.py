"""Cells for the drawer: a script file a layer with all cells and counterexamples of its heads, since a page from a file
may read no other data; and one for the pairs of a layer.

A file is one call with JSON that was compressed and written in base 85: of a full run it would take 25 MB otherwise.
`columns` holds what `ROW` says of every cell, law by law: what the heads of a layer have alike stands together there
and is packed well. Figures are rounded as pages write them. A head's tokens are few: counterexamples name them by their
places in a list of the head's. `tokens` holds these lists, each id as the step from the one before. One file of the
site has the text of each id, as it is shown. `assets/src/drawer.js` reads them.
"""

import gzip
import json
from base64 import b85decode, b85encode
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from harness.records import words
from harness.records.address import shown_place
from harness.records.cell import how_broken
from harness.records.comparison import NULLS, Comparison
from harness.text import token, visible
from reports.formats import paragraphs, share
from reports.pages.card import NULL_NAMES, holding
from reports.urls import LAWS_FILE, TOKENS_FILE, cells_file, law_page, pairs_cells_file
from reports.values import Estimate, Token
from reports.views import Cell, Counterexample, Reading, Report

PACKED: Final = 6
"""How hard files are compressed: 9 takes three times as long and saves one per cent."""

NULL_PARTS: Final = ("degrees", "excess", "below", "above", "n")
ROW: Final = (
    *("head", "law", "component", "verdict", "broken", "n", "violations", "rate", "degree", "text"),
    *(f"{part}_{place}" for place in range(len(NULLS)) for part in NULL_PARTS),
    *("flags", "stands_out", "message", "margin"),
    *("counterexample", "inputs", "length", "first", "labels", "starts", "sequences", "read", "triangles"),
)
"""A law is a place in the file of laws; a rate is low and high; a degree is value, n, low, high. Of each null
there are its degrees, the excess, how far the interval reaches below and above it, and n. From `labels` on there is one
of each for every reading of the counterexample. An input that is a reading's sequence, as most are, is its place."""


class Texts:
    """The texts of tokens as they are shown, by id."""

    def __init__(self) -> None:
        self.by_id: dict[int, str] = {}

    def add(self, tokens: Iterable[Token]) -> None:
        """Keep the texts of some tokens."""
        for one in tokens:
            if one.id not in self.by_id:
                self.by_id[one.id] = token(one.text)


def cell_files(report: Report) -> Iterator[tuple[str, str]]:
    """Yield every file of cells, by its place in the site, that of the laws first and that of the tokens last."""
    yield LAWS_FILE, laws_file(report)
    texts = Texts()
    places = {one.key: place for place, one in enumerate(report.conjectures)}
    of_layer: defaultdict[str, list[Cell]] = defaultdict(list)
    for head in report.heads:
        of_layer[pairs_cells_file(head.layer) if head.is_pair else cells_file(head.layer)].extend(head.cells)
    for name, cells in of_layer.items():
        if cells:
            yield name, _file(cells, places, texts)
    yield TOKENS_FILE, call("tokens", dict(sorted(texts.by_id.items())))


def laws_file(report: Report) -> str:
    """Return the laws in order, each with its name and what it claims; and the words for verdicts, flags and nulls."""
    laws = [
        [one.chapter, one.name, " ".join(map(visible, paragraphs(one.claim))), law_page(*one.key)]
        for one in report.conjectures
    ]
    data = {
        "laws": laws,
        "verdicts": {one.key[0]: [one.sign, one.word] for one in words.VERDICTS.values()},
        "flags": {one.key: [one.word, one.meaning] for one in words.FLAGS.values()},
        "nulls": [NULL_NAMES[name] for name in NULLS],
        "row": ROW,
    }
    return call("laws", data)


def _file(cells: Sequence[Cell], places: Mapping[tuple[str, str], int], texts: Texts) -> str:
    cells = [cell for cell in cells if cell.claim in places]
    own = _own(cells, texts)
    at = {head: {id: place for place, id in enumerate(ids)} for head, ids in own.items()}
    rows = [_row(cell, places[cell.claim], at.get(cell.head, {})) for cell in cells]
    rows.sort(key=lambda row: (row[1], shown_place(row[2])))
    steps = {head: [id - before for before, id in zip([0, *ids], ids, strict=False)] for head, ids in own.items()}
    return call("cells", {"columns": list(zip(*rows, strict=True)), "tokens": steps})


def _own(cells: Sequence[Cell], texts: Texts) -> dict[str, list[int]]:
    """The ids of the tokens of each head's counterexamples, in order; their texts are kept."""
    found: defaultdict[str, set[int]] = defaultdict(set)
    for cell in cells:
        for one in cell.counterexample.readings if cell.counterexample else ():
            for line in (one.sequence, *_lines(one)):
                texts.add(line)
                found[cell.head].update(each.id for each in line)
    return {head: sorted(ids) for head, ids in found.items()}


def call(name: str, data: Any) -> str:
    """Make a script file of one call, with data that were compressed."""
    packed = gzip.compress(json.dumps(data, allow_nan=False, separators=(",", ":")).encode(), PACKED, mtime=0)
    return f'headlaws.{name}("{b85encode(packed).decode()}");\n'


def unpacked(script: str) -> Any:
    """Read back what such a file holds.

    >>> unpacked(call("cells", {"columns": []}))
    {'columns': []}
    """
    return json.loads(gzip.decompress(b85decode(script.split('"')[1])))


def _row(cell: Cell, law: int, at: Mapping[int, int]) -> list[Any]:
    holds = holding(cell)
    return [
        *(cell.head, law, cell.component, cell.verdict.value[0]),
        how_broken(cell.verdict, cell.violations or 0, cell.census_n or 0),
        *(cell.census_n or 0, cell.violations or 0),
        0 if holds is None or holds.low is None or holds.high is None else [_short(holds.low), _short(holds.high)],
        _estimate(cell.degree),
        _estimate(cell.text),
        *_nulls(cell),
        " ".join(cell.flags),
        cell.stands_out,
        visible(cell.message),
        0 if cell.margin is None else round(cell.margin, 3),
        *([0] * 9 if cell.counterexample is None else _counterexample(cell.counterexample, at)),
    ]


def _nulls(cell: Cell) -> list[Any]:
    """What `ROW` has of the nulls, no degrees where there is none; old stores have two, with one degree and no more."""
    if cell.comparisons:
        return [part for name in NULLS for part in _null(cell.comparisons.get(name))]
    old = [[[_short(one.value)] if one else 0, None, 0, 0, 0] for one in (cell.null_random, cell.null_rotated)]
    return [*old[0], *old[1], *_null(None)]


def _null(found: Comparison | None) -> list[Any]:
    """Reaches are alike where ends are not, and compress well."""
    if found is None:
        return [0] * len(NULL_PARTS)
    low, excess, high = (round(value, 3) for value in (found.low, found.excess, found.high))
    degrees = [_short(degree) for degree in found.degrees]
    return [degrees, excess, round(excess - low, 3), round(high - excess, 3), found.n]


def _estimate(found: Estimate | None) -> list[Any] | int:
    if found is None:
        return 0
    ends = [] if found.low is None or found.high is None else [_short(found.low), _short(found.high)]
    return [_short(found.value), found.n, *ends]


@lru_cache(maxsize=1 << 14)
def _short(value: float) -> float:
    """A share as pages write it: only 0 and 1 themselves are written so."""
    return float(share(value)) if value not in (0, 1) else int(value)


def _counterexample(found: Counterexample, at: Mapping[int, int]) -> list[Any]:
    """What `ROW` has of it, its tokens as places."""
    first, readings = found.first_difference, found.readings
    given = {str(tuple(each.id for each in one.sequence)): place for place, one in enumerate(readings)}
    lines = [[[at[each.id] for each in line] for line in _lines(one)] for one in readings]
    return [
        found.id,
        [[visible(name), given.get(value, visible(value))] for name, value in found.inputs],
        found.length,
        0 if first is None else [first.readings, first.at],
        [visible(one.label) for one in readings],
        [one.start for one in readings],
        [[at[each.id] for each in one.sequence] for one in readings],
        [read if one.rows is not None else read[0] for one, read in zip(readings, lines, strict=True)],
        [int(one.rows is not None) for one in readings],
    ]


def _lines(one: Reading) -> Sequence[tuple[Token, ...]]:
    """The lines of a triangle, or the only one."""
    return one.rows if one.rows is not None else (one.tokens or (),)
