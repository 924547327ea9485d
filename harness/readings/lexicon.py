"""The lexicon of a model: which of its tokens sequences are made of, the most readable first, and a natural text.

Counterexamples shrink to the front of the lexicon. Ids run roughly from common to rare in a byte-pair vocabulary, so
within a class of readability the order of ids is kept.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from harness.readings.sentences import natural

if TYPE_CHECKING:
    from harness.models.backbone import Backbone

_CLASSES = (
    re.compile(r" [a-z]{2,}"),  # a whole common word, such as " the"
    re.compile(r"[A-Za-z]{2,}"),
    re.compile(r" ?[!-~]+"),  # other printable ASCII
)


class Lexicon(NamedTuple):
    """The ids that sequences are made of.

    Attributes:
        words: every id that is no control token, the most readable first.
        special: control tokens (BOS, end of text, padding ...).
        text: natural text, as the model's tokenizer reads it; empty where there is none.
        longest: how many ids a sequence has at most where a claim does not say otherwise, BOS apart.
        natural: whether sequences that may be any are passages of the text, and not random.
        classes: how many of the words are of each class of readability, in their order; empty where that is not known,
            and all are of one class then.
    """

    words: tuple[int, ...]
    special: tuple[int, ...]
    text: tuple[int, ...] = ()
    longest: int = 24
    natural: bool = False
    classes: tuple[int, ...] = ()

    def class_of(self, token: int) -> tuple[int, int]:
        """Return where in `words` the class of a token begins and ends; all of them for a token that is none of them.

        >>> Lexicon(words=(5, 9, 7, 8), special=(), classes=(2, 2)).class_of(7)
        (2, 4)
        """
        begun = 0
        for number in self.classes:
            if token in self.words[begun : begun + number]:
                return begun, begun + number
            begun += number
        return 0, len(self.words)


def readability(token: str) -> int:
    """Return the class of a token, 0 the easiest to read.

    >>> [readability(token) for token in (" the", "The", " 42", "\\n")]
    [0, 1, 2, 3]
    """
    return next((i for i, pattern in enumerate(_CLASSES) if pattern.fullmatch(token)), len(_CLASSES))


def lexicon(backbone: Backbone) -> Lexicon:
    """Return the ids of a model in order of readability, control tokens apart, and natural text in them."""
    plain = [id for id in range(backbone.shape.vocab) if id not in backbone.special]
    known = {id: readability(backbone.token(id)) for id in plain}
    order = sorted(plain, key=lambda id: (known[id], id))
    numbers = Counter(known.values())
    return Lexicon(
        words=tuple(order),
        special=tuple(sorted(backbone.special)),
        text=natural(backbone),
        classes=tuple(numbers[kind] for kind in sorted(numbers)),
    )
