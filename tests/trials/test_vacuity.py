"""Tautology: claims that say nothing of a head, and why."""

import pytest

from harness.laws.book import conjectures, shipped
from harness.readings.lexicon import Lexicon
from harness.trials.profile import Profile
from harness.trials.trial import trial
from harness.trials.vacuity import TAUTOLOGY, says_nothing
from tests.support.scripted import Scripted, echo

NATURAL = conjectures(shipped())["vocabulary", "natural_text_brings_no_attention_token_beyond_random_tokens"]
WITH_TEXT = Lexicon(words=tuple(range(1, 31)), special=(0,), text=tuple(range(1, 29)))


@pytest.mark.parametrize("pairs", [False, True])
def test_a_claim_about_natural_text_says_nothing_where_there_is_no_text(pairs):
    why = says_nothing(NATURAL, pairs=pairs, seed=0, lexicon=WITH_TEXT._replace(text=()))
    assert "no tokenizer" in why
    assert why != TAUTOLOGY


@pytest.mark.parametrize("pairs", [False, True])
def test_and_something_where_there_is(pairs):
    assert says_nothing(NATURAL, pairs=pairs, seed=0, lexicon=WITH_TEXT) == ""


def test_of_a_model_without_a_tokenizer_it_is_vacuous_and_no_error():
    cell = trial(NATURAL, Scripted(echo), Profile(search=5, census=30))
    assert cell.verdict == "vacuous"
    assert "no tokenizer" in cell.message
