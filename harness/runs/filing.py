"""Filing a run: its record, what is to be looked at of its heads, the store, and the report."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.output_paths import FOLDER
from harness.records.address import COMPONENTS
from harness.records.cell import Exhibit
from harness.runs.session import Session, identity

if TYPE_CHECKING:
    from harness.records.run import Run

FEW_HEADS = 36
"""For so many heads at most a graph of each family is filed, and the growth of qk, whose triangles take long to read;
for more, a graph of all families together, and the growth of the component that is graphed."""


def keep(
    session: Session,
    store: Path,
    report: Path | None,
    *,
    reports: Path = FOLDER / "reports",
    run_id: str = "",
    started: str = "",
    shown: Sequence[Exhibit] | None = None,
) -> tuple[str, Path]:
    """Write the run to the store and its report; gives the run's id and the report's page.

    A run of that id that is in the store already is not written again.

    Args:
        report: the report's folder; without one, it is named by the run and lies in `reports`.
        run_id, started: of a run that was begun by another process; otherwise it gets an id of its own.
        shown: what `shown` gave of every block; it is made now where it was not.

    Raises:
        StoreError: where the store cannot be written.
    """
    from harness.records.store import Store
    from harness.trials.samples import samples
    from reports.pages.site_writer import build

    run = _record(session, run_id, started)
    if not Store(store).has(run.run_id):
        if shown is None:
            shown = [exhibit for layers in session.request.blocks for exhibit in exhibited(session, layers)]
        session.facts = {one.head: one.data for one in shown if one.kind == "facts"}
        lexicon, text = session.model.lexicon, session.model.text
        drawn = samples(session.entries.values(), seed=run.seed, lexicon=lexicon, text=text)
        filed = [] if session.controls == "wrong" else session.cells
        Store(store).add(run, session.entries.values(), filed, [*shown, *drawn])
        if session.belief_check is not None and session.belief_check.renewing and session.verdicts:
            session.belief_check.renew(session.verdicts, run_id=run.run_id, identity=identity(session.model.backbone))
    return run.run_id, build(store, report or reports / run.run_id, run.run_id)


def exhibited(session: Session, layers: Collection[int]) -> list[Exhibit]:
    """Return what is to be looked at of the heads in these layers: token plots, transitions, growth and facts."""
    from harness.graphs.exhibits import exhibits
    from harness.graphs.facts import facts
    from harness.graphs.growth import growths

    request, model = session.request, session.model
    way: dict[str, Any] = {"projection": request.projection, "bos": request.bos, "seed": request.profile.seed}
    asked = [part for part in COMPONENTS if part in request.parts]
    drawn = "z" if "z" in asked or not asked else asked[0]  # attention has no transitions
    apart = len(request.addresses) <= FEW_HEADS
    parts = [part for part in asked if part == drawn or (apart and part == "qk")]
    heads = tuple(address for address in request.addresses if address.layer in layers)
    model.read_together(layers)
    found = exhibits(model, heads, component=drawn, apart=apart, **way)
    found += growths(model, heads, parts=parts, **way)
    found += facts(model, heads, parts=request.parts, **way)
    model.forget()  # what is read next is read in other layers
    return found


def _record(session: Session, run_id: str, started: str) -> Run:
    from harness.models import catalogue
    from harness.records.run import Run, environment, git_commit, new_run_id, now

    backbone, request = session.model.backbone, session.request
    nulls: dict[str, Any] = {"sequences": 0, "missing": session.without_nulls}
    if not session.without_nulls:
        nulls = {"sequences": request.profile.first_on_nulls, "fingerprints": session.model.nulls.fingerprints}
    return Run(
        run_id=run_id or new_run_id(),
        started=started or min((cell.started for cell in session.cells if cell.started), default=now()),
        model=backbone.name,
        fingerprint=backbone.fingerprint,
        weights_sha256=backbone.weights_sha256,
        preparation=backbone.preparation.as_dict(),
        dtype=request.dtype,
        device=request.device,
        seed=request.profile.seed,
        profile=asdict(request.profile),
        heads=tuple(str(address) for address in request.addresses),
        components=request.parts,
        projection=request.projection,
        bos=request.bos,
        bos_token={"id": backbone.bos, "from": backbone.bos_from} if request.bos and backbone.bos_from else {},
        command=request.command,
        versions=environment(),
        git_commit=git_commit(),
        nulls=nulls,
        left_out=session.left_out,
        settings=dict(backbone.settings),
        vocabulary_sha256=backbone.vocabulary_sha256,
        asked=asdict(request),
        kind=session.kind,
        book=session.book,
        origin=catalogue.origin(backbone.name),
        about=session.about,
    ).finished(controls=session.controls)
