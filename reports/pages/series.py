"""The page of a series: `checkpoints.html`, and `checkpoints.json` with all that it shows and what it leaves out.

Each run's own report lies beside it, in a folder that is named by the run.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from markupsafe import Markup

from harness.errors import HeadlawsError
from harness.files import write
from harness.records import words
from harness.text import sentence
from reports.analysis.checkpoints import Checkpoints, HeadRow, LawRow, checkpoints
from reports.drawing.curves import curves
from reports.environment import assets, environment

PAGE: Final = "checkpoints.html"
DOCUMENT: Final = "checkpoints.json"

FORMAT: Final = 1
"""Grows when a name in the document changes its meaning or goes."""

MOST_CELLS: Final = 10_000
"""Cells that a table of the page has at most; a browser is slow with many more."""

T = TypeVar("T")


@dataclass(frozen=True)
class LawCurves:
    """The curves of a conjecture."""

    chapter: str
    conjecture: str
    drawn: Markup


def build(store: Path, out: Path, run_ids: Sequence[str]) -> Path:
    """Write the page of some runs, a column each in the order given; gives its path.

    Raises:
        StoreError: where the store cannot be read.
        HeadlawsError: where the folder cannot be written.
    """
    found = checkpoints(store, run_ids)
    try:
        for name, content in (*assets(), (DOCUMENT, document(found)), (PAGE, page(found))):
            write(out / name, content)
    except OSError as error:
        raise HeadlawsError(f"{out}: the page cannot be written ({error.strerror}); name another folder.") from error
    return out / PAGE


def page(found: Checkpoints) -> str:
    """Return the page as HTML. Rows that never change are left out first where there are too many, and the page says
    so.
    """
    columns = max(1, len(found.checkpoints))
    changing = [row for row in found.heads if row.changes]
    laws = fitting(found.laws, columns, lambda row: len({stage and stage.holds for stage in row.stages}) > 1)
    heads = fitting(changing, columns, lambda row: bool(row.since))
    in_last = {row.head for row in found.heads if row.points[-1] is not None}
    grouped: dict[str, list[HeadRow]] = {}
    for row in heads:
        grouped.setdefault(row.head, []).append(row)
    return (
        environment()
        .get_template("checkpoints.html")
        .render(
            found=found,
            last=found.checkpoints[-1],
            laws=laws,
            emerging=[row for row in found.laws if row.since],
            grouped=list(grouped.items()),
            shown=len(heads),
            changing=len(changing),
            pictures=pictures(found) if columns > 1 else [],
            verdicts=words.VERDICTS,
            in_last=in_last,
            root="",
        )
    )


def fitting(rows: Sequence[T], columns: int, first: Callable[[T], bool]) -> list[T]:
    """Return as many rows as a table may have, those that are wanted first before the others, in their own order.

    >>> fitting(range(6), 5_000, lambda row: row == 4)
    [0, 4]
    """
    places = sorted(range(len(rows)), key=lambda place: not first(rows[place]))
    return [rows[place] for place in sorted(places[: max(1, MOST_CELLS // columns)])]


def pictures(found: Checkpoints) -> list[LawCurves]:
    """Return the curves of each conjecture that has a degree anywhere."""
    names = [one.label for one in found.checkpoints]
    grouped: dict[tuple[str, str], list[LawRow]] = {}
    for row in found.laws:
        if any(stage is not None and stage.degree is not None for stage in row.stages):
            grouped.setdefault((row.chapter, row.conjecture), []).append(row)
    return [
        LawCurves(
            chapter,
            name,
            curves(
                sentence(name),
                [(row.component, [None if one is None else one.degree for one in row.stages]) for row in rows],
                names,
            ),
        )
        for (chapter, name), rows in grouped.items()
    ]


def document(found: Checkpoints) -> str:
    """Return the series as JSON in ASCII: every law and every head, also those that the page leaves out.

    `stages` and `points` are lists with an entry a checkpoint, nothing or the values that `stage` and `point` name.
    """
    law = ("chapter", "conjecture", "component", "since", "said")
    stage, point = ("heads", "held", "learnt", "degree"), ("verdict", "degree", "learnt")
    whole = {
        "format": FORMAT,
        "checkpoints": [asdict(one) for one in found.checkpoints],
        "stage": stage,
        "laws": {
            "columns": [*law, "stages"],
            "rows": [[*_of(row, law), [one and _of(one, stage) for one in row.stages]] for row in found.laws],
        },
        "point": point,
        "heads": {
            "columns": ["head", *law, "points"],
            "rows": [
                [row.head, *_of(row, law), [one and _of(one, point) for one in row.points]] for row in found.heads
            ],
        },
    }
    return json.dumps(whole, allow_nan=False, separators=(",", ":")) + "\n"


def _of(record: Any, names: Sequence[str]) -> list[Any]:
    return [getattr(record, name) for name in names]
