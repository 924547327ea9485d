"""The night: a sweep with the date for a seed, its report, and what is different from the night before.

The night before is the last night that asked the same: of the same model, at least these heads and components, by the
same book, sizes, projection and preparation. A run in the daytime is none. A cell that the night before did not come to
is compared with the last such night that did.

A night lies in a folder of its date: the report, `night.json` that says what came of it, and `difference.json`. It is
finished when `night.json` is there; until then the same command goes on with it. Beside the nights, `nights.json` lists
them.

What is a surprise: a verdict against a belief, where a file of beliefs is given; else one against the night before, by
the same rules (`harness.records.belief_checks`). Counterexamples of the night before are tried
first.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from harness import files
from harness.errors import StoreError
from harness.output_paths import check_folder
from harness.records.belief_checks import goes_against
from harness.records.cell import Cell, Key, Verdict
from harness.records.earlier_runs import nights_before
from harness.records.queries import opened
from harness.records.store import Store
from harness.records.words import verdict
from harness.runs.session import Session
from harness.sweeps.plan import SweepOrder
from harness.sweeps.sweep import MakeWorkers, SweepResult, Told, alone, sweep
from reports.analysis.difference import UNEXPLAINED, Change, Difference, compared
from reports.pages.nights import index

BEGUN, NIGHT, DIFFERENCE, NIGHTS = "begun.json", "night.json", "difference.json", "nights.json"


@dataclass(frozen=True)
class Night:
    """The result of a night.

    Attributes:
        run, before: this night's run, and the one it is compared with; the latter may be nothing.
        surprises: a line for each.
        broken: what went wrong, a line for each: cells that are errors, a wrong control.
        flips: how many verdicts went from holding to refuted or back since the night before.
        earlier: how many cells are compared with nights before that one, which did not come to them.
        new: how many have no night to be compared with, where there is a night before.
        left_out: cells that were not tried, and `why`.
        lacking: what the file of beliefs does not say of the model, or nothing.
        about: which sequences its verdicts are about, in a sentence; nights of older versions do not say.
    """

    date: str
    seed: int
    model: str
    run: str
    before: str
    controls: str
    cells: int
    verdicts: dict[str, int]
    changed: int
    flips: int
    surprises: tuple[str, ...]
    broken: tuple[str, ...]
    left_out: int
    why: str
    about: str = ""
    earlier: Mapping[str, int] = field(default_factory=dict)
    new: int = 0
    lacking: str = ""

    @property
    def code(self) -> int:
        """The command's exit status: 0 without surprises, 1 with, 2 where something broke."""
        return 2 if self.broken else 1 if self.surprises else 0


def seed_of(day: date) -> int:
    """Return the seed of a night: new sequences each night, and the same ones whenever that night is run again.

    >>> seed_of(date(2026, 11, 23))
    20261123
    """
    return int(f"{day:%Y%m%d}")


def nightly(
    order: SweepOrder,
    store: Path,
    folder: Path,
    day: date,
    *,
    beliefs: Path | None = None,
    make_workers: MakeWorkers = alone,
    minutes: float | None = None,
    told: Told = lambda progress: None,
    waiting: Told = lambda progress: None,
) -> Night:
    """Do a night, go on with it, or give its result if it is finished.

    Args:
        order: with the night's seed.
        folder: of all nights.

    Raises:
        HeadlawsError: as a sweep does; for beliefs that cannot be read.
    """
    place = folder / day.isoformat()
    if (place / NIGHT).exists():
        return _read(place / NIGHT)
    Store.check(store)
    check_folder(folder, "--out")
    order = replace(order, kind="night", beliefs=beliefs)
    before = _begun(place, store, order)
    order = replace(order, replaying=(store, before) if before else None)

    def concluded(done: SweepResult) -> None:
        difference = _difference(store, before, order, done)
        _write(place / DIFFERENCE, asdict(difference) if difference else None)
        _write(place / NIGHT, asdict(recorded(day, order, done, difference, beliefs)))

    sweep(
        order,
        store,
        make_workers=make_workers,
        minutes=minutes,
        report=place,
        told=told,
        waiting=waiting,
        concluded=concluded,
    )
    nights = sorted((_read(file) for file in folder.glob(f"*/{NIGHT}")), key=lambda night: night.date)
    _write(folder / NIGHTS, [asdict(night) for night in nights])
    index(folder, [asdict(night) for night in nights])
    return _read(place / NIGHT)


def _begun(place: Path, store: Path, order: SweepOrder) -> tuple[str, ...]:
    """The runs that this night is compared with, the latest first: settled when it begins, so that going on with it is
    the same night.
    """
    file = place / BEGUN
    if not file.exists():
        session = order.session()
        asked = {**asdict(order.request), "book": session.book, "seed": order.request.profile.seed}
        heads = [str(address) for address in session.request.addresses]
        _write(file, {"nights": nights_before(store, asked, heads=heads, components=session.request.parts)})
    try:
        return tuple(map(str, json.loads(file.read_text(encoding="utf-8"))["nights"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"{file}: the file cannot be read ({error}); delete its folder to start this night again."
        ) from error


def _difference(store: Path, nights: Sequence[str], order: SweepOrder, done: SweepResult) -> Difference | None:
    if not nights or done.run_id in nights:
        return None
    before, *earlier = nights
    missed = _asked(order, done.session) if done.left_out else frozenset()
    with opened(store) as connection:
        return compared(connection, before, done.run_id, earlier=earlier, missed=missed)


def _asked(order: SweepOrder, session: Session) -> frozenset[Key]:
    """All cells that a night is to try."""
    return frozenset(
        (str(head), component, order.request.projection, claim.chapter, claim.name)
        for claim in order.claims.values()
        for head, component in session.request.in_play(claim)
    )


def recorded(
    day: date, order: SweepOrder, done: SweepResult, difference: Difference | None, beliefs: Path | None
) -> Night:
    """Give the record of a night: what was broken, what changed, and what went against beliefs or the night before."""
    session = done.session
    broken = [f"{cell.node}: {cell.message}" for cell in done.errors]
    broken += [f"known-answer check failed: {cell.node}" for cell in session.cells if cell.wrong]
    changes = difference.changes if difference else ()
    if beliefs is not None:
        surprises = [surprise.line for surprise in session.surprises]
    else:
        surprises = _against_the_night_before(session, changes)
    return Night(
        date=day.isoformat(),
        seed=order.request.profile.seed,
        model=order.request.model,
        run=done.run_id,
        before=difference.before if difference and not difference.apart else "",
        controls=session.controls,
        cells=len(session.verdicts),
        verdicts=dict(Counter(cell.verdict.value for cell in session.verdicts)),
        changed=len(changes),
        flips=sum(change.flipped for change in changes),
        surprises=tuple(surprises),
        broken=tuple(broken),
        left_out=sum(done.left_out.values()),
        why=done.why,
        about=session.about,
        earlier=difference.by if difference else {},
        new=difference.new if difference else 0,
        lacking=session.belief_check.lacking if session.belief_check else "",
    )


def _against_the_night_before(session: Session, changes: tuple[Change, ...]) -> list[str]:
    """Verdicts that could not have come out if the night before were right, and that nothing but the seed explains."""
    cells = {cell.key: cell for cell in session.verdicts}
    delta = session.request.profile.delta
    return [
        f"{change.cell}: {verdict(change.before)} the night before, now {verdict(change.after)}"
        for change in changes
        if _chance_alone(change) and _surprising(change, cells.get(change.key), delta)
    ]


def _chance_alone(change: Change) -> bool:
    return all(cause == UNEXPLAINED or cause.startswith("seed ") for cause in change.causes)


def _surprising(change: Change, cell: Cell | None, delta: float) -> bool:
    return cell is not None and change.before != "error" and goes_against(Verdict(change.before), cell, delta)


def _read(file: Path) -> Night:
    try:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return Night(**{**found, "surprises": tuple(found["surprises"]), "broken": tuple(found["broken"])})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise StoreError(
            f"{file}: the file cannot be read ({error}); delete its folder to run this night again."
        ) from error


def _write(file: Path, value: object) -> None:
    try:
        files.write(file, json.dumps(value, indent=1) + "\n")
    except OSError as error:
        raise StoreError(
            f"{file}: the file cannot be written ({error.strerror}); give another folder with --out."
        ) from error
