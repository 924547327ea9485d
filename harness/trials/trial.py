"""A trial: one conjecture against one component of one head, by search and by census, to one cell of the matrix."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from harness.laws.conjecture import Conjecture
from harness.laws.families import drawing_from
from harness.laws.sampling import Draw, inside, strategies_of
from harness.readings.component_head import ComponentHead
from harness.records.address import ATTENTION
from harness.records.cell import Cell, Verdict
from harness.records.claim import Control
from harness.records.comparison import SURROGATE, Shares
from harness.records.counterexample import Counterexample
from harness.trials.census import Census, census, judged_on, on_text, shares_of
from harness.trials.counterexample import Whose, counterexample
from harness.trials.intervals import degree_interval
from harness.trials.judge import InputBatch, Judgement, Outcome, judge, judge_all
from harness.trials.null import beside_all, beside_all_remembered, remembered, without_learning
from harness.trials.profile import Profile
from harness.trials.recheck import standing
from harness.trials.search import NONE, BreakingInputs, Search, as_found, search, shrunk
from harness.trials.standing_out import compared, may_stand_out, still_open, worth_more
from harness.trials.surrogate import dealt_out
from harness.trials.vacuity import says_nothing
from harness.trials.verdict import NEAR_TIED, figures, near_tied, worth_going_on

CANDIDATES = 3
"""Draws of a census that may stand for a counterexample, where those before them do not stand in float64."""

RAISED = 2
"""Censuses end early as if the correction for all cells would loosen the level so many times; where it loosens it more,
`Session.close` has those cells tried to the end that this may raise."""

Smaller = Callable[..., BreakingInputs]
"""What makes a known counterexample ready to be shown: `shrunk`, or `as_found`."""


def trial(
    conjecture: Conjecture,
    head: ComponentHead,
    profile: Profile,
    *,
    family: int = 1,
    smaller: Smaller = shrunk,
    known: Mapping[str, Any] | None = None,
) -> Cell:
    """Try a conjecture and count it on the null models: `tried`, and then `beside_nulls`."""
    cell = tried(conjecture, head, profile, family=family, smaller=smaller, known=known)
    return beside_nulls(conjecture, head, profile, cell)


def tried(
    conjecture: Conjecture,
    head: ComponentHead,
    profile: Profile,
    *,
    family: int = 1,
    smaller: Smaller = shrunk,
    known: Mapping[str, Any] | None = None,
    ending: int | None = None,
) -> Cell:
    """Try a conjecture: count, search, shrink what breaks it, check that in float64, and give the verdict.

    The verdict is filed at alpha / family, which Holm's procedure may raise when all cells are there (`corrected`).

    Args:
        family: how many cells are tried in the run, controls apart.
        smaller: what is done with a counterexample before it is shown.
        known: inputs that broke the claim before; where they still do, there is nothing to search for.
        ending: how many cells the census reckons with when it asks whether to go on; fewer let it go on for longer.

    Raises:
        HeadlawsError: for what the harness refuses; the caller files the cell as `error`.
    """
    started, clock = datetime.now(UTC), time.perf_counter()
    lexicon = head.model.lexicon
    why = says_nothing(conjecture, pairs=head.name == "qk", seed=profile.seed, lexicon=lexicon)
    if why:
        return named(conjecture, head, Verdict.VACUOUS, message=why)
    count = partial(
        census, conjecture, head, number=profile.census, seed=profile.seed, lexicon=lexicon, first=profile.first
    )
    reckoned = max(1, family // RAISED) if ending is None else ending
    counted = count(worth=partial(worth_going_on, profile=profile, family=reckoned))
    if not counted.ended:  # otherwise no verdict rests on the count
        counted = standing(conjecture, head, counted)
    searched, found, message = _searched(conjecture, head, counted, profile, smaller, known)
    if counted.ended and found is None:  # then what it came upon may not stand
        if counted.n < min(profile.hits, profile.census):  # and all of it says whether the precondition is met
            counted = count()
        counted = standing(conjecture, head, counted)
    cell = figures(
        _beside_itself(conjecture, head, counted, profile),
        counterexample=found is not None,
        tried=searched.examples,
        counted=counted,
        profile=profile,
        family=family,
    )
    shown = None if found is None else _shown(cell, head, found)
    return replace(
        cell,
        near_ties=cell.near_ties + searched.near_ties,
        discarded=cell.discarded + searched.discarded,
        margin=shown.margin if shown is not None else None,
        flags=" ".join(_flags(conjecture, head, counted)),
        counterexample=shown,
        message=_remark(cell.verdict, counted) or message,
        started=started.isoformat(timespec="milliseconds"),
        seconds=round(time.perf_counter() - clock, 3),
    )


def _shown(cell: Cell, head: ComponentHead, found: BreakingInputs) -> Counterexample:
    """A cell's counterexample, ready to be kept."""
    named_by = f"{cell.node} {cell.projection} {head.model.backbone.name}"
    whose = Whose(str(head.address), head.name)
    return counterexample(named_by, found.inputs, found.judgement, head.model.text, whose=whose)


def _remark(found: Verdict, counted: Census) -> str:
    """Say why a census could settle nothing, or nothing where it could."""
    if found is Verdict.VACUOUS:
        return (
            f"{counted.n} of {counted.n + counted.discarded} sequences met the law's precondition; build it into the "
            "strategy instead of assuming it"
        )
    if found is Verdict.UNDECIDED and near_tied(counted):
        return (
            f"{counted.near_tied_share:.0%} of the {counted.entries:,} entries are near-ties, but at most "
            f"{NEAR_TIED:.0%} may be; the law cannot be satisfied with more"
        )
    return ""


def beside_nulls(conjecture: Conjecture, head: ComponentHead, profile: Profile, cell: Cell) -> Cell:
    """Count the claim of a cell on the head's null models, where that is wanted: the cell with all that follows."""
    if not on_nulls(cell, profile):
        return cell
    clock = time.perf_counter()
    nothing = without_learning(conjecture, head, profile, whole=_may_hold(cell))
    nulls = {**nothing.shares, **_dealt(cell)}
    cell = compared(cell, nulls, confidence=profile.confidence)
    if may_stand_out(cell):
        cell = _beside_all(conjecture, head, profile, cell) or cell
    return replace(
        cell,
        null_random=_degree_beside(cell, "random"),
        null_rotated=_degree_beside(cell, "rotated"),
        holds_on_null=nothing.holds,
        message="; ".join(part for part in (cell.message, nothing.message) if part),
        seconds=round(cell.seconds + time.perf_counter() - clock, 3),
        shares=(),
        dealt=(),
    ).ruled(cell.verdict)


def _beside_all(
    conjecture: Conjecture, head: ComponentHead, profile: Profile, cell: Cell, *, counting: bool = True
) -> Cell | None:
    """The cell beside more heads of each null, on more sequences for as long as these may tell more.

    Without `counting` nothing is counted on the nulls that is not remembered: None where that would have to be.
    """
    own, dealt, beside = cell.shares, cell.dealt, cell
    for upto in profile.comparing:
        if not counting and not beside_all_remembered(conjecture, head, profile, upto=upto):
            return None
        if upto > len(own):
            judged = judged_on(conjecture, head, len(own), upto, seed=profile.seed, lexicon=head.model.lexicon)
            own += shares_of(judged)
            dealt += dealt_out(conjecture, head, judged)
        nulls = beside_all(conjecture, head, profile, upto=upto) | ({SURROGATE: [dealt]} if dealt else {})
        beside = compared(replace(cell, shares=own), nulls, confidence=profile.confidence)
        first = upto == profile.first_on_nulls
        going_on = worth_more(beside, nulls) if first else still_open(own, nulls, upto=profile.compared)
        if not going_on:
            break
    return beside


def _may_hold(cell: Cell) -> bool:
    """Whether the claim may hold of the head: then it is asked if it holds of the nulls as well."""
    return cell.p_at_best is None


def null_counts_remembered(conjecture: Conjecture, head: ComponentHead, profile: Profile, cell: Cell) -> bool:
    """Return whether all that `beside_nulls` would count on the null models is remembered from before."""
    known = remembered(conjecture, head, profile, whole=_may_hold(cell))
    if known is None:
        return False
    beside = compared(cell, {**known, **_dealt(cell)}, confidence=profile.confidence)
    return not may_stand_out(beside) or _beside_all(conjecture, head, profile, beside, counting=False) is not None


def _beside_itself(conjecture: Conjecture, head: ComponentHead, counted: Census, profile: Profile) -> Cell:
    """A cell with its shares, beside its own tokens dealt out at random and beside natural text; of a control, none."""
    cell = named(conjecture, head, Verdict.UNDECIDED)
    if conjecture.control is not Control.NONE or not counted.opening:
        return cell
    cell = replace(cell, shares=counted.shares, dealt=dealt_out(conjecture, head, counted.opening))
    cell = compared(cell, _dealt(cell), confidence=profile.confidence)
    cell = replace(cell, null_surrogate=_degree_beside(cell, SURROGATE))
    text = on_text(conjecture, head, number=profile.opening, seed=profile.seed, lexicon=head.model.lexicon)
    if text is None or text.degree is None:
        return cell
    low, high = degree_interval(text.degree, text.n, confidence=profile.confidence)
    return replace(cell, text_degree=text.degree, text_low=low, text_high=high, text_n=text.n)


def _degree_beside(cell: Cell, null: str) -> float | None:
    found = cell.comparisons.get(null)
    return None if found is None else found.degree


def _dealt(cell: Cell) -> dict[str, list[Shares]]:
    return {SURROGATE: [cell.dealt]} if cell.dealt else {}


def on_nulls(cell: Cell, profile: Profile) -> bool:
    """Return whether a cell is to be counted on the null models; one that never came to be tried has nothing to be held
    to.
    """
    return bool(profile.nulls and cell.started and not cell.control)


def _replayed(conjecture: Conjecture, head: ComponentHead, inputs: Mapping[str, Any]) -> Search | None:
    """A search that found at once what was known; None where that breaks the claim no more."""
    if set(inputs) != set(strategies_of(conjecture.test)) or again(conjecture, head, inputs).outcome is not (
        Outcome.VIOLATED
    ):
        return None
    return Search(examples=1, discarded=0, near_ties=0, breaking=Draw(dict(inputs), ()))


def named(conjecture: Conjecture, head: ComponentHead, judged: Verdict, *, message: str = "") -> Cell:
    """Return the cell of a conjecture and a component, with nothing in it but the verdict and what is to be said of
    it.
    """
    blank = unread(conjecture, str(head.address), head.name, head.way.value)
    return replace(blank, verdict=judged, message=message)


def unread(conjecture: Conjecture, head: str, component: str, projection: str) -> Cell:
    """Return the cell of a head of which nothing is known but how it is written."""
    return Cell(
        head=head,
        component=component,
        projection=projection,
        chapter=conjecture.chapter,
        conjecture=conjecture.name,
        verdict=Verdict.UNDECIDED,
        control=conjecture.control.value,
    )


def again(conjecture: Conjecture, head: ComponentHead, inputs: Mapping[str, Any]) -> Judgement:
    """Judge inputs outside a search."""
    with drawing_from(head.model.lexicon), inside(conjecture.test):
        return judge(conjecture, head, inputs)


def _searched(
    conjecture: Conjecture,
    head: ComponentHead,
    counted: Census,
    profile: Profile,
    smaller: Smaller,
    known: Mapping[str, Any] | None,
) -> tuple[Search, BreakingInputs | None, str]:
    """The search, the counterexample of search and census, and what is to be said where none stands.

    In stages, a claim that the census has broken is searched no more, or, where its counterexample is to be made small,
    with a few examples: but with all of them where what the census came upon does not stand, so that no verdict rests
    on a search that was cut short.
    """
    seek = partial(search, conjecture, head, number=profile.search, seed=profile.seed, lexicon=head.model.lexicon)
    stands = partial(_stands, conjecture, head)
    replayed = None if known is None else _replayed(conjecture, head, known)
    if replayed is not None:
        found = _counterexample(conjecture, head, _breaking(replayed), profile.seed, smaller)
        if found is not None:
            return replayed, found, ""
    candidates = counted.breaking[:CANDIDATES]
    few = profile.first > 0 and bool(candidates)
    if few and smaller is as_found:
        found = _counterexample(conjecture, head, candidates, profile.seed, smaller)
        if found is not None:
            return NONE, found, ""
    tried = seek(few=few)
    found = _counterexample(conjecture, head, [*_breaking(tried), *candidates], profile.seed, smaller)
    if found is None and tried.breaking is not None:  # then it is asked of each example whether it stands
        tried = seek(few=few, stands=stands)
        found = _counterexample(conjecture, head, _breaking(tried), profile.seed, smaller)
    if found is None and few:
        tried = seek(stands=stands)
        found = _counterexample(conjecture, head, _breaking(tried), profile.seed, smaller)
    fell = found is None and (candidates or tried.fallen)
    return tried, found, "a counterexample in float32 is none in float64" if fell else ""


def _breaking(tried: Search) -> list[Draw]:
    return [] if tried.breaking is None else [tried.breaking]


def _stands(conjecture: Conjecture, head: ComponentHead, draw: Draw) -> bool:
    """Whether a draw breaks a claim in float64; what that needs to read is read together."""
    with drawing_from(head.model.lexicon), inside(conjecture.test):
        (judged,) = judge_all(conjecture, head.in_float64, InputBatch((draw,)))
    return judged.outcome is Outcome.VIOLATED


def _counterexample(
    conjecture: Conjecture, head: ComponentHead, breaking: list[Draw], seed: int, smaller: Smaller
) -> BreakingInputs | None:
    """The smallest counterexample that still stands in float64, from those that search and census came upon."""
    known = sorted(breaking, key=lambda draw: (not draw.choices, len(draw.choices)))
    for draw in known:
        with drawing_from(head.model.lexicon):
            found = smaller(conjecture, head, draw, seed=seed)
        # the smallest may rest on a rounding that the first one did not
        for candidate in (replace(draw, inputs=found.inputs), draw):
            if _stands(conjecture, head, candidate):
                return BreakingInputs(dict(candidate.inputs), again(conjecture, head, candidate.inputs))
    return None


def _flags(conjecture: Conjecture, head: ComponentHead, counted: Census) -> list[str]:
    flags = []
    if counted.constant and head.name != ATTENTION:  # a head that always looks at one place does not say one token
        flags.append("trivial")
    if conjecture.architectural or (conjecture.sight is not None and head.sight <= conjecture.sight):
        flags.append("architectural")
    if not head.gauge_free:
        flags.append("gauge")
    return flags
