"""Natural text: sentences of our own, and how each model reads them."""

import re
from collections import Counter
from types import SimpleNamespace

import pytest

from harness.models.vocabulary import Wordless, WordList
from harness.readings.sentences import natural, sentences

LETTERS = [letter for letter in " ".join(sentences()).lower() if letter.isalpha()]
VOWELS = set("aeiou")


def passages(*lengths):
    return [LETTERS[start : start + n] for n in lengths for start in range(len(LETTERS) - n + 1)]


def test_they_are_some_hundred_and_twenty_plain_sentences():
    assert 110 <= len(sentences()) == len(set(sentences())) <= 130
    for sentence in sentences():
        assert re.fullmatch(r"[A-Z][A-Za-z0-9 ,.:?]*[.?]", sentence), sentence


def test_a_list_of_letters_reads_them_letter_by_letter_and_leaves_the_rest_out(specimen):
    assert "".join(specimen.text(specimen.lexicon.text)) == "".join(LETTERS)


def test_a_model_without_a_tokenizer_reads_none():
    assert natural(Wordless(bos=0, special=frozenset({0}))) == ()
    assert natural(WordList(("^", "unheard", "of"), bos=0, special=frozenset({0}))) == ()


def test_a_tokenizer_is_given_the_whole_text_at_once():
    given = []
    assert natural(SimpleNamespace(encode=lambda text: given.append(text) or (5, 9))) == (5, 9)
    assert given == [" ".join(sentences())]


@pytest.mark.real
def test_the_default_models_tokens_are_the_text(smollm2):
    assert "".join(smollm2.text(smollm2.lexicon.text)) == " ".join(sentences())


# What the truth table says of the text (tests/support/truth.py)


def test_every_passage_has_what_the_truth_table_says_it_has():
    assert min(len(set(passage)) for passage in passages(20, 21, 22, 23, 24)) == 7
    for passage in passages(19):
        assert VOWELS & set(passage)
        assert set(passage) - VOWELS
        assert len(set(passage)) < len(passage)


def test_a_letter_comes_as_often_as_the_truth_table_says():
    most = Counter(max(Counter(passage).values()) for passage in passages(20, 21, 22, 23, 24))
    whole = sum(most.values())
    assert sum(most[times] for times in most if times >= 4) / whole == pytest.approx(0.59, abs=0.01)
    assert most[3] / whole == pytest.approx(0.39, abs=0.01)


def test_passages_begin_with_as_many_vowels_as_the_truth_table_says():
    def not_outnumbered(passage):
        ahead = 0
        for letter in passage:
            ahead += 1 if letter in VOWELS else -1
            if ahead >= 0:
                return True
        return False

    found = [not_outnumbered(passage) for passage in passages(20, 21, 22, 23, 24)]
    assert sum(found) / len(found) == pytest.approx(0.75, abs=0.01)
