"""The lexicon: what counterexamples are made of, the readable first."""

from types import SimpleNamespace

import pytest

from harness.readings.lexicon import lexicon, readability


@pytest.mark.parametrize(
    ("tokens", "rank"),
    [
        ([" the", " of"], 0),
        (["The", "ing", "AB"], 1),
        ([" a", "a", " The", "!", " 42", "<b>"], 2),
        (["\n", "", " ", "  ", "é", " naïve", "\x00", "\u202e", "a b"], 3),
    ],
)
def test_tokens_by_how_well_they_read(tokens, rank):
    assert {token: readability(token) for token in tokens} == dict.fromkeys(tokens, rank)


def test_the_readable_come_first_then_the_common_and_control_tokens_not_at_all():
    entries = ["<bos>", "\n", "x", "The", " dog", " the", "<pad>"]
    backbone = SimpleNamespace(
        shape=SimpleNamespace(vocab=len(entries)),
        special=frozenset({6, 0}),
        token=entries.__getitem__,
        encode=lambda text: (5, 4),
    )
    assert lexicon(backbone)[:3] == ((4, 5, 3, 2, 1), (0, 6), (5, 4))


def test_the_specimens_words_are_its_letters(specimen):
    assert sorted(specimen.lexicon.words) == list(range(1, 27))
    assert specimen.text(specimen.lexicon.words[:3]) == ["a", "b", "c"]
    assert set(specimen.lexicon.special) | set(specimen.lexicon.words) == set(range(specimen.backbone.shape.vocab))
