"""The specimens without their networks: every head read by its rule, for tests of what is done with readings.

That the networks read what the rules say is tested in `tests/models/test_specimens.py` and `test_specimen_models.py`;
a verdict's way from readings to the cell is the same, and here it costs no forward pass.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache, cached_property, lru_cache, partial
from hashlib import sha256

import numpy as np
import torch

from harness.models import catalogue
from harness.models.backbone import Backbone, Shape
from harness.models.fingerprint import digest
from harness.models.nulls.null_models import Null
from harness.models.preparation import NONE
from harness.models.specimens import hand_built, specimen_rotary
from harness.models.specimens.specimen_space import CONTEXT, D_HEAD, DIRECTIONS, WORDS
from harness.models.specimens.specimen_truth import BEHAVIOURS, ROTARY_BEHAVIOURS, expected
from harness.models.specimens.specimen_vocabulary import BOS, SPECIAL, VOCABULARY
from harness.models.vocabulary import WordList
from harness.readings.loading import load_model
from harness.readings.model import Model
from harness.readings.projection import Projection
from harness.readings.reading import Reading
from harness.records.address import ATTENTION, Address

SIZES = {
    hand_built.NAME: (hand_built.N_LAYERS, hand_built.N_HEADS, False, BEHAVIOURS),
    specimen_rotary.NAME: (specimen_rotary.N_LAYERS, specimen_rotary.N_HEADS, True, ROTARY_BEHAVIOURS),
}


class _LazyNetwork:
    """What is known of a specimen without its weights; whoever asks for more gets it from its network."""

    preparation, dtype, device = NONE, torch.float32, torch.device("cpu")
    bos, bos_from, special = BOS, "tokenizer", SPECIAL

    def __init__(self, name: str) -> None:
        n_layers, n_heads, rotary, _ = SIZES[name]
        self.name = name
        self.fingerprint = self.weights_sha256 = sha256(f"{name} by rule".encode()).hexdigest()
        self.shape = Shape(n_layers, n_heads, n_heads, D_HEAD, DIRECTIONS, WORDS, CONTEXT, rotary)
        words = WordList(VOCABULARY, bos=BOS, special=SPECIAL)
        self.token, self.encode = words.token, words.encode
        self.settings, self.vocabulary_sha256 = {"rules": name}, words.sha256
        self.config_sha256 = digest(self.settings)

    @cached_property
    def _network(self) -> Backbone:
        return catalogue.boot(self.name)

    def __getattr__(self, name: str) -> object:
        return getattr(self._network, name)


class ByRule(Model):
    """A specimen whose readings follow from the rules; for its attention alone the network is asked."""

    def __init__(self, name: str = hand_built.NAME) -> None:
        self.name = name
        super().__init__(_LazyNetwork(name), make_nulls=lambda: _nulls(catalogue.nulls, name))
        self._made: Callable[..., Reading] = lru_cache(maxsize=1 << 17)(partial(_reading, SIZES[name][3]))

    @property
    def in_float64(self) -> "ByRule":  # type: ignore[override]
        return self

    @cached_property
    def regauged(self) -> "ByRule":  # type: ignore[override]
        return _InAnotherBasis(self.name)

    def read(
        self,
        sequences: Sequence[Iterable[int]],
        address: Address,
        component: str,
        *,
        way: Projection = Projection.OUTPUT,
        bos: bool = True,
        afresh: bool = False,
        own: bool = False,
    ) -> list[Reading]:
        if component == ATTENTION or way is not Projection.OUTPUT:
            return super().read(sequences, address, component, way=way, bos=bos, afresh=afresh, own=own)
        return [self._made(str(address), component, self.source.check(ids, bos=bos), bos) for ids in sequences]


class _InAnotherBasis(ByRule):
    """The same, but what depends on the basis reads other tokens."""

    def read(
        self,
        sequences: Sequence[Iterable[int]],
        address: Address,
        component: str,
        *,
        way: Projection = Projection.OUTPUT,
        **how: bool,
    ) -> list[Reading]:
        found = super().read(sequences, address, component, way=way, **how)
        if component == ATTENTION or way.gauge_free(component):
            return found
        return [replace(reading, tokens=reading.tokens + 1) for reading in found]


def _reading(behaviours: Sequence[object], head: str, component: str, ids: tuple[int, ...], bos: bool) -> Reading:
    found = expected(head, component, ids, bos=bos, of=behaviours)
    flat = [token for row in found for token in row] if component == "qk" else found
    tokens = np.array(flat, dtype=np.int64)
    return Reading(
        ids=ids,
        sequence=ids,
        triangle=component == "qk",
        tokens=tokens,
        runners_up=np.where(tokens == BOS, BOS + 1, BOS),
        margins=np.ones(len(tokens)),
        near_ties=np.zeros(len(tokens), dtype=bool),
    )


@cache
def _nulls(make: Callable[..., dict[str, Null]], name: str) -> dict[str, Null]:
    """A specimen's nulls, made once for all tests; those of a test that makes them in a way of its own are others."""
    return make(name, None)


def loading(name: str, **how: object) -> Model:
    """What `load_model` would give, a specimen read by rule where that is the same."""
    return ByRule(name) if name in SIZES and not _unlike(how) else load_model(name, **how)  # type: ignore[arg-type]


def _unlike(how: dict[str, object]) -> bool:
    """Whether a model is asked for that rounds, or is prepared, in a way of its own."""
    asked = {"dtype": "float32", "device": "cpu", "preparation": "default"} | how
    return (asked["dtype"], asked["device"], asked["preparation"]) != ("float32", "cpu", "default")
