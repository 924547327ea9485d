"""Labels: what an edge S -> S + t says of the token t that was appended.

Three ways, from fine to coarse. `token` asks whether the next state is a function of the state and t itself.
`novelty` asks it of whether t stands in S already: heads that look for earlier copies (duplicate, induction, counting
heads) go by that and by nothing else of t. `kind` asks it of the lexicon's own classes of readability: heads that
tell words from marks go by that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum

from harness.laws.families import Ids
from harness.readings.lexicon import readability

Label = int | str
"""A token's id, or the name of its class."""

KINDS = ("word", "letters", "marks", "other")
"""The lexicon's classes, as `harness.readings.lexicon.readability` numbers them: a whole word with its space (" the"),
other letters, other printable ASCII, and the rest."""


class Labelling(StrEnum):
    """By what edges are labelled: t itself, whether it has come before, or its class in the lexicon."""

    TOKEN = "token"
    NOVELTY = "novelty"
    KIND = "kind"


def labels(ids: Ids, labelling: Labelling, text: Callable[[Iterable[int]], list[str]]) -> tuple[Label, ...]:
    """Return the label of each token of a sequence, given what stands before it; `text` gives ids' vocabulary entries.

    >>> labels((5, 7, 5), Labelling.NOVELTY, lambda ids: [])
    ('new', 'new', 'again')
    >>> labels((5, 7), Labelling.KIND, lambda ids: [" the", "?!"])
    ('word', 'marks')
    """
    if labelling is Labelling.TOKEN:
        return ids
    if labelling is Labelling.NOVELTY:
        return tuple("again" if token in ids[:i] else "new" for i, token in enumerate(ids))
    return tuple(KINDS[readability(entry)] for entry in text(ids))


def rank(label: Label) -> tuple[int, str]:
    """Return where a label stands among others: ids by number, classes by name.

    >>> sorted([10, 9], key=rank), sorted(["new", "again"], key=rank)
    ([9, 10], ['again', 'new'])
    """
    return (label, "") if isinstance(label, int) else (-1, label)
