"""Families: what they draw, and what they shrink to."""

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from harness.errors import ConjectureError, TextError
from harness.laws.families import (
    FEW,
    Couple,
    Extension,
    drawing_from,
    extensions,
    few_token_sequences,
    mixing,
    passages,
    periodics,
    renamings,
    repeats,
    same_length_pairs,
    shuffles,
    text_random_pairs,
    tokens,
    words,
)
from harness.laws.sampling import sample
from harness.readings.lexicon import Lexicon

FIRST, SECOND, THIRD = 40, 7, 90
TEXT = tuple(range(1000, 1050))
LEXICON = Lexicon(words=(FIRST, SECOND, THIRD, *range(100, 160)), special=(0, 1), text=TEXT)
QUICK = settings(
    max_examples=2000,
    database=None,
    derandomize=True,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


def smallest(family, condition):
    with drawing_from(LEXICON):
        return find(family, condition, settings=QUICK)


def many(family, number=200, lexicon=LEXICON):
    with drawing_from(lexicon):
        return [sample(family, seed=seed) for seed in range(number)]


# What they shrink to: each docstring's promise


def test_words_shrink_to_the_first_word_of_the_lexicon_said_as_seldom_as_allowed():
    assert smallest(words(), lambda S: True) == (FIRST, FIRST)
    assert smallest(words(min_length=4), lambda S: True) == (FIRST,) * 4


def test_words_lose_the_tokens_that_do_not_matter():
    assert smallest(words(), lambda S: len(S) >= 5) == (FIRST,) * 5
    assert smallest(words(), lambda S: len(set(S)) >= 2) in {(FIRST, SECOND), (SECOND, FIRST)}
    assert smallest(words(), lambda S: len(set(S)) >= 3) in {
        (a, b, c) for a in (FIRST, SECOND, THIRD) for b in LEXICON.words[:3] for c in LEXICON.words[:3]
    }


def test_tokens_shrink_to_the_first_that_will_do():
    assert smallest(tokens(), lambda t: True) == FIRST
    assert smallest(tokens(), lambda t: t != FIRST) == SECOND
    assert smallest(tokens(alphabet=(9, 5)), lambda t: True) == 9


def test_repeats_shrink_to_few_repeats_of_the_first_word():
    assert smallest(repeats(), lambda S: True) == (FIRST,) * 2
    assert smallest(repeats(), lambda S: len(S) > 6 and S[0] != FIRST) == (SECOND,) * 7


def test_periodics_shrink_to_a_short_word_said_twice():
    assert smallest(periodics(), lambda S: True) == (FIRST,) * 4
    assert smallest(periodics(), lambda S: S[0] != S[1]) in {(FIRST, SECOND) * 2, (SECOND, FIRST) * 2}


def test_extensions_shrink_in_S_and_in_t():
    assert smallest(extensions(), lambda extension: True) == ((FIRST, FIRST), FIRST)
    assert smallest(extensions(), lambda extension: extension.t not in extension.S) in {
        ((FIRST, FIRST), SECOND),
        ((SECOND, SECOND), FIRST),
    }


def test_what_is_mixed_in_for_a_search_shrinks_to_the_same():
    with mixing(True):
        assert smallest(words(), lambda S: len(S) >= 4 and len(set(S)) == 2) in {
            tuple((FIRST, SECOND)[i >> k & 1] for k in range(4)) for i in range(1, 15)
        }
        assert smallest(words(), lambda S: len(S) >= 3) == (FIRST,) * 3


def test_few_tokens_and_couples_shrink_as_words_do():
    assert smallest(few_token_sequences(), lambda S: True) == (FIRST, FIRST)
    assert smallest(few_token_sequences(), lambda S: len(S) > 4) == (FIRST,) * 5
    assert smallest(same_length_pairs(), lambda couple: True) == ((FIRST, FIRST), (FIRST, FIRST))
    assert smallest(same_length_pairs(), lambda couple: couple.S != couple.R) in {
        ((FIRST, FIRST), R) for R in ((FIRST, SECOND), (SECOND, FIRST))
    } | {(S, (FIRST, FIRST)) for S in ((FIRST, SECOND), (SECOND, FIRST))}
    assert smallest(shuffles(), lambda couple: couple.S != couple.R) in {
        ((FIRST, SECOND), (SECOND, FIRST)),
        ((SECOND, FIRST), (FIRST, SECOND)),
    }
    assert smallest(renamings(), lambda couple: True) == ((FIRST, FIRST), (FIRST, FIRST))


def test_passages_shrink_to_few_tokens_at_the_beginning_of_the_text():
    assert smallest(passages(), lambda S: True) == TEXT[:2]
    assert smallest(passages(), lambda S: TEXT[9] in S) == TEXT[8:10]
    assert smallest(passages(min_length=4), lambda S: len(S) > 5) == TEXT[:6]


def test_text_beside_random_tokens_shrinks_in_the_text_and_beside_it():
    assert smallest(text_random_pairs(), lambda couple: True) == (TEXT[:2], (FIRST, FIRST))
    assert smallest(text_random_pairs(), lambda couple: len(couple.R) > 4) == (TEXT[:5], (FIRST,) * 5)
    with mixing(True):
        assert smallest(text_random_pairs(), lambda couple: couple.R[0] != FIRST and couple.S[1] != TEXT[1]) in {
            (TEXT[1:3], (SECOND, other)) for other in (FIRST, SECOND)
        }


# What they draw


@given(low=st.integers(1, 6), more=st.integers(0, 4))
@settings(max_examples=8, deadline=None)
def test_lengths_stay_between_their_bounds_and_reach_both(low, more):
    for family in (words, repeats):
        assert {len(S) for S in many(family(min_length=low, max_length=low + more), 120)} == set(
            range(low, low + more + 1)
        )
    assert {len(e.S) for e in many(extensions(min_length=low, max_length=low + more), 120)} == set(
        range(low, low + more + 1)
    )


def test_periodic_sequences_are_whole_periods_of_a_word():
    for S in many(periodics(min_period=2, max_period=3, min_periods=3, max_periods=4)):
        assert any(len(S) == p * times and S[:p] * times == S for p in (2, 3) for times in (3, 4)), S


def test_repeats_say_one_token():
    assert all(len(set(S)) == 1 for S in many(repeats()))


@pytest.mark.parametrize("family", [words, repeats, periodics, extensions, tokens])
def test_control_tokens_come_only_when_asked_for_and_then_they_do(family):
    def ids(drawn):
        if isinstance(drawn, int):
            return {drawn}
        return set(drawn.whole) if isinstance(drawn, Extension) else set(drawn)

    few = Lexicon(words=(3, 4), special=(0, 1))
    assert set().union(*map(ids, many(family(), lexicon=few))) == {3, 4}
    assert set().union(*map(ids, many(family(special=True), lexicon=few))) == {0, 1, 3, 4}
    assert set().union(*map(ids, many(family(alphabet=(4, 9)), lexicon=few))) == {4, 9}


def test_an_extension_knows_its_whole():
    S, t = extension = Extension((5, 9), 5)
    assert extension.whole == (*S, t) == (5, 9, 5)


def test_mixing_gives_a_search_sequences_over_few_tokens_and_leaves_the_census_alone():
    long = words(min_length=20, max_length=20)
    drawn = many(long, 60)
    with mixing(True):
        mixed = many(long, 60)
    assert min(len(set(S)) for S in drawn) > FEW, "63 tokens, 20 draws: never three different ones"
    assert 20 < sum(len(set(S)) <= FEW for S in mixed) < 60, "three in four, and the others as ever"


def test_few_token_sequences_are_over_a_few_tokens_of_which_most_come_again():
    drawn = many(few_token_sequences(tokens=3, min_length=20, max_length=20), 120)
    assert {len(set(S)) for S in drawn} == {2, 3}
    assert len({frozenset(S) for S in drawn}) > 100


def test_same_length_pairs_are_of_one_length_and_nothing_else():
    drawn = many(same_length_pairs(min_length=3, max_length=6))
    assert {len(couple.S) for couple in drawn} == {3, 4, 5, 6}
    assert all(len(couple.S) == len(couple.R) for couple in drawn)
    assert sum(couple.S[0] == couple.R[0] for couple in drawn) < 20


def test_a_passage_is_any_stretch_of_the_text():
    drawn = many(passages(min_length=3, max_length=4), 4000)
    counts = {n: [drawn.count(TEXT[i : i + n]) for i in range(len(TEXT) - n + 1)] for n in (3, 4)}
    assert sum(counts[3]) + sum(counts[4]) == len(drawn), "a stretch of the text, and nothing else"
    assert abs(sum(counts[3]) - sum(counts[4])) < 250, "each length as often: 4 standard deviations"
    for of_one_length in counts.values():
        assert 15 < min(of_one_length) <= max(of_one_length) < 75, "each start as often: 41 or 42 times"


def test_text_random_pairs_are_text_and_random_tokens_of_one_length():
    drawn = many(text_random_pairs(min_length=3, max_length=6))
    assert {len(couple.S) for couple in drawn} == {3, 4, 5, 6}
    for S, R in drawn:
        assert TEXT[TEXT.index(S[0]) :][: len(S)] == S
        assert len(R) == len(S)
        assert set(R) <= set(LEXICON.words)
    assert len({couple.R[0] for couple in drawn}) > 40


def test_a_shuffle_is_any_order_of_the_same_tokens():
    drawn = many(shuffles(min_length=3, max_length=3), 600)
    assert all(sorted(couple.S) == sorted(couple.R) for couple in drawn)
    orders = [tuple(map(couple.S.index, couple.R)) for couple in drawn if len(set(couple.S)) == 3]
    counts = [orders.count(order) for order in set(orders)]
    assert len(counts) == 6
    assert 60 < min(counts) <= max(counts) < 140


def test_a_renaming_is_any_injective_one():
    few = Lexicon(words=(3, 4, 5), special=())
    drawn = many(renamings(tokens=3, min_length=6, max_length=6), 900, lexicon=few)
    maps = []
    for S, R in drawn:
        named = dict(zip(S, R, strict=True))
        assert tuple(named[t] for t in S) == R
        assert len(set(named.values())) == len(named)
        if len(named) == 3:
            maps.append((named[3], named[4], named[5]))
    counts = [maps.count(one) for one in set(maps)]
    assert len(counts) == 6, "every bijection of three tokens comes"
    assert max(counts) < 2.5 * min(counts)


def test_a_couple_is_two_sequences_by_name():
    assert Couple((1, 2), (3, 4))._asdict() == {"S": (1, 2), "R": (3, 4)}


# What they refuse


def test_a_family_outside_a_trial_says_what_to_do():
    with pytest.raises(ConjectureError, match="use `with drawing_from"):
        sample(words(), seed=0)


@pytest.mark.parametrize("text", [(), TEXT[:23]])
def test_natural_text_is_refused_where_there_is_none_or_too_little(text):
    with pytest.raises(TextError, match="no tokenizer to read natural text with; put its tokenizer into its folder"):
        many(text_random_pairs(), 1, lexicon=LEXICON._replace(text=text))


def test_an_empty_alphabet_is_refused():
    with pytest.raises(ConjectureError, match=r"alphabet=\(\)"):
        many(words(alphabet=()), 1)


def test_a_family_says_how_it_was_written():
    assert repr(words(max_length=6)) == "words(max_length=6)"
