"""Sentences: natural text, as a model's tokenizer reads it.

`sentences.txt` holds some 120 plain English sentences, a line each, in little groups that belong together. They were
written for headlaws, are taken from nowhere, and stand under its licence.

A model whose vocabulary is a list of letters, as that of the hand-built ones, reads them letter by letter: capitals as
small letters, and what is no letter left out.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import ModelError

if TYPE_CHECKING:
    from harness.models.backbone import Backbone

FILE = Path(__file__).with_suffix(".txt")


@cache
def sentences() -> tuple[str, ...]:
    """Return the sentences in their order."""
    return tuple(FILE.read_text(encoding="utf-8").splitlines())


def natural(backbone: Backbone) -> tuple[int, ...]:
    """Return all sentences, one after the other, as ids of a model; none where it has no tokenizer that reads any of
    it.
    """
    text = " ".join(sentences())
    try:
        return backbone.encode(text)
    except ModelError:  # no tokenizer, or a list of words that lacks some of these
        return _by_letters(backbone, text.lower())


def _by_letters(backbone: Backbone, text: str) -> tuple[int, ...]:
    known: dict[str, tuple[int, ...]] = {}
    for letter in sorted(set(text)):
        try:
            known[letter] = backbone.encode(letter)
        except ModelError:
            known[letter] = ()
    return tuple(id for letter in text for id in known[letter])
