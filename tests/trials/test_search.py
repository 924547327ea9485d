"""Search and census on heads that are a line of Python: what is found, how small it gets, and that it comes again."""

import importlib.util
import sys
from dataclasses import replace

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from harness import agree, conjecture, constant, tokens, words
from harness.errors import ConjectureError
from harness.laws.families import drawing_from
from harness.readings.lexicon import Lexicon
from harness.readings.reading import line
from harness.trials.census import census
from harness.trials.judge import Outcome
from harness.trials.search import examples, search, shrunk

LEXICON = Lexicon(words=tuple(range(1, 31)), special=(0,))


class Scripted:
    """A head whose reading is a function of the ids."""

    layer = 0

    def __init__(self, rule):
        self.rule = rule

    def __call__(self, ids):
        ids = tuple(ids)
        return replace(line(list(self.rule(ids))), ids=ids, sequence=ids)

    afresh = __call__

    def read(self, sequences, *, afresh=False, own=False):
        return [self(ids) for ids in sequences]


ECHO = Scripted(lambda ids: ids)
CONSTANT = Scripted(lambda ids: [9] * len(ids))
LONG_ONES = Scripted(lambda ids: [0] * len(ids) if len(ids) < 10 else range(len(ids)))


def about(body, **strategies):
    @conjecture(components="q", source="a test")
    @given(**strategies)
    def claimed(head, **inputs):
        """A claim."""
        body(head, **inputs)

    return claimed.conjecture


def says_one_token(head, S):
    assert constant(head(S))


IS_CONSTANT = about(says_one_token, S=words())


def looked(found, head, number=100, seed=0):
    return search(found, head, number=number, seed=seed, lexicon=LEXICON)


def smallest(found, head, start, seed=0):
    with drawing_from(LEXICON):
        return shrunk(found, head, start, seed=seed)


def test_a_head_that_obeys_is_tried_to_the_end():
    done = looked(IS_CONSTANT, CONSTANT)
    assert (done.examples, done.discarded, done.near_ties, done.breaking) == (100, 0, 0, None)


def test_a_head_that_breaks_the_claim_is_found_and_its_counterexample_made_small():
    done = looked(IS_CONSTANT, ECHO)
    assert done.examples < 100
    found = smallest(IS_CONSTANT, ECHO, done.breaking)
    assert found.judgement.outcome is Outcome.VIOLATED
    assert sorted(found.inputs["S"]) == [1, 2]


def test_what_only_long_sequences_show_shrinks_to_the_shortest_of_them():
    found = smallest(IS_CONSTANT, LONG_ONES, looked(IS_CONSTANT, LONG_ONES).breaking)
    assert found.inputs["S"] == (1,) * 10


def test_a_violation_that_the_census_came_upon_is_made_small_as_well():
    counted = census(IS_CONSTANT, LONG_ONES, number=100, seed=0, lexicon=LEXICON)
    assert counted.violations > 0
    assert len(counted.breaking[0].inputs["S"]) >= 10
    assert smallest(IS_CONSTANT, LONG_ONES, counted.breaking[0]).inputs["S"] == (1,) * 10


def test_the_same_seed_tries_the_same_and_another_one_something_else():
    def tried(seed, number=60):
        examples.cache_clear()
        return [draw.inputs["S"] for sheet in examples(IS_CONSTANT, number, seed, LEXICON) for draw in sheet.draws]

    assert tried(0) == tried(0)
    assert tried(0) != tried(1)
    assert len(set(tried(0))) > 40


def test_what_is_tried_does_not_depend_on_the_modules_that_are_loaded(tmp_path, monkeypatch):
    """Left alone, Hypothesis answers one request in twenty with a number above 100 that stands in a loaded module."""
    many = Lexicon(words=tuple(range(1, 1000)), special=(0,))

    def tried():
        examples.cache_clear()
        return [draw.inputs["S"] for sheet in examples(IS_CONSTANT, 100, 0, many) for draw in sheet.draws]

    before = tried()
    file = tmp_path / "full_of_numbers.py"
    file.write_text(f"NUMBERS = {list(range(100, 1000, 7))}", encoding="utf-8")
    spec = importlib.util.spec_from_file_location(file.stem, file)
    monkeypatch.setitem(sys.modules, file.stem, importlib.util.module_from_spec(spec))
    assert tried() == before


def test_shrinking_ends_at_the_same_place_every_time():
    start = looked(IS_CONSTANT, LONG_ONES).breaking
    assert smallest(IS_CONSTANT, LONG_ONES, start).inputs == smallest(IS_CONSTANT, LONG_ONES, start).inputs


@pytest.mark.parametrize("most", [1, 5, 20])
def test_after_so_many_tries_the_smallest_so_far_is_taken(monkeypatch, most):
    """And it is judged as it was: nothing is made up."""
    start = looked(IS_CONSTANT, LONG_ONES).breaking
    judged = []
    head = Scripted(lambda ids: judged.append(ids) or LONG_ONES.rule(ids))
    monkeypatch.setattr("harness.trials.search.SMALLER", most)
    found = smallest(IS_CONSTANT, head, start)
    assert found.judgement.outcome is Outcome.VIOLATED
    assert tuple(found.inputs["S"]) in judged
    assert len(judged) <= most + 3, "the last one is judged again, by Hypothesis and for its judgement"
    assert len(found.inputs["S"]) <= len(start.inputs["S"])
    assert len(found.inputs["S"]) > 10 or most > 1


def test_a_search_comes_upon_coincidences_that_random_sequences_hardly_ever_show():
    """S of three or more tokens, all equal but one: one in some thousands by chance."""

    def body(head, S):
        assert len(S) < 6 or len(set(S)) != 2

    assert looked(about(body, S=words()), ECHO).breaking is not None


def test_the_authors_own_example_is_tried_first_and_taken_as_it_is():
    @conjecture(components="q", source="a test")
    @given(S=words())
    @example(S=(30, 29, 28))
    def claimed(head, S):
        """A claim."""
        assert constant(head(S))

    done = looked(claimed.conjecture, ECHO)
    assert (done.examples, done.breaking.inputs) == (1, {"S": (30, 29, 28)})
    assert smallest(claimed.conjecture, ECHO, done.breaking).inputs == {"S": (30, 29, 28)}


def test_an_assumption_is_counted_and_shrinking_respects_it():
    def body(head, S):
        assume(len(S) > 4)
        assert constant(head(S))

    found = about(body, S=words())
    counted = census(found, CONSTANT, number=100, seed=0, lexicon=LEXICON)
    assert counted.n + counted.discarded == 100
    assert 5 < counted.discarded < 30, "three lengths of twenty-three"
    done = looked(found, CONSTANT)
    assert (done.examples + done.discarded, done.discarded > 0) == (100, True)
    small = smallest(found, ECHO, looked(found, ECHO).breaking).inputs["S"]
    assert len(small) == 5
    assert set(small) == {1, 2}


def test_a_precondition_that_nothing_meets_leaves_nothing_counted():
    def body(head, S):
        assume(False)

    found = about(body, S=words())
    done = looked(found, ECHO)
    assert (done.examples, done.discarded, done.breaking) == (0, 100, None)
    counted = census(found, ECHO, number=50, seed=0, lexicon=LEXICON)
    assert (counted.n, counted.discarded, counted.degree) == (0, 50, None)


def test_a_strategy_without_examples_is_refused_in_one_line():
    with pytest.raises(ConjectureError) as refused:
        looked(about(lambda head, n: None, n=st.integers(0, 9).filter(lambda n: n * n == 10)), ECHO)
    assert "\n" not in str(refused.value)


def test_no_search_is_no_search():
    done = looked(IS_CONSTANT, ECHO, number=0)
    assert (done.examples, done.breaking) == (0, None)


def test_the_test_is_put_back_as_it_was():
    before = IS_CONSTANT.test.hypothesis.inner_test
    looked(IS_CONSTANT, ECHO, number=5, seed=9)
    smallest(IS_CONSTANT, ECHO, looked(IS_CONSTANT, ECHO).breaking)
    assert IS_CONSTANT.test.hypothesis.inner_test is before
    assert IS_CONSTANT.body is before


# Census


def test_a_census_counts_sequences_and_takes_the_mean_of_their_shares():
    def body(head, a, b):
        assert agree(head((a, 1)), head((b, 1)))

    counted = census(about(body, a=tokens(), b=tokens()), ECHO, number=300, seed=0, lexicon=LEXICON)
    assert counted.n == 300
    assert counted.degree == pytest.approx(1 - counted.violations / 600)
    assert 265 < counted.violations < 300, "a = b in one draw of thirty"


def test_every_head_is_counted_on_the_same_sequences():
    seen = []
    for head in (ECHO, CONSTANT):
        made = []
        census(
            IS_CONSTANT,
            Scripted(lambda ids, head=head, made=made: made.append(ids) or head.rule(ids)),
            number=40,
            seed=2,
            lexicon=LEXICON,
        )
        seen.append(set(made))
    assert seen[0] == seen[1]


def test_a_census_notices_a_head_that_says_but_one_thing():
    assert census(IS_CONSTANT, CONSTANT, number=20, seed=0, lexicon=LEXICON).constant
    assert not census(IS_CONSTANT, ECHO, number=20, seed=0, lexicon=LEXICON).constant
