"""Which claims are shown to hold of every function of the token, and that nothing else is shown."""

from dataclasses import replace
from functools import wraps
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import integers

from harness import agree, alphabet, conjecture, ends_alike, iterated, needs_no_more_than, tokens, words
from harness.discovery.token_functions import KEPT, TRUE, holds_for_all
from harness.laws import families, relations
from harness.laws.book import conjectures, shipped
from harness.laws.sampling import draws
from harness.readings.lexicon import Lexicon
from harness.readings.reading import line

quick = settings(max_examples=60, deadline=None)
BOOK = [claim for claim in conjectures(shipped()).values() if "v" in claim.components and not claim.control]
LEXICON = Lexicon(words=tuple(range(12)), special=(), text=tuple(range(12)) * 20)


def mapped(function, ids):
    return replace(line([function[id] for id in ids]), ids=tuple(ids), sequence=tuple(ids))


def test_exactly_those_claims_of_the_book_are_shown_that_say_so_themselves():
    """The book's own tags were written by hand, from what each claim says."""
    shown = {claim.name for claim in BOOK if holds_for_all(claim)}
    assert shown == {claim.name for claim in BOOK if claim.sight is not None}
    assert len(shown) == 19


@pytest.mark.parametrize("claim", [claim for claim in BOOK if claim.sight is not None], ids=lambda claim: claim.name)
def test_what_is_shown_holds_of_random_functions(claim):
    random = Random(claim.name)
    with families.drawing_from(LEXICON):
        for draw in draws(claim.test, name="functions", number=40, seed=0):
            few = random.choice((1, 2, 12))
            function = [random.randrange(few) for _ in LEXICON.words]
            claim.body(lambda ids, function=function: mapped(function, ids), **draw.inputs)


# relations

lines = st.lists(st.integers(0, 4), min_size=1, max_size=6)
maps = st.lists(st.integers(0, 4), min_size=5, max_size=5)
ARGUMENTS = {
    "constant": lambda one, other, number: (one,),
    "periodic": lambda one, other, number: (one, min(number + 1, len(one))),
    "brings_at_most": lambda one, other, number: (one, other, number),
    "needs_at_most": lambda one, other, number: (one, number),
    "share_at_most": lambda one, other, number: (one, other, number),
    "repeats_no_sooner": lambda one, other, number: (one,),
}


def truth_before_and_after(name, one, other, number, function):
    """Whether a relation holds of two lines, and of their images."""
    relation = getattr(relations, name)
    arguments = ARGUMENTS.get(name, lambda one, other, number: (one, other))

    def holds(left, right):
        read = (replace(line(said), ids=tuple(ids)) for said, ids in ((left, one), (right, other)))
        return bool(relation(*arguments(*read, number)))

    return holds(one, other), holds([function[t] for t in one], [function[t] for t in other])


@quick
@given(name=st.sampled_from(KEPT), one=lines, other=lines, number=st.integers(0, 4), function=maps, alike=st.booleans())
def test_a_relation_that_is_kept_survives_every_map_of_tokens(name, one, other, number, function, alike):
    before, after = truth_before_and_after(name, one, one if alike else other, number, function)
    assert after or not before


@pytest.mark.parametrize("name", ["same_pattern", "needs_no_more_than", "share_at_most", "repeats_no_sooner"])
def test_a_relation_that_is_left_out_does_not(name):
    random = Random(name)

    def drawn(length):
        return [random.randrange(5) for _ in range(length)]

    found = [truth_before_and_after(name, drawn(4), drawn(4), 1, drawn(5)) for _ in range(2000)]
    assert (True, False) in found


@quick
@given(name=st.sampled_from(TRUE), ids=lines, function=maps)
def test_what_is_true_of_every_function_of_the_token_is(name, ids, function):
    assert getattr(relations, name)(mapped(function, ids))


# claims that must not be shown


@conjecture(components="v", source="a test")
@given(S=words())
def re_reading_changes_nothing(head, S):
    """The free reader obeys, and hardly any other function does."""
    assert agree(iterated(head, S, 2), head(S))


@conjecture(components="v", source="a test")
@given(S=words(), R=words())
def the_longer_needs_more(head, S, R):
    """True of the free reader where R begins with S."""
    assert needs_no_more_than(head(S), head(S + R))


@conjecture(components="v", source="a test")
@given(a=tokens(), b=tokens())
def two_tokens_read_differently(head, a, b):
    """True of the free reader on two tokens that differ."""
    assert not agree(head((a,)), head((b,)))


@conjecture(components="v", source="a test")
@given(S=words(), a=tokens(), b=tokens())
def some_draws_are_left_out(head, S, a, b):
    """What is assumed is no part of the proof."""
    assume(a != b)
    assert ends_alike(head((*S, a)), head((a,)))


@conjecture(components="v", source="a test")
@given(a=tokens(), b=tokens())
def a_token_is_looked_at(head, a, b):
    """On two symbols that differ it compares a reading with itself."""
    assert agree(head((a,)), head((b,) if a == b else (a,)))


@conjecture(components="v", source="a test")
@given(a=tokens())
def a_token_is_computed(head, a):
    """Sums of ids are no sequence of the family."""
    assert agree(head((a + 0,)), head((a,)))


@conjecture(components="v", source="a test")
@given(a=tokens())
def a_token_is_named(head, a):
    """Id 5 is not any token."""
    assert agree(head((5,)), head((5,)))


@conjecture(components="v", source="a test")
@given(a=tokens(), n=integers(1, 2))
def a_reading_decides_what_is_read(head, a, n):
    """How many tokens are read says no more than which are drawn."""
    assert agree(head((a,) * len(head((a,)).rows)), head((a,)))


@conjecture(components="v", source="a test")
@given(n=integers(min_value=1))
def there_is_no_bound(head, n):
    """Without a bound there are too many generic draws."""
    assert agree(head((n,)), head((n,)))


@conjecture(components="v", source="a test")
@given(S=words(), R=words(), P=words(), Q=words())
def there_are_too_many(head, S, R, P, Q):
    """There are 279,841 lengths."""
    assert agree(head(S + R + P + Q), head(S + R + P + Q))


@conjecture(components="v", source="a test")
@given(S=words(), R=words())
def the_free_reader_breaks_it(head, S, R):
    """Two words that have nothing in common."""
    assert alphabet(head(S)) <= alphabet(head(R))


def _others():
    @st.composite
    def words(draw):
        return (draw(st.integers(0, 3)),) * 2

    return words()


@conjecture(components="v", source="a test")
@given(S=_others())
def the_family_has_the_name_of_another(head, S):
    """Its draws are not those of the family that is known."""
    assert agree(head(S[1:]), head(S[1:]))


@conjecture(components="v", source="a test")
@given(S=words().filter(lambda S: S[0] == S[1]))
def the_family_is_filtered(head, S):
    """Generic draws are none of the family."""
    assert agree(head(S), head(S))


@conjecture(components="v", source="a test")
@given(S=words(), agree=integers(1, 2))
def the_relation_is_drawn(head, S, agree):
    """It would be an error; here it only has the name."""
    assert agree(head(S), head(S))


def other(claim):
    @wraps(claim)
    def wrapped(head, S):
        claim(lambda ids: head((1,)), S)

    return wrapped


@conjecture(components="v", source="a test")
@given(S=words())
@other
def the_claim_is_wrapped(head, S):
    """What stands here is not what is run."""
    assert agree(head(S), head(S))


def _own():
    def agree(left, right):
        return True

    @conjecture(components="v", source="a test")
    @given(S=words())
    def the_relation_has_the_name_of_another(head, S):
        """It is not the relation that is known."""
        assert agree(head(S), head(S[:1]))

    return the_relation_has_the_name_of_another


the_relation_has_the_name_of_another = _own()

NOT_SHOWN = [
    re_reading_changes_nothing,
    the_longer_needs_more,
    two_tokens_read_differently,
    some_draws_are_left_out,
    a_token_is_looked_at,
    a_token_is_computed,
    a_token_is_named,
    a_reading_decides_what_is_read,
    there_is_no_bound,
    there_are_too_many,
    the_free_reader_breaks_it,
    the_family_has_the_name_of_another,
    the_family_is_filtered,
    the_relation_is_drawn,
    the_claim_is_wrapped,
    the_relation_has_the_name_of_another,
]
for one in NOT_SHOWN:
    one.__test__ = False  # a claim, not a test of this file


@pytest.mark.parametrize("test", NOT_SHOWN, ids=lambda test: test.__name__)
def test_a_claim_of_another_form_is_not_shown(test):
    assert not holds_for_all(test.conjecture)


@conjecture(components="v", source="a test")
@given(S=words(max_length=5), t=tokens(), n=integers(1, 3))
def a_claim_of_the_form(head, S, t, n):
    """The last n tokens read the same behind S as by themselves."""
    assert agree(head((*S, *(t,) * n))[len(S) :], head((t,) * n))
    assert alphabet(head((t,))) == alphabet(head((t,) * n))


a_claim_of_the_form.__test__ = False


def test_a_claim_of_ones_own_is_shown():
    assert holds_for_all(a_claim_of_the_form.conjecture)
