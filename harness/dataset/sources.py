"""Sources: where the prompts of a data set come from, as sequences of ids of one length.

    reviews     movie-review sentences, in an order drawn with the seed, joined by spaces until there are tokens enough
    imdb        movie reviews of a data-set hub, in an order drawn with the seed
    random      tokens drawn uniformly from the lexicon
    repeat      one such token again and again
    periodic    a word of three such tokens again and again, cut at the length
    FILE        a text file in UTF-8, one prompt per line, in the order of the file

A text is turned into ids once and cut at the length. A text that is too short is passed over, and the next one is
taken instead; no sentence, review or line is used twice. The first prompts stay the same when more are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from itertools import islice
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from harness.errors import DownloadError, SequenceError
from harness.text import counted

if TYPE_CHECKING:
    from harness.readings.prepared_model import PreparedModel

Ids = tuple[int, ...]
Encode = Callable[[str], Ids]

PERIOD = 3


class Source(StrEnum):
    """The sources that have a name; any other name is a file's."""

    REVIEWS = "reviews"
    IMDB = "imdb"
    RANDOM = "random"
    REPEAT = "repeat"
    PERIODIC = "periodic"


def check(source: str) -> None:
    """Refuse a source that is neither a name nor a file.

    Raises:
        SequenceError: for such a one.
    """
    if source not in list(Source) and not Path(source).is_file():
        raise SequenceError(
            f"--source {source!r}: this is not a file, nor one of {', '.join(Source)}; give one of these, or a text "
            "file "
            "with one prompt per line."
        )


def prompts(model: PreparedModel, source: str, *, number: int, length: int, seed: int) -> tuple[Ids, ...]:
    """Return a number of prompts of one length.

    Raises:
        SequenceError: where the source holds too few, or the file is no text.
        ModelError: where the source cannot be fetched, or the model has no tokenizer for its text.
    """
    drawn: Iterator[Ids]
    match source:
        case Source.RANDOM | Source.REPEAT | Source.PERIODIC:
            drawn = _random(Source(source), model.lexicon.words, length, seed)
        case Source.REVIEWS:
            drawn = joined(_shuffled(_sentences(), source, seed), model.encode, length)
        case Source.IMDB:
            from harness.dataset import imdb

            drawn = long_enough(_shuffled(imdb.reviews(), source, seed), model.encode, length)
        case _:
            drawn = long_enough(_lines(source), model.encode, length)
    found = tuple(islice(drawn, number))
    if len(found) < number:
        raise SequenceError(
            f"--source {source!r}: has {counted(len(found), 'prompt')} of {counted(length, 'token')}, but {number} "
            "were asked for; ask for fewer (--prompts) or shorter ones (--length), or give more text."
        )
    return found


def joined(sentences: Iterable[str], encode: Encode, length: int) -> Iterator[Ids]:
    """Yield sentences put one after another until they have tokens enough; what is left over of the last one is
    dropped.

    >>> list(joined(["a b", "c", "d", "e"], lambda text: tuple(map(ord, text.split())), 3))
    [(97, 98, 99)]
    """
    waiting: list[str] = []
    for sentence in sentences:
        waiting.append(sentence)
        ids = encode(" ".join(waiting))
        if len(ids) >= length:
            yield ids[:length]
            waiting = []


def long_enough(texts: Iterable[str], encode: Encode, length: int) -> Iterator[Ids]:
    """Yield the beginnings of those texts that have tokens enough.

    >>> list(long_enough(["a b", "c", "d e f"], lambda text: tuple(map(ord, text.split())), 2))
    [(97, 98), (100, 101)]
    """
    for text in texts:
        ids = encode(text)
        if len(ids) >= length:
            yield ids[:length]


def _sentences() -> tuple[str, ...]:
    from harness.models.sources import reviews

    try:
        return reviews.sentences()
    except DownloadError as error:
        raise DownloadError(f"{error} Or give another --source, such as {Source.RANDOM} or a text file.") from error


def _shuffled(texts: tuple[str, ...], source: str, seed: int) -> list[str]:
    return Random(f"{seed}:{source}").sample(texts, len(texts))


def _random(source: Source, words: tuple[int, ...], length: int, seed: int) -> Iterator[Ids]:
    distinct = {Source.RANDOM: length, Source.REPEAT: 1, Source.PERIODIC: PERIOD}[source]
    number = 0
    while True:
        random = Random(f"{seed}:{source}:{number}")
        word = tuple(random.choice(words) for _ in range(min(distinct, length)))
        yield (word * (length // len(word) + 1))[:length]
        number += 1


def _lines(path: str) -> list[str]:
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SequenceError(
            f"--source {path!r}: the file cannot be read ({error.strerror}); give a text file."
        ) from None
    except UnicodeDecodeError as error:
        raise SequenceError(
            f"--source {path!r}: byte {error.start} of the file is not UTF-8; give a text file in UTF-8, one prompt "
            "per line."
        ) from None
    return [line for line in text.split("\n") if line.strip()]
