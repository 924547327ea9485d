"""A trial: one conjecture against one component of one head, by search and by census, to one cell of the matrix."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from harness.laws.conjecture import Conjecture
from harness.laws.families import speaking
from harness.laws.sampling import Draw, inside
from harness.readings.head import ComponentHead
from harness.trials.cell import Cell, Verdict
from harness.trials.census import Census, census
from harness.trials.counterexample import counterexample
from harness.trials.intervals import degree_interval, rate_interval
from harness.trials.judge import Judgement, Outcome, judge
from harness.trials.profile import Profile
from harness.trials.recheck import standing
from harness.trials.search import Found, search, shrunk
from harness.trials.tautology import says_nothing
from harness.trials.verdict import p_of, verdict


def trial(conjecture: Conjecture, head: ComponentHead, profile: Profile, *, family: int = 1) -> Cell:
    """Try a conjecture: count, search, shrink what breaks it, check that in float64, and give the verdict.

    The verdict is filed at alpha / family, which Holm's procedure may raise when all cells are there (`corrected`).

    Args:
        family: how many cells are tried in the run, controls apart.

    Raises:
        HeadlawsError: for what the harness refuses; the caller files the cell as `error`.
    """
    started, clock = datetime.now(UTC), time.perf_counter()
    lexicon = head.model.lexicon
    if says_nothing(conjecture, pairs=head.name == "qk", seed=profile.seed, lexicon=lexicon):
        return named(
            conjecture,
            head,
            Verdict.VACUOUS,
            message="the claim compares a reading with itself: whatever reads obeys it; compare two different readings",
        )
    counted = standing(
        conjecture, head, census(conjecture, head, number=profile.census, seed=profile.seed, lexicon=lexicon)
    )
    tried = search(conjecture, head, number=profile.search, seed=profile.seed, lexicon=lexicon)
    found, message = _counterexample(conjecture, head, [tried.breaking, counted.breaking], profile.seed)
    judged = verdict(
        counterexample=found is not None,
        tried=tried.examples,
        counted=counted,
        profile=profile,
        level=profile.alpha / family,
    )
    if judged is Verdict.VACUOUS:
        message = (
            f"{counted.n} of {profile.census} sequences met the claim's precondition; "
            "build it into the strategy instead of assuming it"
        )
    cell = named(conjecture, head, judged)
    shown = (
        counterexample(
            f"{cell.node} {cell.projection} {head.model.backbone.name}", found.inputs, found.judgement, head.model.text
        )
        if found is not None
        else None
    )
    low, high = (
        (None, None)
        if counted.degree is None
        else degree_interval(counted.degree, counted.n, confidence=profile.confidence)
    )
    rates = rate_interval(counted.violations, counted.n, confidence=profile.confidence) if counted.n else (None, None)
    return replace(
        cell,
        degree=counted.degree,
        degree_low=low,
        degree_high=high,
        search_n=tried.examples,
        census_n=counted.n,
        violations=counted.violations,
        near_ties=counted.near_ties + tried.near_ties,
        discarded=counted.discarded + tried.discarded,
        rate_low=rates[0],
        rate_high=rates[1],
        p_value=p_of(counted, counterexample=found is not None, profile=profile) if counted.n else None,
        family=family,
        margin=shown.margin if shown is not None else None,
        flags=" ".join(_flags(conjecture, head, counted)),
        counterexample=shown,
        message=message,
        started=started.isoformat(timespec="milliseconds"),
        seconds=round(time.perf_counter() - clock, 3),
    )


def named(conjecture: Conjecture, head: ComponentHead, judged: Verdict, *, message: str = "") -> Cell:
    """The cell of a conjecture and a component, with nothing in it but the verdict and what is to be said of it."""
    return Cell(
        head=str(head.address),
        component=head.name,
        projection=head.way.value,
        chapter=conjecture.chapter,
        conjecture=conjecture.name,
        verdict=judged,
        control=conjecture.control.value,
        message=message,
    )


def again(conjecture: Conjecture, head: ComponentHead, inputs: Mapping[str, Any]) -> Judgement:
    """Judge inputs outside a search."""
    with speaking(head.model.lexicon), inside(conjecture.test):
        return judge(conjecture, head, inputs)


def _counterexample(
    conjecture: Conjecture, head: ComponentHead, breaking: list[Draw | None], seed: int
) -> tuple[Found | None, str]:
    """The smallest counterexample that still stands in float64, from those that search and census came upon."""
    known = sorted(
        (draw for draw in breaking if draw is not None), key=lambda draw: (not draw.choices, len(draw.choices))
    )
    for draw in known:
        with speaking(head.model.lexicon):
            found = shrunk(conjecture, head, draw, seed=seed)
        for candidate in (found.inputs, draw.inputs):  # the smallest may rest on a rounding that the first one did not
            if again(conjecture, head.in_float64, candidate).outcome is Outcome.VIOLATED:
                return Found(dict(candidate), again(conjecture, head, candidate)), ""
    return None, "a counterexample in float32 does not stand in float64" if known else ""


def _flags(conjecture: Conjecture, head: ComponentHead, counted: Census) -> list[str]:
    flags = []
    if counted.constant:
        flags.append("trivial")
    if conjecture.architectural:
        flags.append("architectural")
    if not head.gauge_free:
        flags.append("gauge")
    return flags
