"""The sentences of the docs about the statistics, each with a test that fails where it is no longer so."""

import math

import pytest
from hypothesis import given
from scipy.stats import beta, binom

from harness import conjecture, constant, words
from harness.readings.lexicon import Lexicon
from harness.records.cell import Cell, Verdict
from harness.records.counterexample import Counterexample
from harness.runs.request import Request
from harness.runs.session import Session
from harness.trials.census import Census, census
from harness.trials.intervals import degree_interval, rate_interval
from harness.trials.profile import Profile
from harness.trials.search import search
from harness.trials.trial import trial
from harness.trials.verdict import corrected, figures
from tests.support.documents import DOCS
from tests.support.scripted import Scripted

PAGE = " ".join((DOCS / "reference" / "statistics.md").read_text(encoding="utf-8").split())
PROFILE = Profile()
BLANK = Cell("0.0", "v", "output", "a chapter", "a claim", Verdict.UNDECIDED)


def filed(n=200, violations=0, near_ties=0, *, counterexample=False, family=1, profile=PROFILE, degree=1.0):
    counted = Census(n, violations, near_ties, 0, degree if n else None, (), False)
    return figures(BLANK, counterexample=counterexample, tried=100, counted=counted, profile=profile, family=family)


@conjecture(components="v", source="a test")
@given(S=words())
def a_reading_is_constant(head, S):
    """Every entry reads the same."""
    assert constant(head(S))


CLAIM = a_reading_is_constant.conjecture
a_reading_is_constant.__test__ = False  # a claim, not a test of this file
LEXICON = Lexicon(words=tuple(range(1, 31)), special=(0,))


def scripted(rule, **more):
    return Scripted(rule, **more)


def echo(ids):
    return ids


def nothing(ids):
    return [9] * len(ids)


def satisfied():
    assert filed().verdict is Verdict.SATISFIED
    for n in (59, 200, 1000):
        most = max(v for v in range(n) if beta.ppf(0.95, v + 1, n - v) <= 0.05)
        assert filed(n, most).verdict is Verdict.SATISFIED
        assert filed(n, most + 1).verdict is Verdict.UNDECIDED
    assert filed(counterexample=True).verdict is not Verdict.SATISFIED


def mostly():
    for n in (59, 200, 1000):
        most = max(v for v in range(n) if beta.ppf(0.05, n - v, v + 1) >= 0.95)
        assert filed(n, most, counterexample=True).verdict is Verdict.MOSTLY
        assert filed(n, most + 1, counterexample=True).verdict is Verdict.REFUTED
    assert filed(counterexample=False).verdict is not Verdict.MOSTLY


def refuted():
    cell = trial(CLAIM, scripted(echo), PROFILE)
    assert (cell.verdict, cell.counterexample.length) == (Verdict.REFUTED, 2), "shrunk"
    assert isinstance(cell.counterexample, Counterexample)
    only_in_float32 = trial(CLAIM, scripted(echo, in_float64=nothing), PROFILE)
    assert (only_in_float32.verdict, only_in_float32.violations) == (Verdict.UNDECIDED, 0), "checked again in float64"
    doubtful = trial(CLAIM, scripted(echo, doubtful=lambda ids: range(len(ids))), PROFILE)
    assert (doubtful.verdict, doubtful.counterexample) == (Verdict.UNDECIDED, None), "no near-tie"


def undecided():
    assert filed(58).verdict is Verdict.UNDECIDED
    assert filed(200, 0, 200).verdict is Verdict.UNDECIDED


def vacuous():
    assert filed(19).verdict is Verdict.VACUOUS
    assert filed(20).verdict is not Verdict.VACUOUS


def together():
    cells = [filed(200, 0, family=1000)] * 999 + [filed(200, 4, family=1000)]
    after = corrected(cells, alpha=PROFILE.alpha)
    assert after[-1].verdict is Verdict.SATISFIED, "the last of a thousand has all that is left, as Holm has it"
    alone = filed(200, 4)
    assert alone.verdict is Verdict.SATISFIED
    assert filed(200, 4, family=2).verdict is Verdict.UNDECIDED
    two = [filed(200, 4, family=2), filed(200, 9, family=2)]
    assert [cell.verdict for cell in corrected(two, alpha=PROFILE.alpha)] == [Verdict.UNDECIDED] * 2


def controls_apart():
    session = Session(Request(model="specimen"))
    control = conjecture(components="v", source="a test", control="holds")(given(S=words())(_a_body))
    session.expect([(CLAIM, 500), (control.conjecture, 40)])
    assert session.family == 500
    assert session.profile(control.conjecture).census == Profile().counting(1).census


def _a_body(head, S):
    """Always true."""


_a_body.__name__ = "a_body"


def grows():
    for family in (1, 1000, 5000, 40_000):
        needed = math.ceil(math.log(0.05 / family) / math.log(1 - 0.05))
        assert PROFILE.counting(family).census == max(200, needed)
        assert Profile(census=1).counting(family).census == needed
        assert filed(needed, family=family).verdict is Verdict.SATISFIED
        assert filed(needed - 1, family=family).verdict is Verdict.UNDECIDED


def set_by_hand():
    session = Session(Request(model="specimen", profile=Profile(census=30), census_given=True))
    session.expect([(CLAIM, 1000)])
    assert session.profile(CLAIM).census == 30
    assert filed(30, family=1000, profile=session.profile(CLAIM)).verdict is Verdict.UNDECIDED


def exact_bounds():
    for violations in range(12):
        assert filed(200, violations).p_value == pytest.approx(binom.cdf(violations, 200, 0.05))


def against_both():
    for counterexample in (False, True):
        for violations in range(5):
            decided = filed(200, violations, 0, counterexample=counterexample).verdict
            tied = filed(200, 0, violations, counterexample=counterexample).verdict
            assert decided is tied in (Verdict.SATISFIED, Verdict.MOSTLY)
        assert filed(200, 0, 5, counterexample=counterexample).verdict in (Verdict.UNDECIDED, Verdict.REFUTED)


def a_proof():
    assert filed(0, counterexample=True).verdict is Verdict.REFUTED
    assert filed(3, counterexample=True, family=10**6).verdict is Verdict.REFUTED


def the_intervals():
    for family in (1, 1000):
        cell = filed(200, 7, degree=0.97, family=family)
        assert (cell.rate_low, cell.rate_high) == rate_interval(7, 200, confidence=0.95)
        assert (cell.degree_low, cell.degree_high) == degree_interval(0.97, 200, confidence=0.95)
    low, high = rate_interval(7, 200, confidence=0.95)
    assert (low, high) == pytest.approx((beta.ppf(0.025, 7, 194), beta.ppf(0.975, 8, 193)))
    low, high = degree_interval(0.97, 200, confidence=0.95)
    for mu in (low, high):  # exp(-n KL) = 0.025 at either end
        divergence = 0.97 * math.log(0.97 / mu) + 0.03 * math.log(0.03 / (1 - mu))
        assert math.exp(-200 * divergence) == pytest.approx(0.025)


def the_unit():
    found = census(CLAIM, scripted(echo), number=50, seed=0, lexicon=LEXICON)
    assert found.n == 50, "sequences of 2 to 24 positions"
    assert found.violations <= 50


def independent_of_search():
    """The census of a head is the same whatever the search tried, and the search does not draw as the census does."""
    few, many = (trial(CLAIM, scripted(echo), Profile(search=number)) for number in (1, 100))
    assert (few.violations, few.degree, few.census_n) == (many.violations, many.degree, many.census_n)
    seen = []
    head = scripted(lambda ids: seen.append(ids) or nothing(ids))
    census(CLAIM, head, number=60, seed=0, lexicon=LEXICON)
    counted = set(seen)
    seen.clear()
    search(CLAIM, head, number=60, seed=0, lexicon=LEXICON)
    assert len(counted & set(seen)) < 5


def the_power():
    n = PROFILE.counting(1000).census
    assert n == 200
    assert filed(n, 0, counterexample=True, family=1000).verdict is Verdict.MOSTLY
    assert filed(n, 1, counterexample=True, family=1000).verdict is Verdict.REFUTED
    assert 0.005 < binom.pmf(0, n, 0.025) < 0.01


STATEMENTS = [
    (
        "satisfied | no counterexample stands, and the census's upper bound on the violation rate is at most 0.05",
        satisfied,
    ),
    (
        "mostly | a counterexample stands, but the census's lower bound on the rate of holding is at least 0.95",
        mostly,
    ),
    ("refuted | a counterexample stands: shortened, checked again in float64, no near-tie", refuted),
    ("undecided | too few sequences for the bound, or only near-ties against the law", undecided),
    ("precondition rarely met | fewer than 20 sequences of the census met the law's precondition", vacuous),
    ("`satisfied` and `mostly` hold at 0.95 for all cells of a run together, by Holm's procedure", together),
    ("Known-answer checks are not part of the family.", controls_apart),
    (
        "The census grows to what this needs: `ln(0.05 / cells) / ln(1 - 0.05)` sequences, and 200 at least.",
        grows,
    ),
    ("`--census N` sets it, and then verdicts may stay undecided.", set_by_hand),
    ("The bounds are exact (Clopper and Pearson).", exact_bounds),
    ("A near-tie in the census counts against both `satisfied` and `mostly`.", against_both),
    ("A counterexample that stands needs no correction: it is a proof.", a_proof),
    (
        "Intervals hold at 0.95 for each cell by itself: Clopper and Pearson's for the violation rate, a Chernoff "
        "bound for the agreement, ",
        the_intervals,
    ),
    ("Its unit is the sequence, however long it is.", the_unit),
    ("So its examples say nothing about rates.", independent_of_search),
    ("one violation in the census is enough to keep a law from `satisfied` and `mostly`.", the_power),
    ("fewer than one in a hundred gets either verdict.", the_power),
]


@pytest.mark.parametrize(("quoted", "holds"), STATEMENTS, ids=[quoted[:40] for quoted, _ in STATEMENTS])
def test_the_docs_say_so_and_it_is_so(quoted, holds):
    assert quoted in PAGE
    holds()
