"""A trial from end to end, against a model that is a line of Python: what is filed, and what is not filed."""

from dataclasses import replace

import pytest
from hypothesis import assume, given

from harness import agree, conjecture, constant, words
from harness.errors import SequenceError
from harness.laws.families import Extension, extensions
from harness.readings.projection import Projection, Sight
from harness.records.cell import Verdict
from harness.runs.request import Request
from harness.runs.session import Session
from harness.trials.profile import Profile
from harness.trials.search import as_found
from harness.trials.trial import again, trial
from tests.support.scripted import Scripted, echo, nothing


@pytest.fixture(scope="module")
def is_constant():
    @conjecture(components="v", source="a test")
    @given(S=words())
    def a_reading_is_constant(head, S):
        """Every entry reads the same."""
        assert constant(head(S))

    return a_reading_is_constant.conjecture


def test_a_claim_that_holds_is_satisfied_with_all_its_figures(is_constant):
    cell = trial(is_constant, Scripted(nothing), Profile(first=0))
    assert (cell.verdict, cell.degree, cell.degree_high, cell.search_n, cell.census_n) == (
        Verdict.SATISFIED,
        1.0,
        1.0,
        100,
        200,
    )
    assert (cell.rate_low, cell.violations, cell.discarded, cell.flags) == (0.0, 0, 0, "trivial")
    assert 0.97 < cell.degree_low < 1
    assert (cell.counterexample, cell.margin, cell.message) == (None, None, "")


def test_a_claim_that_does_not_is_refuted_by_a_small_counterexample(is_constant):
    cell = trial(is_constant, Scripted(echo), Profile())
    assert (cell.verdict, cell.node) == (Verdict.REFUTED, "test_trial.py::a_reading_is_constant[0.3-v]")
    assert cell.counterexample.length == 2
    assert cell.margin == cell.counterexample.margin == 1.0
    assert cell.rate_low < cell.violations / cell.census_n <= cell.rate_high


def test_the_same_twice_gives_the_same_cell_but_for_the_clock(is_constant):
    one, other = (trial(is_constant, Scripted(echo), Profile(seed=5)) for _ in range(2))
    assert replace(one, started="", seconds=0) == replace(other, started="", seconds=0)


def test_what_does_not_stand_in_float64_refutes_nothing(is_constant):
    for first, counted in ((0, 150), (32, 25)):
        cell = trial(is_constant, Scripted(echo, in_float64=nothing), Profile(first=first))
        assert (cell.verdict, cell.counterexample) == (Verdict.UNDECIDED, None)
        assert cell.message == "a counterexample in float32 is none in float64"
        assert cell.violations == 0
        assert cell.near_ties > counted, "every violation of the census is tallied as a near-tie"


def test_the_search_goes_on_past_what_does_not_stand(is_constant):
    """Short sequences stand for nothing in float64: then a longer one has to be found, and no verdict comes early."""

    def precise(ids):
        return ids if len(ids) > 9 else nothing(ids)

    for profile in (Profile(census=0), Profile(first=16), Profile(first=16, census=20)):
        cell = trial(is_constant, Scripted(echo, in_float64=precise), profile, smaller=as_found)
        assert cell.verdict is Verdict.REFUTED
        assert cell.counterexample.length > 9
        assert cell.message == ""


def test_a_search_that_was_cut_short_is_made_whole_where_nothing_stands(is_constant):
    """In stages a broken claim is searched with a few examples: but nothing of what the census came upon stands."""
    cell = trial(is_constant, Scripted(echo, in_float64=nothing), Profile(first=16))
    assert cell.verdict is Verdict.UNDECIDED
    assert cell.search_n == 100
    assert cell.message == "a counterexample in float32 is none in float64"


def test_where_only_the_shrunk_one_rests_on_rounding_the_first_one_stands(is_constant):
    """In float64 the shortest sequences read constant: then the counterexample is as long as it has to be."""
    cell = trial(is_constant, Scripted(echo, in_float64=lambda ids: ids if len(ids) > 5 else nothing(ids)), Profile())
    assert cell.verdict is Verdict.REFUTED
    assert cell.counterexample.length > 5


def test_near_ties_alone_leave_a_claim_undecided(is_constant):
    cell = trial(is_constant, Scripted(echo, doubtful=lambda ids: range(len(ids))), Profile(first=0))
    assert (cell.verdict, cell.violations, cell.counterexample) == (Verdict.UNDECIDED, 0, None)
    assert cell.near_ties > 250


def test_a_precondition_met_too_seldom_is_vacuous_and_says_how_seldom():
    @conjecture(components="v", source="a test")
    @given(extension=extensions())
    def never_met(head, extension):
        """Nothing of the kind."""
        assume(agree(head(extension.S), head(extension.whole)))

    cell = trial(never_met.conjecture, Scripted(echo), Profile())
    assert (cell.verdict, cell.census_n, cell.discarded) == (Verdict.VACUOUS, 0, 300)
    assert cell.message.startswith("0 of 200 sequences met")
    assert cell.message.endswith("instead of assuming it")
    assert cell.degree is cell.rate_low is None


def test_another_projection_or_model_gives_its_counterexample_another_name(is_constant):
    head = Scripted(echo)
    one = trial(is_constant, head, Profile(census=0)).counterexample.id
    head.way = Projection.SEED
    other = trial(is_constant, head, Profile(census=0)).counterexample.id
    assert one != other


def test_inputs_can_be_judged_again_outside_a_search(is_constant):
    assert again(is_constant, Scripted(echo), {"S": (4, 4)}).share == 1
    assert again(is_constant, Scripted(echo), {"S": (4, 5)}).deciding.first_difference == (1,)
    assert Extension((4,), 4).whole == (4, 4)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            SequenceError("id 99: outside the vocabulary;\n give another."),
            "id 99: outside the vocabulary; give another.",
        ),
        (ZeroDivisionError("by\nzero"), "ZeroDivisionError: by zero"),
    ],
)
def test_what_goes_wrong_is_filed_in_one_line_and_takes_nothing_with_it(is_constant, error, message):
    def broken(ids):
        raise error

    session = Session(Request(model="specimen"))
    cell = session.try_out(is_constant, Scripted(broken))
    assert (cell.verdict, cell.message, cell.degree) == (Verdict.ERROR, message, None)
    assert session.try_out(is_constant, Scripted(nothing)).verdict is Verdict.SATISFIED


@pytest.mark.parametrize(
    ("true_of", "flagged"),
    [
        ("", set()),
        ("the token", {Sight.TOKEN}),
        ("the token and its place", {Sight.TOKEN, Sight.PLACE}),
    ],
)
def test_a_claim_that_the_architecture_settles_for_what_sees_so_little_is_flagged_there(true_of, flagged):
    @conjecture(components="v", source="a test", true_of_what_sees=true_of)
    @given(S=words())
    def claimed(head, S):
        """A claim."""
        assert agree(head(S), head.afresh(S))

    found = set()
    for sight in Sight:
        head = Scripted(echo)
        head.sight = sight
        if "architectural" in trial(claimed.conjecture, head, Profile(search=5, census=20)).flags:
            found.add(sight)
    assert found == flagged
