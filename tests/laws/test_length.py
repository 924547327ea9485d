"""Length: how long sequences are is the run's to say, where a claim does not."""

from dataclasses import replace

import pytest
from hypothesis import given

from harness import conjecture, words
from harness.errors import ConjectureError, ModelError
from harness.laws.families import (
    drawing_from,
    extensions,
    few_token_sequences,
    passages,
    renamings,
    repeats,
    same_length_pairs,
    shuffles,
    text_random_pairs,
)
from harness.laws.sampling import draws
from harness.readings import loading
from harness.readings.lexicon import Lexicon
from harness.runs.request import Request
from harness.runs.session import Session
from harness.trials.profile import Profile
from tests.support import by_rule

LEXICON = Lexicon(words=tuple(range(1, 31)), special=(0,), text=tuple(range(1, 31)) * 4)


def longest(strategy, lexicon):
    def claimed(head, S):
        """A claim."""

    with drawing_from(lexicon):
        drawn = draws(given(S=strategy)(claimed), name="a test", number=200, seed=0)
    found = [one.inputs["S"] for one in drawn]
    return max(len(S if isinstance(S[0], int) else S[0]) for S in found)


@pytest.mark.parametrize(
    "family", [words, repeats, few_token_sequences, same_length_pairs, passages, text_random_pairs, shuffles, renamings]
)
def test_families_go_as_far_as_the_run_says(family):
    assert longest(family(), LEXICON) == 24
    assert longest(family(), LEXICON._replace(longest=60)) > 50
    assert longest(family(max_length=9), LEXICON._replace(longest=60)) == 9


def test_an_extension_is_one_longer_than_its_sequence():
    assert longest(extensions(), LEXICON) == 23
    assert longest(extensions(), LEXICON._replace(longest=8)) == 7


def test_a_claim_that_begins_further_on_has_sequences_all_the_same():
    assert longest(words(min_length=12), LEXICON._replace(longest=6)) == 12


def test_the_session_hands_it_to_its_model_and_refuses_what_that_cannot_read(monkeypatch):
    monkeypatch.setattr(loading, "load_model", by_rule.loading)
    some = Session(Request(model="specimen", profile=Profile(length=30)))
    assert some.model.lexicon.longest == 30
    assert Session(Request(model="specimen")).model.lexicon.longest == 24
    with pytest.raises(ModelError, match=r"--length 9999: specimen reads at most \d+ ids behind BOS; give no more\."):
        _ = Session(Request(model="specimen", profile=Profile(length=9999))).model
    with pytest.raises(ConjectureError, match="--length 1: sequences have at least 2 ids; give this or more"):
        Profile(length=1)


def test_a_run_says_what_its_verdicts_are_about():
    said = replace(Profile(length=60), seed=3).about
    assert said == (
        "verdicts are about sequences of 2 to 60 ids, unless a law says otherwise; ids are drawn uniformly "
        "from the model's lexicon, and all heads and laws of a family share one draw of 200 sequences (seed 3)"
    )


def test_a_law_that_breaks_behind_the_usual_length_is_found_with_a_longer_one(monkeypatch):
    monkeypatch.setattr(loading, "load_model", by_rule.loading)

    @conjecture(components="v", source="a test")
    @given(S=words())
    def nothing_changes_behind(head, S):
        """A head that changes at position 24."""
        reading = head(S)
        assert (reading.tokens[24:] < 0).all()

    verdicts = {}
    for length in (24, 40):
        session = Session(Request(model="specimen", heads=("0.0",), profile=Profile(length=length, nulls=0)))
        (head,) = (session.head(*place) for place in session.request.in_play(nothing_changes_behind.conjecture))
        verdicts[length] = session.verdict_on(nothing_changes_behind.conjecture, head).violations
    assert verdicts[24] == 0 < verdicts[40]
