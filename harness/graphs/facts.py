"""Facts: what a head does, in a few numbers, before any law is asked.

How many attention tokens cover nearly all that it says, on random tokens and on natural text; whether it reads BOS's
own value; and how much of its attention goes where the five roles say (`harness.laws.roles`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from math import log2
from typing import Any

from harness.errors import HeadlawsError
from harness.laws import roles
from harness.laws.families import Ids, drawing_from, passages, words
from harness.laws.sampling import sample
from harness.readings.attention import Attention
from harness.readings.component_head import ComponentHead
from harness.readings.lexicon import Lexicon
from harness.readings.model import Model
from harness.readings.reading import Reading
from harness.records.address import ATTENTION, Address
from harness.records.cell import Exhibit
from harness.records.facts_in_words import OF_COPIES

SEQUENCES = 32
"""Of random tokens, and of natural text."""

COVERED = 0.95
"""The share of positions that the commonest attention tokens are to cover."""

COMMONEST = 5
"""Attention tokens that are named."""

DEPARTURES = 3
"""Passages that are shown, in which z says what it rarely says."""

DIGITS = 5
"""Decimal places of shares and entropies: those of a comparison, so that store, report and pages say the same."""

PARTS = ("z", "v")

ROLES = {
    "the token before": roles.the_token_before,
    "itself": roles.itself,
    "the first position": roles.the_first_position,
    "an earlier copy": roles.an_earlier_copy,
    "what followed an earlier copy": roles.what_followed_an_earlier_copy,
}
"""Where attention may go; the last two are asked of sequences that are said twice."""


def facts(
    model: Model, addresses: Iterable[Address], *, parts: Sequence[str], projection: str, bos: bool, seed: int
) -> list[Exhibit]:
    """Give the facts of some heads, ready to be kept.

    Args:
        parts: the components in play; of the others nothing is said.
    """
    samples = _samples(model.lexicon, seed=seed)
    made = []
    for address in addresses:
        with suppress(HeadlawsError):  # of a head that cannot be read nothing is shown; its cells say why
            said = {
                part: _said(model.component(address, part, projection=projection, bos=bos), samples)
                for part in PARTS
                if part in parts
            }
            attention = model.component(address, ATTENTION, projection=projection, bos=bos)
            data = {
                "sequences": SEQUENCES,
                "says": said,
                "attends": _attends(attention, samples),
                "departs": _departs(model, address, samples, projection=projection, bos=bos) if "z" in said else [],
                "reads_bos": _reads_bos(model, address, samples, projection=projection) if bos else {},
            }
            made.append(Exhibit(str(address), "facts", "", data))
    return made


def _samples(lexicon: Lexicon, *, seed: int) -> dict[str, list[Ids]]:
    """The sequences: random tokens, and natural text where the model has a tokenizer."""
    length = lexicon.longest
    families = {"random": words(max_length=length)}
    if len(lexicon.text) > length:
        families["text"] = passages(max_length=length)
    with drawing_from(lexicon):
        return {
            name: [sample(family, seed=seed, name=f"facts {i}") for i in range(SEQUENCES)]
            for name, family in families.items()
        }


def _said(head: ComponentHead, samples: dict[str, list[Ids]]) -> dict[str, Any]:
    return {name: vocabulary(head.read(sequences), head.model.text) for name, sequences in samples.items()}


def vocabulary(readings: Sequence[Reading], text: Any) -> dict[str, Any]:
    """Count the attention tokens of some readings.

    Returns:
        `positions` read, `distinct` tokens, how many of them are `covering` (`COVERED`), their `entropy` in bits, and
        the `commonest` as id, text and share.
    """
    counts = Counter(int(token) for reading in readings for token in reading.tokens)
    total = counts.total()
    ordered = sorted(counts.items(), key=lambda found: (-found[1], found[0]))
    return {
        "positions": total,
        "distinct": len(counts),
        "covering": covering([count for _, count in ordered]),
        "entropy": round(-sum(count / total * log2(count / total) for _, count in ordered), DIGITS) + 0.0,
        "commonest": [[token, text([token])[0], round(count / total, DIGITS)] for token, count in ordered[:COMMONEST]],
    }


def covering(counts: Sequence[int]) -> int:
    """Give how many of the commonest it takes to cover `COVERED` of all; the largest counts come first.

    >>> covering([91, 9]), covering([95, 5]), covering([1, 1, 1])
    (2, 1, 3)
    """
    wanted, covered = COVERED * sum(counts), 0
    for number, count in enumerate(counts, start=1):
        covered += count
        if covered >= wanted:
            return number
    return len(counts)


def _departs(
    model: Model, address: Address, samples: dict[str, list[Ids]], *, projection: str, bos: bool
) -> list[dict[str, Any]]:
    """The passages of natural text with the rarest tokens of z, one a token; nothing where there is no text."""
    passages = samples.get("text", [])
    readings = model.component(address, "z", projection=projection, bos=bos).read(passages) if passages else []
    return departures(readings, model.text)


def departures(readings: Sequence[Reading], text: Any) -> list[dict[str, Any]]:
    """Pick the passages in which the rarest attention tokens are read for certain, at most one for each token.

    Returns:
        for each its `ids`, their `text`, the reading `z` as ids and texts, where the rare token stands (`at`), and how
        often it was read in all passages (`count`). Nothing of readings that all say the same.
    """
    counts = Counter(int(token) for reading in readings for token in reading.tokens)
    found: dict[int, tuple[int, int, Reading]] = {}
    for reading in readings:
        for at in range(len(reading)):
            token = int(reading.tokens[at])
            if not reading.near_ties[at]:
                found.setdefault(token, (counts[token], at, reading))
    rare = sorted(found.values(), key=lambda one: one[0])[:DEPARTURES] if len(counts) > 1 else []
    return [
        {
            "ids": list(reading.ids),
            "text": text(reading.ids),
            "z": [
                [int(token), said] for token, said in zip(reading.tokens, text(reading.tokens.tolist()), strict=True)
            ],
            "at": at,
            "count": count,
        }
        for count, at, reading in rare
        if count <= (1 - COVERED) * counts.total()
    ]


def _attends(head: ComponentHead, samples: dict[str, list[Ids]]) -> dict[str, dict[str, float]]:
    """The mean share of attention that each role gets, by kind of sequence."""
    made: dict[str, dict[str, float]] = {}
    for name, sequences in samples.items():
        once = [one for one in head.read(sequences) if isinstance(one, Attention)]
        twice = [
            one for one in head.read([ids[: len(ids) // 2] * 2 for ids in sequences]) if isinstance(one, Attention)
        ]
        made[name] = {}
        for role, claimed in ROLES.items():
            found = [roles.attends(one, claimed) for one in (twice if role in OF_COPIES else once)]
            shares = [one.share for one in found if one.compared]
            if shares:
                made[name][role] = round(sum(shares) / len(shares), DIGITS)
    return made


def _reads_bos(model: Model, address: Address, samples: dict[str, list[Ids]], *, projection: str) -> dict[str, float]:
    """The share of positions where z reads as BOS's own value does, by kind of sequence; nothing without a BOS."""
    front = model.backbone.bos
    if front is None:
        return {}
    value = model.component(address, "v", projection=projection, bos=False).read([(front,)])[0].tokens[0]
    z = model.component(address, "z", projection=projection, bos=True)
    made = {}
    for name, sequences in samples.items():
        tokens = [int(token) for one in z.read(sequences) for token in one.tokens]
        made[name] = round(sum(token == value for token in tokens) / len(tokens), DIGITS)
    return made
