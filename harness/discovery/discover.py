"""Discover: from a model and some heads to a chapter of laws that nobody stated, resumable at every step."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from harness.discovery.chapter import chapter
from harness.discovery.confirming import CHAPTER, Confirmation, Confirmed, by_law, confirm, for_confirming, in_source
from harness.discovery.filters import Known
from harness.discovery.funnel import Funnel, funnel
from harness.discovery.interpretation import interpretation
from harness.discovery.law import Law, settings
from harness.discovery.meaning import meanings, of_claims
from harness.discovery.samples import Sample, drawn
from harness.discovery.screen import Screen
from harness.discovery.screening import screened
from harness.discovery.simple_readers import Eyes
from harness.errors import HeadlawsError
from harness.files import write
from harness.laws.book import conjectures
from harness.models.fingerprint import code_sha256
from harness.readings.model import Model
from harness.records.address import COMPONENTS
from harness.runs.request import Request
from harness.runs.session import Session

MOST = 6
"""Laws of one head that are confirmed at most."""

IN_ALL = 240
"""Cells of all heads that are confirmed at most; each takes some ten seconds of a core, mostly its search."""

WORK = ".work"
"""What is kept in the folder of a discovery so that it can go on: tables of heads, and the chapter of candidates."""

TABLE_CODE = (
    *(f"discovery/{name}.py" for name in ("comparison", "degrees", "law", "places", "relation", "samples", "screen")),
    *(f"discovery/{name}.py" for name in ("simple_readers", "transformation")),
    *(f"discovery/{name}.py" for name in ("exchanging", "lengthening", "reordering", "shortening")),
    *("laws", "models", "readings"),
)
"""The code that a head's table depends on."""

Told = Callable[[str], None]


@dataclass(frozen=True)
class Wanted:
    """What is asked for.

    Attributes:
        request: model, heads, components and seed.
        book: the chapters whose claims are no discovery.
        out: the folder that the chapter, the page and the numbers are written to.
        most: laws of one head that are confirmed at most.
        in_all: cells of all heads that are confirmed at most.
    """

    request: Request
    book: Path
    out: Path
    store: Path
    most: int = MOST
    in_all: int = IN_ALL
    workers: int = 1


@dataclass(frozen=True)
class Discovery:
    """What came of it.

    Attributes:
        confirmed: None where the funnel left nothing to confirm.
        meaning: one sentence for each law that was tried: what it would mean.
    """

    funnel: Funnel
    confirmed: Confirmed | None
    meaning: Mapping[Law, str]

    @property
    def laws(self) -> list[Confirmation]:
        """What is confirmed, law by law."""
        return [] if self.confirmed is None else [one for one in self.confirmed.found if one.confirmed]


def discover(wanted: Wanted, told: Told = lambda line: None) -> Discovery:
    """Propose, screen, filter and confirm; write the chapter, the numbers and the page.

    Raises:
        HeadlawsError: for a request that cannot be tried.
    """
    wanted.request.check()
    book = conjectures(wanted.book)
    session = Session(wanted.request)
    session.make_ready()
    model = session.model
    plan = planned(wanted, model)
    told(f"{len(plan.samples)} transformations, {len(plan.sequences):,} sequences")
    tables = screened(plan, session, workers=wanted.workers, told=told)
    known = {}
    for pairs in dict.fromkeys(part == "qk" for part in plan.components):
        told(f"what the laws of {'pairs' if pairs else 'lines'} and the book mean")
        rows = [table.rows for parts in tables.values() for part, table in parts.items() if (part == "qk") == pairs]
        known[pairs] = Known(
            meanings(plan.samples, plan.eyes, pairs=pairs),
            of_claims(book.values(), plan.eyes, pairs=pairs, seed=wanted.request.profile.seed, lexicon=model.lexicon),
            np.stack(rows)[:, :, 0],
        )
    left = funnel(tables, known, most=wanted.most, in_all=wanted.in_all)
    told(f"{left.obeyed:,} obeyed -> {len(left.kept)} to confirm")
    confirmed = None
    if left.kept:
        heads = list(dict.fromkeys(one.head for one in left.kept))
        confirmed = confirm(
            left.kept,
            for_confirming(wanted.request, heads),
            work=wanted.out / WORK,
            store=wanted.store,
            report=wanted.out / "report",
            workers=wanted.workers,
            told=told,
        )
    told_of = {one.law: interpretation(one.law, known[one.law.pairs].meanings) for one in left.kept}
    found = Discovery(left, confirmed, told_of)
    _write(wanted, found)
    return found


def planned(wanted: Wanted, model: Model) -> Screen:
    """Return the screen that is asked for."""
    request = wanted.request
    parts = tuple(part for part in COMPONENTS if part in request.parts and request.way.defined_for(part))
    if not parts:
        raise HeadlawsError(
            f"--component {' '.join(request.components)}: laws are sought of {', '.join(COMPONENTS)}; name one of them."
        )
    lexicon, seed = model.lexicon, request.profile.seed
    samples = drawn(settings(text=len(lexicon.text) > lexicon.longest), seed=seed, lexicon=lexicon)
    digest = _digest(
        samples, [model.backbone.fingerprint, parts, request.projection, request.bos, request.profile.nulls]
    )
    return Screen(
        samples=samples,
        components=parts,
        way=request.way,
        bos=request.bos,
        nulls=bool(request.profile.nulls),
        folder=wanted.out / WORK / digest,
        eyes=Eyes(lexicon),
    )


def _digest(samples: Iterable[Sample], what: Sequence[object]) -> str:
    """Of all that a table depends on: tables of another model, grammar or code are never taken for these."""
    told = [[one.setting, one.edits] for one in samples]
    code = code_sha256(*TABLE_CODE)
    return hashlib.sha256(json.dumps([told, [str(one) for one in what], code]).encode()).hexdigest()[:16]


def _write(wanted: Wanted, found: Discovery) -> None:
    """Write what came of it: the chapter, the numbers, and the page."""
    from reports.pages.discovery import page

    data = document(wanted, found)
    write(wanted.out / "funnel.json", json.dumps(data, indent=1))
    write(wanted.out / "index.html", page(data))
    laws = by_law(found.laws)
    file = wanted.out / f"{CHAPTER}.py"
    if laws:
        sources = {law: [in_source(one) for one in those] for law, those in laws.items()}
        write(file, chapter(sources, meaning=found.meaning))
    else:
        file.unlink(missing_ok=True)


def document(wanted: Wanted, found: Discovery) -> dict[str, Any]:
    """Return all that the page shows, and more, as plain data."""
    run = found.confirmed
    return {
        "model": wanted.request.model,
        "heads": [str(head) for head in wanted.request.addresses],
        "seed": wanted.request.profile.seed,
        "looked_at": found.funnel.looked_at,
        "steps": [{"what": what, "left": left} for what, left in found.funnel.steps],
        "left_out": {reason.value: number for reason, number in found.funnel.left_out.items()},
        "facts": found.funnel.facts,
        "run": run.run_id if run else "",
        "report": run.report.relative_to(wanted.out).as_posix() if run else "",
        "store": str(wanted.store),
        "confirmed": len(found.laws),
        "standing_out": sum(one.stands for one in found.laws),
        "laws": [_of_law(those, found.meaning) for those in by_law(run.found if run else ()).values()],
    }


def _of_law(those: Sequence[Confirmation], meaning: Mapping[Law, str]) -> dict[str, Any]:
    law = those[0].candidate.law
    return {
        "name": law.name,
        "title": law.title,
        "says": law.says,
        "about": f"{law.sequences.says}.",
        "meaning": meaning[law],
        "confirmed": any(one.confirmed for one in those),
        "stands": any(one.stands for one in those),
        "heads": [_of_head(one) for one in those],
    }


def _of_head(one: Confirmation) -> dict[str, Any]:
    cell = one.cell
    return {
        "head": cell.head,
        "component": cell.component,
        "verdict": cell.verdict.value,
        "screen": one.candidate.degree,
        "screen_nulls": dict(one.candidate.nulls),
        "degree": cell.degree,
        "low": cell.degree_low,
        "high": cell.degree_high,
        "n": one.n,
        "nulls": {name: [beside.degree, beside.excess] for name, beside in cell.comparisons.items()},
        "stands_out": one.stands_out,
        "flags": cell.flags,
        "confirmed": one.confirmed,
        "stands": one.stands,
        "message": cell.message,
        "under": list(one.candidate.under),
    }
