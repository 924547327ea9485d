"""Stages: a cell that goes no further than its verdict needs gets none that it would not get without stages.

Heads whose violations come at a known rate go through the census, the verdict and its figures; only the reading of
sequences is left out.
"""

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import conjecture, constant, words
from harness.laws.sampling import Draw
from harness.readings.lexicon import Lexicon
from harness.records.cell import Cell, Verdict
from harness.trials import census as counting
from harness.trials.census import census
from harness.trials.intervals import rate_interval
from harness.trials.judge import InputBatch, Judgement, Outcome
from harness.trials.profile import Profile
from harness.trials.verdict import figures, verdict, worth_going_on

LEXICON = Lexicon(words=(1, 2), special=())
BLANK = Cell("0.0", "v", "output", "c", "c", Verdict.UNDECIDED)
OUTCOMES = {"v": Outcome.VIOLATED, "t": Outcome.NEAR_TIE, "d": Outcome.DISCARDED, "h": Outcome.HOLDS}
STRENGTH = {Verdict.VACUOUS: 0, Verdict.UNDECIDED: 0, Verdict.REFUTED: 0, Verdict.MOSTLY: 1, Verdict.SATISFIED: 1}


def a_claim():
    @conjecture(components="v", source="a test")
    @given(S=words())
    def claimed(head, S):
        """A claim."""
        assert constant(head(S))

    return claimed.conjecture


CLAIM = a_claim()


def counted(outcomes: str, profile: Profile, *, family: int = 1) -> counting.Census:
    """The census of a head whose draws come out so, stage by stage."""
    real = counting.input_batch, counting.judge_all

    def sheet(_conjecture, start, stop, *_):
        return InputBatch(tuple(Draw({"i": i}, (i,)) for i in range(start, stop)))

    def judged(_conjecture, _reader, sheet):
        found = [OUTCOMES[outcomes[draw.inputs["i"]]] for draw in sheet.draws]
        return [Judgement(one, 0.0 if one is Outcome.VIOLATED else 1.0, None, ()) for one in found]

    counting.input_batch, counting.judge_all = sheet, judged
    try:
        return census(
            CLAIM,
            None,
            number=profile.census,
            seed=0,
            lexicon=LEXICON,
            first=profile.first,
            worth=lambda so_far: worth_going_on(so_far, profile=profile, family=family),
        )
    finally:
        counting.input_batch, counting.judge_all = real


def ruled(outcomes: str, profile: Profile, *, family: int, broken: bool) -> Verdict:
    return verdict(
        counterexample=broken,
        tried=profile.search,
        counted=counted(outcomes, profile, family=family),
        profile=profile,
        level=profile.alpha / family,
    )


@pytest.mark.slow
@settings(deadline=None, max_examples=300)
@given(
    outcomes=st.integers(0, 2**32).flatmap(
        lambda seed: st.tuples(*[st.integers(0, 40)] * 3).map(
            lambda weights: "".join(random.Random(seed).choices("vtdh", [*weights, 100], k=200))
        )
    ),
    first=st.sampled_from([1, 7, 16, 64, 200]),
    family=st.sampled_from([1, 20, 1000]),
    bound=st.sampled_from([0.05, 0.2, 0.5]),
    broken=st.booleans(),
)
def test_no_verdict_is_easier_to_get_in_stages(outcomes, first, family, bound, broken):
    whole = Profile(epsilon=bound, delta=bound)
    at_once = ruled(outcomes, whole, family=family, broken=broken)
    staged = ruled(outcomes, replace(whole, first=first), family=family, broken=broken)
    assert STRENGTH[staged] <= STRENGTH[at_once]
    if STRENGTH[staged]:
        assert staged is at_once
    if broken:
        assert staged in (at_once, Verdict.REFUTED)


def test_no_verdict_that_is_open_is_lost_in_stages_either():
    """It is left out only where it cannot be reached any more: without a counterexample both are the same."""
    profile = Profile(first=16, epsilon=0.05, delta=0.05)
    for against in range(12):
        for start in (0, 8, 60, 150):
            outcomes = "h" * start + "v" * against + "h" * (200 - start - against)
            staged = ruled(outcomes, profile, family=1, broken=True)
            assert staged is ruled(outcomes, replace(profile, first=0), family=1, broken=True)


def test_what_ended_early_is_held_to_its_part_of_the_hits():
    profile = Profile(first=16, hits=20)
    tie = "t" * 16 + "h" * 184
    assert counted(tie, profile).ended
    assert ruled(tie, profile, family=1, broken=False) is Verdict.UNDECIDED
    seldom = "t" + "d" * 199
    assert ruled(seldom, profile, family=1, broken=False) is Verdict.VACUOUS
    assert (
        ruled("ttt" + "d" * 197, replace(profile, epsilon=0.01, delta=0.01), family=1, broken=False)
        is Verdict.UNDECIDED
    )


def cell_of(rate: float, profile: Profile, seed: int) -> tuple[Cell, counting.Census]:
    chance = random.Random(seed)
    outcomes = "".join("v" if chance.random() < rate else "h" for _ in range(profile.census))
    found = counted(outcomes, profile)
    broken = found.violations > 0 or chance.random() < 1 - (1 - rate) ** profile.search
    return figures(BLANK, counterexample=broken, tried=profile.search, counted=found, profile=profile), found


HEADS = 1500


@pytest.mark.slow
@pytest.mark.parametrize("rate", [0.01, 0.05, 0.1, 0.3])
def test_intervals_cover_and_false_verdicts_are_as_rare_as_is_said(rate):
    profile = Profile(first=16)
    cells = [cell_of(rate, profile, seed)[0] for seed in range(HEADS)]
    verdicts = Counter(cell.verdict for cell in cells)
    noise = 2.6 * (0.05 * 0.95 / HEADS) ** 0.5  # one simulation in two hundred strays further
    if rate >= profile.epsilon:
        assert (verdicts[Verdict.SATISFIED] + verdicts[Verdict.MOSTLY]) / HEADS <= 0.05 + noise
    missed = sum(not cell.degree_low <= 1 - rate <= cell.degree_high for cell in cells)
    assert missed / HEADS <= 0.05 + noise
    strayed = sum(not cell.rate_low <= rate <= cell.rate_high for cell in cells)
    assert strayed / HEADS <= 0.05 + noise


def test_the_degree_is_that_of_the_first_stage_whatever_comes_after():
    profile = Profile(first=16, delta=0.3, epsilon=0.3)
    early, late = counted("v" * 4 + "h" * 196, profile), counted("h" * 16 + "v" * 4 + "h" * 180, profile)
    assert (early.n, early.degree, early.on) == (200, 0.75, 16)
    assert (late.n, late.degree, late.on) == (200, 1.0, 16)
    low, high = rate_interval(4, 200, confidence=0.95)
    cell = figures(BLANK, counterexample=True, tried=1, counted=late, profile=profile)
    assert (cell.rate_low, cell.rate_high) == (low, high)


def test_a_degree_that_the_first_stage_cannot_give_keeps_no_other_figure_back():
    found = counted("d" * 16 + "h" * 184, Profile(first=16))
    cell = figures(BLANK, counterexample=False, tried=9, counted=found, profile=Profile(first=16))
    assert (cell.verdict, cell.degree, cell.census_n) == (Verdict.SATISFIED, None, 184)
    assert cell.p_value < 0.05
    assert cell.rate_low == 0
