"""Checkpoints: runs of a store as the columns of one table, laws and heads as its rows.

Runs are compared with the last of them. One that asked something else, with other sizes, another preparation or of
other heads, keeps its column, which says so, and counts for nothing; and so does a claim whose code was another then.
Other weights are what a series is about.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from harness.records.address import by_layer
from harness.records.cell import Verdict, dull
from harness.records.queries import claims, degrees, opened, record_of
from reports.analysis.difference import SIZES, differences
from reports.analysis.emergence import Point, Stage, said, since, stage

Claim = tuple[str, str]
"""Chapter and conjecture."""

Row = tuple[str, str, str]
"""Chapter, conjecture, component."""


@dataclass(frozen=True)
class Checkpoint:
    """A run as a column.

    Attributes:
        label: the model's name without what all have in common.
        apart: why it is not compared with the last, or nothing.
        differs: what else is not as in the last, weights apart.
        edited: claims whose code is not the last's.
        left_out: cells that its sweep did not come to.
    """

    run_id: str
    model: str
    label: str
    started: str
    controls: str
    weights: str
    apart: str
    differs: tuple[str, ...]
    edited: int
    left_out: int


@dataclass(frozen=True)
class LawRow:
    """A conjecture about one component, with a stage a checkpoint: nothing where it was not tried or not compared.

    ``since``: the place of the checkpoint at which it emerges; ``said``: the same in words.
    """

    chapter: str
    conjecture: str
    component: str
    stages: tuple[Stage | None, ...]
    since: int | None
    said: str


@dataclass(frozen=True)
class HeadRow:
    """The same of a single head, or pair of heads. ``changes``: its verdict is not the same at all checkpoints."""

    head: str
    chapter: str
    conjecture: str
    component: str
    points: tuple[Point | None, ...]
    since: int | None
    said: str
    changes: bool


@dataclass(frozen=True)
class Checkpoints:
    """All that the page of a series shows: ``heads`` head by head, ``laws`` in the order of the book."""

    checkpoints: tuple[Checkpoint, ...]
    laws: tuple[LawRow, ...]
    heads: tuple[HeadRow, ...]


def checkpoints(store: Path, run_ids: Sequence[str]) -> Checkpoints:
    """Return runs of a store as a series, in the order given.

    Raises:
        StoreError: where the store cannot be read.
    """
    with opened(store) as connection:
        columns = _columns(connection, run_ids)
        last = claims(connection, run_ids[-1])
        cells: list[dict[tuple[str, Row], Point]] = []
        for column in columns:
            codes = {} if column.apart else claims(connection, column.run_id)
            same = {claim for claim, code in codes.items() if last.get(claim, code) == code}
            cells.append({key: point for key, point in _points(connection, column.run_id) if key[1][:2] in same})
    names = [column.label for column in columns]
    order = {
        row: place for place, row in enumerate(dict.fromkeys(row for found in reversed(cells) for _, row in found))
    }
    by_law: list[dict[Row, list[Point]]] = [{} for _ in columns]
    for found, laws in zip(cells, by_law, strict=True):
        for (_, row), point in found.items():
            laws.setdefault(row, []).append(point)
    heads = sorted({key for found in cells for key in found}, key=lambda key: (by_layer(key[0]), order[key[1]]))
    return Checkpoints(
        columns,
        tuple(_law(row, [stage(laws[row]) if row in laws else None for laws in by_law], names) for row in order),
        tuple(_head(*key, [found.get(key) for found in cells], names) for key in heads),
    )


def _columns(connection: sqlite3.Connection, run_ids: Sequence[str]) -> tuple[Checkpoint, ...]:
    records = [record_of(connection, run_id) for run_id in run_ids]
    codes = [claims(connection, run_id) for run_id in run_ids]
    last = records[-1]
    labels = _labels([str(record["model"]) for record in records])
    return tuple(
        Checkpoint(
            run_id=run_id,
            model=str(record["model"]),
            label=label,
            started=str(record["started"]),
            controls=str(record["controls"]),
            weights=str(record["weights_sha256"]),
            apart=_apart(record, last),
            differs=tuple(line for line in differences(record, last) if not line.startswith("weights ")),
            edited=sum(code[claim] != codes[-1].get(claim, code[claim]) for claim in code),
            left_out=sum(((record.get("left_out") or {}).get("tasks") or {}).values()),
        )
        for run_id, record, code, label in zip(run_ids, records, codes, labels, strict=True)
    )


def _apart(record: Mapping[str, Any], last: Mapping[str, Any]) -> str:
    """Why a run asked something else than the last one."""
    if record["controls"] == "wrong":
        return "a known-answer check failed, so no verdicts are filed"
    for what, key in (("projection", "projection"), ("BOS in front", "bos")):
        if record.get(key) != last.get(key):
            return f"{what}: {record.get(key)} here, {last.get(key)} in the last"
    kinds = [(one.get("preparation") or {}).get("name") for one in (record, last)]
    if kinds[0] != kinds[1]:
        return f"preparation: {kinds[0]} here, {kinds[1]} in the last"
    for size in SIZES:
        given = [(one.get("profile") or {}).get(size) for one in (record, last)]
        if given[0] != given[1]:
            return f"{size}: {given[0]} here, {given[1]} in the last"
    heads = [list(one.get("heads") or ()) for one in (record, last)]
    if heads[0] != heads[1]:
        return f"heads in play: {len(heads[0])} here, {len(heads[1])} in the last, not the same ones"
    return ""


def _points(connection: sqlite3.Connection, run_id: str) -> list[tuple[tuple[str, Row], Point]]:
    """A run's cells, controls apart, by head and law, in the order in which they were filed."""
    found = []
    for head, chapter, name, component, verdict, degree, n, flags in degrees(connection, run_id):
        point = Point(Verdict(verdict), degree if n else None, learnt=False)
        learnt = point.holds and not dull(flags.split())
        found.append(((head, (chapter, name, component)), Point(point.verdict, point.degree, learnt)))
    return found


def _law(row: Row, stages: Sequence[Stage | None], names: Sequence[str]) -> LawRow:
    held = [one is not None and one.holds for one in stages]
    return LawRow(*row, tuple(stages), since(held), said(held, names))


def _head(head: str, row: Row, points: Sequence[Point | None], names: Sequence[str]) -> HeadRow:
    held = [one is not None and one.holds for one in points]
    changes = len({one.verdict for one in points if one is not None}) > 1
    return HeadRow(head, *row, tuple(points), since(held), said(held, names), changes)


def _labels(names: Sequence[str]) -> list[str]:
    """Names without the folders that all lie in; whole where two would be the same.

    >>> _labels(["runs/a/step-1", "runs/a/step-2"]), _labels(["gpt2"]), _labels(["a", "a"])
    (['step-1', 'step-2'], ['gpt2'], ['a (1)', 'a (2)'])
    """
    parts = [PurePath(name).parts for name in names]
    common = 0
    while all(len(one) > common + 1 for one in parts) and len({one[common] for one in parts}) == 1:
        common += 1
    short = ["/".join(one[common:]) or name for one, name in zip(parts, names, strict=True)]
    if len(set(short)) == len(short):
        return short
    return [f"{label} ({place})" for place, label in enumerate(short, start=1)]
