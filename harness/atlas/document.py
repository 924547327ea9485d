"""`atlas.json`: all that the pages of an atlas show, for a program to read; and beside it a CSV file for each table.

Tokens are named by id; `tokens` says what each is called in the vocabulary. Heads are named by their place in `heads`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from harness.atlas import coverage
from harness.atlas.drawing import drawn
from harness.atlas.findings import Findings, Step
from harness.atlas.tables import tables, write

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
    whole = dict(_document(found, words)) | {"tables": listed}
    path.write_text(json.dumps(_finite(whole), allow_nan=False, separators=(",", ":")) + "\n", encoding="ascii")
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
    yield (
        "vocabularies",
        {
            name: {part: [[list(c), list(c.values())] for c in one.counts] for part, one in of.items()}
            for name, of in found.vocabularies.items()
        },
    )
    yield (
        "shared",
        {
            name: {
                part: {
                    "common": one.common,
                    "order": one.order,
                    "pairs": one.pairs().tolist(),
                    "apart": one.pairs(apart=True).tolist(),
                }
                for part, one in of.items()
            }
            for name, of in found.shared.items()
        },
    )
    yield (
        "growth",
        {
            name: {
                part: [[one.power, one.low, one.high, one.kind, one.curve.tolist()] for one in many]
                for part, many in of.items()
            }
            for name, of in found.growths.items()
        },
    )
    yield (
        "coverage",
        {
            name: {part: {"curve": curve.tolist(), "power": coverage.power(curve)} for part, curve in of.items()}
            for name, of in found.covered.items()
        },
    )
    yield "overlap", [{"component": part, "compared": what, **asdict(one)} for part, what, one in found.overlaps]
    yield (
        "planes",
        {
            name: {
                part: {
                    "ids": one.ids,
                    "layers": one.layers,
                    "places": one.places.round(4).tolist(),
                    "neighbours": one.neighbours,
                    "dealt": one.dealt,
                }
                for part, one in of.items()
            }
            for name, of in found.planes.items()
        },
    )
    yield "claims", [asdict(one) for one in found.claims]
    yield "plots", [plot for name, one in found.sources.items() if "untrained" not in name for plot in drawn(name, one)]


def _finite(value: Any) -> Any:
    """Without NaN and infinity, which JSON does not know."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, (list, tuple)) else value
