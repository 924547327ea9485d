"""Vocabulary: what ids mean as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from harness.errors import ModelError
from harness.models.fingerprint import digest


def bos_within(bos: object, vocab: int) -> int | None:
    """Return the BOS that a configuration names, or None where no id of the vocabulary is meant: -1 often stands for
    none.

    >>> bos_within(0, 5), bos_within(-1, 5), bos_within(7, 5), bos_within(None, 5)
    (0, None, None, None)
    """
    return bos if isinstance(bos, int) and 0 <= bos < vocab else None


class Vocabulary(Protocol):
    """Text to ids at the edge, and ids to text for showing."""

    @property
    def bos(self) -> int | None: ...  # noqa: D102
    @property
    def bos_from(self) -> str: ...  # noqa: D102
    @property
    def special(self) -> frozenset[int]: ...  # noqa: D102
    @property
    def sha256(self) -> str:
        """Of all that says what ids mean as text, and which of them are control tokens, hexadecimal."""
        ...

    def encode(self, text: str) -> tuple[int, ...]: ...  # noqa: D102
    def token(self, id: int) -> str: ...  # noqa: D102


@dataclass(frozen=True)
class WordList:
    """A list of words: a text is words with white space between them.

    >>> WordList(("^", "a", "b"), bos=0, special=frozenset({0})).encode("b a b")
    (2, 1, 2)
    """

    words: tuple[str, ...]
    bos: int | None
    special: frozenset[int]
    bos_from = "tokenizer"

    def encode(self, text: str) -> tuple[int, ...]:
        """Return the ids of the words of a text.

        Raises:
            ModelError: for a word that is not in the list.
        """
        found = []
        for word in text.split():
            if word not in self._ids:
                raise ModelError(
                    f"{word!r}: this is not one of the {len(self.words)} words of this model; use words such as "
                    f"{', '.join(self.words[:8])}."
                )
            found.append(self._ids[word])
        return tuple(found)

    @cached_property
    def sha256(self) -> str:
        """Of the words, BOS and the control tokens."""
        return digest([self.words, self.bos, sorted(self.special)])

    def token(self, id: int) -> str:
        """Return the word of an id."""
        return self.words[id] if 0 <= id < len(self.words) else f"<{id}>"

    @cached_property
    def _ids(self) -> dict[str, int]:
        # words may repeat once stripped; the first id stands for the word
        return {word.strip(): id for id, word in reversed(list(enumerate(self.words)))}


@dataclass(frozen=True)
class Wordless:
    """Ids only: the model came without a tokenizer."""

    bos: int | None
    special: frozenset[int]
    bos_from = "configuration"

    @property
    def sha256(self) -> str:
        """Of BOS and the control tokens."""
        return digest([self.bos, sorted(self.special)])

    def encode(self, text: str) -> tuple[int, ...]:
        """Refuse.

        Raises:
            ModelError: always.
        """
        raise ModelError(
            "this model has no tokenizer, so it cannot read text; give ids, or put its tokenizer into its folder."
        )

    def token(self, id: int) -> str:
        """Return a stand-in for the text that there is not."""
        return f"<{id}>"


class Tokenizer:
    """A transformers tokenizer.

    Its ids may have holes: ids that the model has an entry for and that no token of the tokenizer bears.

    Attributes:
        bos_from: whose BOS it is: `tokenizer`, or `configuration` where the tokenizer has none and puts none in front.
    """

    def __init__(self, tokenizer: Any, *, vocab: int, config_bos: int | None, files: str = "") -> None:
        """Wrap a tokenizer.

        Args:
            files: the sha256 of the files that it was made of.
        """
        self.tokenizer = tokenizer
        self._known = frozenset(tokenizer.get_vocab().values()) | tokenizer.added_tokens_decoder.keys()
        self._vocab = vocab
        bos = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else config_bos
        self.bos_from = "configuration" if tokenizer.bos_token_id is None else "tokenizer"
        self.bos: int | None = bos_within(bos, vocab)
        added = {id for id, token in tokenizer.added_tokens_decoder.items() if token.special}
        control = added | set(tokenizer.all_special_ids) | ({self.bos} if self.bos is not None else set())
        self.special = frozenset(id for id in control if id < vocab)
        self.sha256 = digest([files, self.bos, sorted(self.special)])

    def encode(self, text: str) -> tuple[int, ...]:
        """Return the ids of a text, nothing added."""
        ids: Sequence[int] = self.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        return tuple(ids)

    def token(self, id: int) -> str:
        """Return a vocabulary entry as text, its leading space kept; one that is no text by itself as it is spelt
        there.
        """
        if not 0 <= id < self._vocab or id not in self._known:
            return f"<{id}>"
        spelt: str = self.tokenizer.convert_ids_to_tokens(id)
        text: str = self.tokenizer.decode([id], skip_special_tokens=False, clean_up_tokenization_spaces=False)
        if not text or "\ufffd" in text:  # part of a character's bytes
            return spelt
        # sentencepiece tokenizers drop the space in front of a text's first word
        return f" {text}" if spelt.startswith("\u2581") and not text.startswith(" ") else text
