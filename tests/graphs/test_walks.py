"""Walks: independent sequences over few tokens, and the steps of a head along them."""

from collections import Counter

import numpy as np
import pytest
from scipy.stats import chisquare

from harness.errors import SequenceError
from harness.graphs.labels import Labelling
from harness.graphs.plan import Plan, drawn
from harness.graphs.states import Abstraction
from harness.graphs.walks import FAMILIES, Step, Walk, alphabet, draw, walks
from harness.readings.lexicon import Lexicon

LEXICON = Lexicon(words=tuple(range(100, 130)), special=(0,))
FEW = (3, 5, 8)


@pytest.mark.parametrize("family", FAMILIES)
def test_draws_stay_when_more_are_asked_for_and_other_seeds_and_purposes_give_others(family):
    def made(number=40, seed=0, purpose="graph"):
        return draw(family, FEW, number=number, seed=seed, purpose=purpose)

    assert made() == made()
    assert made(60)[:40] == made()
    assert made() != made(seed=1) != made(purpose="held out") != made()
    assert {token for ids in made() for token in ids} == set(FEW)


def test_seeds_share_no_draws():
    one, other = (draw("words", tuple(range(50)), number=50, seed=seed, purpose="graph") for seed in (0, 1))
    assert not {ids for ids in one if len(ids) > 5} & {ids for ids in other if len(ids) > 5}


def test_words_are_uniform_and_successive_draws_independent():
    made = draw("words", FEW, number=900, seed=0, purpose="graph")
    assert chisquare(list(Counter(len(ids) for ids in made).values())).pvalue > 1e-4
    table = np.zeros((3, 3))
    for one, other in zip(made[::2], made[1::2], strict=True):
        table[FEW.index(one[0]), FEW.index(other[0])] += 1
    assert chisquare(table.ravel()).pvalue > 1e-4


def test_an_alphabet_is_of_different_words_and_depends_on_the_seed():
    found = [alphabet(LEXICON, size=8, seed=seed) for seed in range(20)]
    assert all(len(set(tokens)) == 8 and set(tokens) <= set(LEXICON.words) for tokens in found)
    assert len(set(found)) == 20
    assert set(alphabet(LEXICON, size=30, seed=0)) == set(LEXICON.words)


@pytest.mark.parametrize("size", [0, 31])
def test_an_alphabet_larger_than_the_lexicon_is_refused(size):
    with pytest.raises(SequenceError, match=f"--alphabet {size}: give 1 to 30, the number of tokens of this model"):
        alphabet(LEXICON, size=size, seed=0)


def test_families_are_drawn_one_or_several_together():
    def made(*families):
        return drawn(Plan(families=families, sequences=5, held_out=3), LEXICON)

    both = made("repeats", "words")
    assert both.sequences == made("words").sequences + made("repeats").sequences
    assert (len(both.sequences), len(both.held_out)) == (10, 6)
    assert not set(both.sequences) & set(both.held_out)


def test_a_walk_steps_between_states_that_are_sure():
    walk = Walk((5, 6, 7, 8, 9), (5, 6, 7, 8, 9), ((1,), (2,), None, (3,), (4,)))
    assert list(walk.steps) == [Step((1,), 6, 6, (2,)), Step((3,), 9, 9, (4,))]
    assert walk.doubtful == 2


def test_a_walk_is_what_reading_each_beginning_by_itself_gives(specimen):
    head = specimen.head("1.1").component("z")
    ids = (1, 2, 1, 3, 1, 2)
    (walk,) = walks(head, [ids], abstraction=Abstraction.LAST, labelling=Labelling.NOVELTY)
    assert walk.states == tuple((int(head(ids[: i + 1]).tokens[-1]),) for i in range(len(ids)))
    assert walk.labels == ("new", "new", "again", "new", "again", "again")
