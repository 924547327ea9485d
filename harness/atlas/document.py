"""`atlas.json`: all that the pages of an atlas show, for a program to read; and beside it a CSV file for each table.

Tokens are named by id; `tokens` says what each is called in the vocabulary. Heads are named by their place in `heads`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, TypeVar

from harness.atlas import coverage
from harness.atlas.drawing import drawn
from harness.atlas.findings import Findings, Step
from harness.atlas.shared import Shared
from harness.atlas.tables import tables, write
from harness.graphs.growth_exponent import GrowthExponent
from reports.stored_documents import stored

T = TypeVar("T")

FORMAT: Final = 1
"""Grows when a name in it changes its meaning or goes."""

KEPT = ("source", "seed", "prompts", "length", "ids_sha256", "rows", "near_ties", "model")
"""What is said of each source; the first one's whole record stands in `record`."""


def put(folder: Path, found: Findings, words: Mapping[int, str], *, step: Step) -> Path:
    """Write the tables, then the document; gives the document's path.

    Raises:
        OSError: where the folder cannot be written.
    """
    rows = folder / "tables"
    rows.mkdir(parents=True, exist_ok=True)
    listed = []
    for table in tables(found, words):
        step(f"table {table.file}")
        number = write(rows, table)
        listed.append(
            {"file": f"tables/{table.file}.csv", "says": table.says, "columns": table.columns, "rows": number}
        )
    step("atlas.json")
    path = folder / "atlas.json"
    whole = stored(json.dumps(dict(_document(found, words)) | {"tables": listed}))
    path.write_text(json.dumps(whole, allow_nan=False, separators=(",", ":")) + "\n", encoding="ascii")
    return path


def _document(found: Findings, words: Mapping[int, str]) -> Iterator[tuple[str, Any]]:
    natural = found.natural
    yield "format", FORMAT
    yield "model", found.model
    yield "vocab", found.vocab
    yield "plane", found.plane
    yield "record", {key: value for key, value in natural.record.items() if key != "heads"}
    yield "heads", natural.heads
    yield "components", natural.components
    yield "sources", {name: {key: one.record[key] for key in KEPT} for name, one in found.sources.items()}
    yield "tokens", {str(id): word for id, word in words.items()}
    yield "vocabularies", _each(found.vocabularies, lambda one: [[list(c), list(c.values())] for c in one.counts])
    yield "shared", _each(found.shared, _shared)
    yield "growth", _each(found.growths, _growths)
    yield "coverage", _each(found.covered, lambda one: {"curve": one.tolist(), "power": coverage.power(one)})
    yield "overlap", [{"component": part, "compared": what, **asdict(one)} for part, what, one in found.overlaps]
    yield "planes", _each(found.planes, lambda one: {**vars(one), "places": one.places.round(4).tolist()})
    yield "claims", [asdict(one) for one in found.claims]
    yield "plots", [plot for name, one in found.sources.items() if "untrained" not in name for plot in drawn(name, one)]


def _each(found: Mapping[str, Mapping[str, T]], shown: Callable[[T], Any]) -> dict[str, dict[str, Any]]:
    """By source and component, what is shown of each."""
    return {name: {part: shown(one) for part, one in of.items()} for name, of in found.items()}


def _shared(one: Shared) -> dict[str, Any]:
    pairs, apart = one.pairs().tolist(), one.pairs(apart=True).tolist()
    return {"common": one.common, "order": one.order, "pairs": pairs, "apart": apart}


def _growths(heads: list[GrowthExponent]) -> list[Any]:
    return [[one.power, one.low, one.high, one.kind, one.curve.tolist()] for one in heads]
