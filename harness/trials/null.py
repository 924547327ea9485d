"""Null: what a claim comes to where nothing was learnt.

A census of its own, always of the same seed, on the same head, component and projection of the model's two nulls
(`harness.models.nulls`); no search, and nothing re-checked. Its first stage gives the degree; the rest is counted only
where the claim may still hold of the null. A claim holds of a null where its violation
rate is bounded by epsilon, for the cell by itself; near-ties count against it. One that holds of a head, and of
either null as well, says nothing of training, and carries the flag `untrained`.

What was counted is remembered in the cache folder, by a digest of all that it depends on: the null's fingerprint, the
claim as its file has it, the head and how it is read, the sequences, and the code of the instrument itself.
"""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from importlib.metadata import version
from types import MappingProxyType

from harness.errors import ModelError
from harness.laws.conjecture import Conjecture
from harness.models import cache
from harness.models.fingerprint import code_sha256
from harness.readings.component_head import ComponentHead
from harness.readings.lexicon import Lexicon
from harness.records.claim import Control
from harness.records.null_cache import Memory
from harness.trials.census import Census, census
from harness.trials.intervals import upper_bound
from harness.trials.profile import Profile
from harness.trials.verdict import NEAR_TIED

FILE = "null-censuses.db"

SEED = 0
"""Of every null census: what a claim comes to without learning does not change with the run, and is counted once."""

_ROOMS = ("laws", "models", "readings", "records", "trials")
"""What a count depends on: the code in these."""


@dataclass(frozen=True)
class NullCensus:
    """What was counted on one null; see `Census`. One that ended early has too much against it to hold."""

    n: int
    violations: int
    near_ties: int
    degree: float | None
    near_tied: float = 0.0

    def holds(self, profile: Profile) -> bool:
        """Whether the claim holds there."""
        against = self.violations + self.near_ties
        if self.near_tied > NEAR_TIED:
            return False
        return self.n > 0 and upper_bound(against, self.n, confidence=profile.confidence) <= profile.epsilon


@dataclass(frozen=True)
class Nothing:
    """What a claim comes to on the nulls, by their kind; empty where there are none or they were left out.

    Attributes:
        holds: whether it holds of either.
        message: why it could not be counted on one, or nothing.
    """

    counted: Mapping[str, NullCensus] = field(default_factory=lambda: MappingProxyType({}))
    holds: bool = False
    message: str = ""

    def degree(self, kind: str) -> float | None:
        """The degree on one null, where something was counted there."""
        found = self.counted.get(kind)
        return None if found is None else found.degree


def without_learning(conjecture: Conjecture, head: ComponentHead, profile: Profile) -> Nothing:
    """Count the claim on the head's nulls. Controls are not counted there: they are about the instrument."""
    if not profile.nulls or conjecture.control is not Control.NONE:
        return Nothing()
    counted: dict[str, NullCensus] = {}
    messages = []
    for kind in head.model.nulls:
        try:
            counted[kind] = _counted(conjecture, head, kind, profile)
        except ModelError as error:  # what a null cannot do is nothing against the head
            messages.append(f"not counted on {kind} weights: {error}")
    holds = any(found.holds(profile) for found in counted.values())
    return Nothing(MappingProxyType(counted), holds, "; ".join(messages))


def remembered(conjecture: Conjecture, head: ComponentHead, profile: Profile) -> bool:
    """Whether all that would be counted is known already, so that no null need be loaded for it."""
    return all(_known(conjecture, head, kind, profile)[1] is not None for kind in head.model.nulls)


def _known(conjecture: Conjecture, head: ComponentHead, kind: str, profile: Profile) -> tuple[str, NullCensus | None]:
    """What a count is remembered by, and the count where there is one."""
    key = _key(conjecture, head, head.model.nulls.fingerprints[kind], profile, head.model.lexicon)
    return key, _read(Memory(cache.root() / FILE).get(key))


def _counted(conjecture: Conjecture, head: ComponentHead, kind: str, profile: Profile) -> NullCensus:
    nulls, lexicon = head.model.nulls, head.model.lexicon
    key, known = _known(conjecture, head, kind, profile)
    if known is not None:
        return known
    reader = head.on(nulls[kind])

    def may_hold(so_far: Census) -> bool:
        against = so_far.violations + so_far.near_ties
        return upper_bound(against, profile.on_nulls, confidence=profile.confidence) <= profile.epsilon

    found = census(
        conjecture,
        reader,
        number=profile.on_nulls,
        seed=SEED,
        lexicon=lexicon,
        first=profile.first_on_nulls,
        worth=may_hold,
    )
    made = NullCensus(found.n, found.violations, found.near_ties, found.degree, found.near_tied_share)
    Memory(cache.root() / FILE).put(key, json.dumps(asdict(made)))
    return made


def _read(value: str | None) -> NullCensus | None:
    try:
        return None if value is None else NullCensus(**json.loads(value))
    except (ValueError, TypeError):  # another version's
        return None


def _key(conjecture: Conjecture, head: ComponentHead, null: str, profile: Profile, lexicon: Lexicon) -> str:
    return _digest(
        {
            "null": null,
            "claim": [conjecture.chapter, conjecture.name, conjecture.family, _chapter_text(conjecture)],
            "head": [str(head.address), head.name, head.way.value, head.bos],
            "sequences": [profile.on_nulls, profile.first_on_nulls, SEED, _lexicon_digest(lexicon)],
            "instrument": [_instrument(), version("hypothesis")],
        }
    )


def _chapter_text(conjecture: Conjecture) -> str:
    """The claim's file: the claim itself, its strategies as written, and what else stands there that it may use."""
    return _digest([inspect.getsource(inspect.getmodule(inspect.unwrap(conjecture.test)) or conjecture.test)])


@lru_cache(maxsize=4)
def _lexicon_digest(lexicon: Lexicon) -> str:
    return _digest(lexicon)


def _instrument() -> str:
    return code_sha256(*_ROOMS)


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
