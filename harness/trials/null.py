"""Null: what a claim comes to where nothing was learnt.

The claim is counted on a few heads of the same layer in each of the model's two nulls (`harness.models.nulls`), on the
sequences of the run's own census, so that a head can be compared with them sequence by sequence; no search, and nothing
re-checked. A cell that may stand out is compared with more heads, on more sequences.

The first stage gives the degree. The rest is counted only where the claim may hold of the head, and may still hold of
the null. A claim holds of a null's head where its violation rate is bounded by epsilon, for the cell by itself;
near-ties count against it. One that holds of a head, and of most heads of either null as well, says nothing of
training, and carries the flag `untrained`.

What was counted is remembered in the cache folder, by a digest of all that it depends on: the null's fingerprint, the
claim as its file has it, the null's heads and how they are read, the sequences, and the code of the instrument itself.
Since all heads of a layer are compared with the same few, it is counted once a layer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from types import MappingProxyType

from harness.errors import ModelError
from harness.laws.conjecture import Conjecture
from harness.models import cache
from harness.models.fingerprint import digest
from harness.readings.component_head import ComponentHead
from harness.records.address import Address, Pair
from harness.records.claim import Control
from harness.records.comparison import Shares
from harness.records.value_cache import ValueCache
from harness.trials.census import Census, census, shares
from harness.trials.depends import instrument, of_claim, of_lexicon
from harness.trials.intervals import upper_bound
from harness.trials.profile import Profile
from harness.trials.verdict import NEAR_TIED

FILE = "null-censuses.db"

HEADS = 3
"""Heads of each null model that a head is compared with at first. They lie apart, so that few share keys and values."""

ALL_HEADS = 3 * HEADS
"""Heads of each that a cell is compared with where it lies further than `PROMISING` from the first: enough to say how
widely such heads differ. The first decide nothing but what is worth asking of the others."""


@dataclass(frozen=True)
class NullCensus:
    """What was counted on one head of a null; see `Census`. One that ended early has too much against it to hold."""

    n: int = 0
    violations: int = 0
    near_ties: int = 0
    near_tied: float = 0.0
    shares: Shares = ()

    def holds(self, profile: Profile) -> bool:
        """Return whether the claim holds there."""
        against = self.violations + self.near_ties
        if self.near_tied > NEAR_TIED:
            return False
        return self.n > 0 and upper_bound(against, self.n, confidence=profile.confidence) <= profile.epsilon


@dataclass(frozen=True)
class NullDegrees:
    """A claim's counts on the nulls' heads, by kind of null; empty where there are no nulls or they were left out.

    Attributes:
        holds: whether it holds of most heads of either.
        message: why it could not be counted on one, or nothing.
    """

    counted: Mapping[str, tuple[NullCensus, ...]] = field(default_factory=lambda: MappingProxyType({}))
    holds: bool = False
    message: str = ""

    @property
    def shares(self) -> dict[str, list[Shares]]:
        """The agreement of each head on each sequence, by null."""
        return {kind: [one.shares for one in heads] for kind, heads in self.counted.items()}


def without_learning(
    conjecture: Conjecture, head: ComponentHead, profile: Profile, *, whole: bool = True
) -> NullDegrees:
    """Count the claim on heads of the model's nulls. Controls are not counted there: they are about the instrument.

    Args:
        whole: whether it is asked if the claim holds there; without it, the first stage gives the degree, and no more.
    """
    if not profile.nulls or conjecture.control is not Control.NONE:
        return NullDegrees()
    counted: dict[str, tuple[NullCensus, ...]] = {}
    messages = []
    for kind in head.model.nulls:
        try:
            counted[kind] = _counted(conjecture, head, kind, profile, whole=whole)
        except ModelError as error:  # what a null cannot do is nothing against the head
            messages.append(f"not counted on {kind} weights: {error}")
    holds = whole and any(2 * sum(one.holds(profile) for one in heads) > len(heads) for heads in counted.values())
    return NullDegrees(MappingProxyType(counted), holds, "; ".join(messages))


def beside_all(conjecture: Conjecture, head: ComponentHead, profile: Profile, *, upto: int) -> dict[str, list[Shares]]:
    """Give the agreement of `ALL_HEADS` of each null on each of the first `upto` sequences, by null."""
    found = {}
    for kind in head.model.nulls:
        key = _key(conjecture, head, kind, profile, upto=upto)
        known = _known(key)
        if known is None:
            begun = _begun(conjecture, head, kind, profile, upto=upto)
            known = tuple(
                NullCensus(shares=_upto(conjecture, head, kind, one, begun, profile.seed, upto))
                for one in stand_ins(conjecture, head, ALL_HEADS)
            )
            _remember(key, known)
        found[kind] = [one.shares for one in known]
    return found


def _begun(
    conjecture: Conjecture, head: ComponentHead, kind: str, profile: Profile, *, upto: int
) -> dict[Address | Pair, Shares]:
    """What was counted on some of a null's heads on fewer sequences."""
    heads, counted = stand_ins(conjecture, head, ALL_HEADS), None
    for fewer in reversed([step for step in profile.comparing if step < upto]):
        counted = counted or _known(_key(conjecture, head, kind, profile, upto=fewer))
    if counted is None:
        heads, counted = stand_ins(conjecture, head), _counted(conjecture, head, kind, profile, whole=False)
    return {one: found.shares for one, found in zip(heads, counted, strict=True)}


def _upto(
    conjecture: Conjecture,
    head: ComponentHead,
    kind: str,
    one: Address | Pair,
    begun: Mapping[Address | Pair, Shares],
    seed: int,
    upto: int,
) -> Shares:
    """The agreement of a null's head on the first sequences, of which some may be counted already."""
    known = begun.get(one, ())
    reader = head.on(head.model.nulls[kind], one)
    return known + shares(conjecture, reader, len(known), upto, seed=seed, lexicon=head.model.lexicon)


def stand_ins(conjecture: Conjecture, head: ComponentHead, number: int = HEADS) -> tuple[Address | Pair, ...]:
    """Give the heads of a null that a head is compared with, the same for all heads of its layer; of a pair, pairs.

    Of three times as many, every third is one of the fewer.

    A cell that can hardly stand out, since its component depends on the basis or its law is architectural, is at first
    compared with one. A layer of one head has no pair: there a pair is compared with its own place.
    """
    n_heads = head.model.backbone.shape.n_heads
    free = head.way.gauge_free(head.name) and not conjecture.architectural
    few = number if free or number > HEADS else 1
    heads = spread(head.layer, n_heads, few)
    if not isinstance(head.address, Pair):
        return tuple(heads)
    if few == 1 and n_heads > 1:
        heads = [heads[0], Address(head.layer, 1)]
    neighbours = [Pair(*sorted(two)) for two in zip(heads, [*heads[1:], heads[0]], strict=True) if two[0] != two[1]]
    return tuple(dict.fromkeys(neighbours)) or (head.address,)


def spread(layer: int, n_heads: int, number: int) -> list[Address]:
    """Give this number of heads of a layer, evenly spread; all of them where there are no more.

    >>> [str(one) for one in spread(2, 9, 3)]
    ['2.0', '2.3', '2.6']
    """
    return [Address(layer, one) for one in dict.fromkeys(place * n_heads // number for place in range(number))]


def remembered(
    conjecture: Conjecture, head: ComponentHead, profile: Profile, *, whole: bool
) -> dict[str, list[Shares]] | None:
    """Give the shares of the nulls' heads that are known already; None where one is not, and a null must be loaded."""
    found = {}
    for kind in head.model.nulls:
        known = _counted_before(conjecture, head, kind, profile, whole=whole)
        if known is None:
            return None
        found[kind] = [one.shares for one in known]
    return found


def beside_all_remembered(conjecture: Conjecture, head: ComponentHead, profile: Profile, *, upto: int) -> bool:
    """Return whether what `beside_all` gives is known already."""
    return all(_known(_key(conjecture, head, kind, profile, upto=upto)) is not None for kind in head.model.nulls)


def _counted(
    conjecture: Conjecture, head: ComponentHead, kind: str, profile: Profile, *, whole: bool
) -> tuple[NullCensus, ...]:
    known = _counted_before(conjecture, head, kind, profile, whole=whole)
    if known is not None:
        return known

    def may_hold(so_far: Census) -> bool:
        against = so_far.violations + so_far.near_ties
        return whole and upper_bound(against, profile.on_nulls, confidence=profile.confidence) <= profile.epsilon

    found = [
        census(
            conjecture,
            reader,
            number=profile.on_nulls,
            seed=profile.seed,
            lexicon=head.model.lexicon,
            first=profile.first_on_nulls,
            worth=may_hold,
        )
        for reader in (head.on(head.model.nulls[kind], one) for one in stand_ins(conjecture, head))
    ]
    made = tuple(NullCensus(one.n, one.violations, one.near_ties, one.near_tied_share, one.shares) for one in found)
    _remember(_key(conjecture, head, kind, profile, whole=whole), made)
    return made


def _counted_before(
    conjecture: Conjecture, head: ComponentHead, kind: str, profile: Profile, *, whole: bool
) -> tuple[NullCensus, ...] | None:
    """What was counted before; where the first stage is enough, that of a whole count as well."""
    known = _known(_key(conjecture, head, kind, profile))
    return known if whole or known is not None else _known(_key(conjecture, head, kind, profile, whole=False))


def _remember(key: str, made: tuple[NullCensus, ...]) -> None:
    ValueCache(cache.root() / FILE).put(key, json.dumps([asdict(one) for one in made]))


def _known(key: str) -> tuple[NullCensus, ...] | None:
    value = ValueCache(cache.root() / FILE).get(key)
    try:
        if value is None:
            return None
        return tuple(NullCensus(**{**plain, "shares": tuple(plain["shares"])}) for plain in json.loads(value))
    except (ValueError, TypeError, KeyError):  # another version's
        return None


def _key(
    conjecture: Conjecture, head: ComponentHead, kind: str, profile: Profile, *, upto: int = 0, whole: bool = True
) -> str:
    """Give what a count on a null is remembered by: all that it depends on."""
    spans = [profile.on_nulls if whole else 0, profile.first_on_nulls, upto]
    number = ALL_HEADS if upto else HEADS
    return digest(
        {
            "null": head.model.nulls.fingerprints[kind],
            "claim": of_claim(conjecture),
            "heads": [[str(one) for one in stand_ins(conjecture, head, number)], head.name, head.way.value, head.bos],
            "sequences": [*spans, profile.seed, of_lexicon(head.model.lexicon)],
            "instrument": [instrument(), version("hypothesis")],
        }
    )
