"""Tokenizers of a few words, saved beside a tiny model."""

from pathlib import Path

from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from transformers import PreTrainedTokenizerFast

from harness.models.silence import silence


def save_tokenizer(folder: Path, ids: dict[str, int], *, bos: str | None = None) -> None:
    """Write a tokenizer whose tokens are whole words, with these ids; `<unk>` is among them."""
    made = Tokenizer(WordLevel(ids, unk_token="<unk>"))
    made.pre_tokenizer = WhitespaceSplit()
    with silence():
        PreTrainedTokenizerFast(tokenizer_object=made, unk_token="<unk>", bos_token=bos).save_pretrained(folder)
