"""The series: the same order over checkpoints of a training run, one after another, and a page with a column each.

Each checkpoint is a run of its own in the store. Until the last is through, the journals of those that are finished
stay: the same command finds them finished and goes on where it stopped. After that it begins anew, as a sweep does. A
checkpoint that cannot be used is said, and the others go on.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path

from harness.errors import ModelError
from harness.output_paths import FOLDER, check_folder
from harness.records.store import Store
from harness.sweeps.plan import SweepOrder
from harness.sweeps.sweep import MakeWorkers, SweepResult, Told, alone, forget, sweep
from reports.pages.series import build


@dataclass(frozen=True)
class Series:
    """The result of a series.

    Attributes:
        runs: their ids, by checkpoint, in the order of the series.
        unusable: checkpoints that were not tried, and why.
        not_begun: checkpoints that the budget did not suffice for.
        page: with a column a checkpoint.
    """

    runs: dict[str, str]
    unusable: dict[str, str]
    not_begun: tuple[str, ...]
    page: Path


def orders(order: SweepOrder, names: Sequence[str]) -> list[SweepOrder]:
    """Return the same order for each checkpoint.

    Raises:
        HeadlawsError: where one of them has no such heads, or cannot be a model at all; nothing was begun then.
    """
    made = [
        replace(order, request=replace(order.request, model=name), checkpoint=name, kind="checkpoint") for name in names
    ]
    for one in made:
        one.session().request.check()
    return made


def folder_of(some: Sequence[SweepOrder]) -> Path:
    """Return where the pages of a series lie if nothing else was said: the same place for the same question."""
    asked = [{**asdict(one.request), "command": "", "book": str(one.book)} for one in some]
    return FOLDER / "reports" / f"checkpoints-{sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:8]}"


def series(
    some: Sequence[SweepOrder],
    store: Path,
    folder: Path,
    *,
    watched: Callable[[str], AbstractContextManager[Told]],
    make_workers: MakeWorkers = alone,
    minutes: float | None = None,
    each: Callable[[str, SweepResult], None] = lambda name, done: None,
) -> Series:
    """Sweep checkpoint after checkpoint, or go on where an earlier process stopped, and write the page.

    Args:
        some: an order a checkpoint; see `orders`.
        folder: of the page; each run's own report lies in a folder in it that is named by the run.
        watched: gives what is told of the progress of a checkpoint, as long as it is swept.
        minutes: begin nothing new after so many, of all checkpoints together.
        each: is told the result of a checkpoint. It is not to keep it: it holds the model.

    Raises:
        HeadlawsError: for a store or a page that cannot be written, and where no checkpoint can be used.
    """
    Store.check(store)
    check_folder(folder, "--report")
    ends = None if minutes is None else time.monotonic() + 60 * minutes
    finished: list[tuple[SweepOrder, str]] = []
    runs, unusable, not_begun, whole = dict[str, str](), dict[str, str](), list[str](), True
    for one in some:
        name = one.checkpoint
        left = None if ends is None else (ends - time.monotonic()) / 60
        if left is not None and left <= 0 and runs:
            not_begun.append(name)
            continue
        swept = partial(sweep, one, store, make_workers=make_workers, minutes=left, reports=folder, keeping=True)
        try:
            with watched(name) as told:
                done = swept(told=told, waiting=told)
        except ModelError as error:
            unusable[name] = str(error)
            if len(unusable) == len(some):
                raise
            continue
        runs[name] = done.run_id
        whole = whole and (not done.left_out or done.session.controls == "wrong")
        finished.append((one, done.session.model.backbone.fingerprint))
        each(name, done)
        del done
    page = build(store, folder, list(runs.values()))
    if whole and not unusable and not not_begun:
        for one, fingerprint in finished:
            forget(one, store, fingerprint)
    return Series(runs, unusable, tuple(not_begun), page)
