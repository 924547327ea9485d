"""Sampling: a census may count only what was drawn independently, from the distribution that is stated."""

from collections import Counter
from random import Random

import pytest
from hypothesis import assume, core, event, given, note, settings, target
from hypothesis import strategies as st
from scipy.stats import chisquare

from harness.errors import ConjectureError
from harness.laws.families import drawing_from, mixing, words
from harness.laws.sampling import current_choices, draws, driven, inside, sample, strategies_of
from harness.readings.lexicon import Lexicon

LEXICON = Lexicon(words=tuple(range(10, 20)), special=(0,))
ALMOST_NEVER = 1e-4  # a seed is fixed, so the tests below pass always or never; the level says how odd a pass is


def a_test(**strategies):
    @given(**strategies)
    def test(head, **inputs):
        raise AssertionError("drawing must not run the test")

    return test


def drawn(number=200, seed=0, name="a", **strategies):
    with drawing_from(LEXICON):
        return [draw.inputs for draw in draws(a_test(**strategies), name=name, number=number, seed=seed)]


def test_a_draw_depends_on_its_number_alone():
    assert drawn(5, S=words()) == drawn(60, S=words())[:5]


def test_draws_differ_from_one_another_and_with_seed_and_name():
    one = drawn(100, S=words(min_length=6))
    assert len({inputs["S"] for inputs in one}) == 100
    assert not any(a == b for a, b in zip(one, drawn(100, seed=1, S=words(min_length=6)), strict=True))
    assert not any(a == b for a, b in zip(one, drawn(100, name="b", S=words(min_length=6)), strict=True))


def test_small_spaces_are_drawn_again_and_again_and_not_gone_through_once():
    ones = sum(inputs["bit"] for inputs in drawn(200, bit=st.integers(0, 1)))
    assert 70 < ones < 130


def test_lengths_are_uniform():
    counts = Counter(len(inputs["S"]) for inputs in drawn(2300, S=words(min_length=2, max_length=24)))
    assert set(counts) == set(range(2, 25))
    assert chisquare(list(counts.values())).pvalue > ALMOST_NEVER


def test_tokens_are_uniform_at_every_place_and_independent_of_their_neighbours():
    sequences = [inputs["S"] for inputs in drawn(2000, S=words(min_length=3, max_length=3))]
    for place in range(3):
        assert chisquare(list(Counter(S[place] for S in sequences).values())).pvalue > ALMOST_NEVER
    neighbours = Counter((S[0], S[1]) for S in sequences)
    assert chisquare([neighbours[a, b] for a in LEXICON.words for b in LEXICON.words]).pvalue > ALMOST_NEVER


def test_hints_of_a_searcher_do_not_bend_the_distribution():
    """Over wide ranges Hypothesis prefers the ends and small numbers; a census must not."""
    numbers = [inputs["n"] for inputs in drawn(1000, n=st.integers(0, 9999))]
    assert chisquare(list(Counter(n // 1000 for n in numbers).values())).pvalue > ALMOST_NEVER


def test_arguments_are_drawn_apart_from_one_another():
    pairs = Counter((inputs["a"], inputs["b"]) for inputs in drawn(900, a=st.integers(0, 2), b=st.integers(0, 2)))
    assert len(pairs) == 9
    assert chisquare(list(pairs.values())).pvalue > ALMOST_NEVER


def test_choices_lead_back_to_the_inputs():
    from hypothesis.internal.conjecture.data import ConjectureData

    with drawing_from(LEXICON):
        for draw in draws(a_test(S=words()), name="a", number=20, seed=3):
            assert ConjectureData.for_choices(draw.choices).draw(words()) == draw.inputs["S"]


def test_a_filter_that_passes_some_is_met_by_drawing_anew():
    assert all(inputs["n"] % 2 == 0 for inputs in drawn(100, n=st.integers(0, 99).filter(lambda n: n % 2 == 0)))


def test_an_assumption_inside_a_strategy_is_met_by_drawing_anew():
    @st.composite
    def evens(draw):
        n = draw(st.integers(0, 99))
        assume(n % 2 == 0)
        return n

    assert all(inputs["n"] % 2 == 0 for inputs in drawn(50, n=evens()))


def test_a_filter_that_rejects_nearly_everything_is_refused_in_one_line():
    with pytest.raises(ConjectureError, match="build the condition into it") as refused:
        drawn(1, n=st.integers(0, 10**9).filter(lambda n: n % 10**8 == 7))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("strategy", "what"),
    [
        (st.integers(), "integers"),
        (st.integers(min_value=3), "integers"),
        (st.floats(), "floats"),
        (st.text(min_size=1), "text"),
        (st.binary(min_size=1), "binary"),
    ],
)
def test_what_has_no_stated_distribution_is_refused(strategy, what):
    with pytest.raises(ConjectureError, match=rf"{what}\(\)"):
        drawn(1, x=strategy)


def test_a_sample_is_the_seeds():
    with drawing_from(LEXICON):
        assert sample(words(), seed=4) == sample(words(), seed=4)
        assert len({sample(words(min_length=8), seed=seed) for seed in range(50)}) == 50


def test_mixing_is_for_searches():
    with drawing_from(LEXICON), mixing(False):
        before = sample(words(min_length=12, max_length=12), seed=1)
    assert before == drawn_alone(words(min_length=12, max_length=12), seed=1)


def drawn_alone(family, seed):
    with drawing_from(LEXICON):
        return sample(family, seed=seed)


def test_inside_a_body_may_speak_to_hypothesis():
    test = a_test(n=st.integers(0, 1))
    with inside(test):
        event("seen")
        note("said")
        target(1.0)
        assert current_choices() == ()


def test_strategies_are_those_of_the_test():
    family = words()
    assert strategies_of(a_test(S=family)) == {"S": family}


def test_samples_depend_on_seed_and_name_alone():
    def made(seed, name):
        with drawing_from(LEXICON):
            return sample(words(min_length=12), seed=seed, name=name)

    assert made(0, "a") == made(0, "a")
    assert len({made(seed, name) for seed in range(5) for name in ("a", "b")}) == 10


@pytest.fixture
def of_this_thread():
    """Hypothesis's thread-local store, put back by hand: monkeypatch cannot set it."""
    kept = core.threadlocal._hypothesis_global_random
    yield core.threadlocal
    core.threadlocal._hypothesis_global_random = kept


@pytest.mark.parametrize("random", [None, Random(3)], ids=["not yet made", "made"])
def test_what_hypothesis_draws_seeds_from_is_as_it_was(of_this_thread, random):
    """Other tests of a session that use Hypothesis go on being random."""
    of_this_thread._hypothesis_global_random = random
    seen = []
    chosen, test = settings(database=None), a_test(number=st.integers(0, 3))
    driven(test, {"head": None}, body=lambda **_: seen.append(1), chosen=chosen, seed=0, start=None)
    assert seen
    assert of_this_thread._hypothesis_global_random is random
