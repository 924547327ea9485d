"""Ids as text: spaces are kept, every id has a spelling, and nothing is added to a text."""

from typing import Any

import pytest
from tokenizers import Tokenizer as Fast
from tokenizers import decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from harness.models.vocabulary import Tokenizer, Wordless


def wrap(made: Any, **control: str) -> Tokenizer:
    return Tokenizer(PreTrainedTokenizerFast(tokenizer_object=made, **control), vocab=12, config_bos=None)


@pytest.fixture
def byte_level() -> Tokenizer:
    """As in GPT-2: a space is spelt Ġ, the bytes of é are Ã and ©."""
    words = {"<s>": 0, "a": 1, "Ġ": 2, "Ġa": 3, "Ã": 4, "©": 5, "<": 6, ">": 7, "s": 8}
    made = Fast(models.BPE(vocab=words, merges=[("Ġ", "a")]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    return wrap(made, bos_token="<s>")


def test_byte_level_tokens(byte_level: Tokenizer) -> None:
    assert [byte_level.token(id) for id in (0, 1, 2, 3)] == ["<s>", "a", " ", " a"]
    assert byte_level.token(4) == "Ã", "half a character as the vocabulary spells it"
    assert [byte_level.token(id) for id in (9, 11, -1)] == ["<9>", "<11>", "<-1>"]


def test_nothing_is_added_to_a_text(byte_level: Tokenizer) -> None:
    assert byte_level.encode(" a a") == (3, 3)
    assert byte_level.encode("é") == (4, 5)
    assert byte_level.encode("") == ()


def test_control_tokens(byte_level: Tokenizer) -> None:
    assert (byte_level.bos, byte_level.special) == (0, frozenset({0}))


def test_sentencepiece_tokens_keep_their_space() -> None:
    made = Fast(models.Unigram([("<unk>", 0.0), ("\u2581the", -1.0), ("the", -2.0), ("\u2581", -3.0)], unk_id=0))
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.decoder = decoders.Metaspace()
    vocabulary = wrap(made, unk_token="<unk>")
    assert [vocabulary.token(id) for id in (1, 2)] == [" the", "the"]
    assert vocabulary.bos is None


def test_a_bos_outside_the_vocabulary_is_none() -> None:
    made = Fast(models.WordLevel({"a": 0, "<unk>": 1}, unk_token="<unk>"))
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=made, unk_token="<unk>")
    assert Tokenizer(tokenizer, vocab=2, config_bos=50256).bos is None
    assert Tokenizer(tokenizer, vocab=2, config_bos=0).bos == 0


def test_whose_bos_it_is() -> None:
    made = Fast(models.WordLevel({"a": 0, "<unk>": 1}, unk_token="<unk>"))
    bare = PreTrainedTokenizerFast(tokenizer_object=made, unk_token="<unk>")
    assert Tokenizer(bare, vocab=2, config_bos=0).bos_from == "configuration"
    own = PreTrainedTokenizerFast(tokenizer_object=made, unk_token="<unk>", bos_token="a")
    assert Tokenizer(own, vocab=2, config_bos=1).bos_from == "tokenizer"
    assert Wordless(bos=0, special=frozenset({0})).bos_from == "configuration"
