"""Discover: from a model and some heads to a chapter of laws that nobody stated, resumable at every step."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from harness.discovery.confirming import confirm, for_confirming
from harness.discovery.document import write_down
from harness.discovery.filters import Known
from harness.discovery.funnel import funnel, spread
from harness.discovery.interpretation import interpretation
from harness.discovery.law import settings
from harness.discovery.meaning import meanings, of_claims
from harness.discovery.outcome import Discovery, Wanted
from harness.discovery.samples import Sample, drawn
from harness.discovery.screen import Screen
from harness.discovery.screening import screened
from harness.discovery.simple_readers import Eyes
from harness.errors import HeadlawsError
from harness.laws.book import conjectures
from harness.models.fingerprint import code_sha256
from harness.readings.model import Model
from harness.records.address import COMPONENTS
from harness.runs.session import Session

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
            np.stack(rows),
        )
    free = [part for part in plan.components if plan.way.gauge_free(part)]
    left = funnel(tables, known, most=wanted.most, in_all=wanted.in_all, free=free)
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
    found = Discovery(left, confirmed, told_of, spread(known.values()))
    write_down(wanted, found)
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
