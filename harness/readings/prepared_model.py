"""A prepared model: a network whose heads can be read, and the same network seen in other ways."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cached_property
from typing import Any, TypeVar

import torch

from harness.errors import ModelError
from harness.models.backbone import Backbone
from harness.models.nulls.null_models import Null
from harness.profiling import Part, spent_on
from harness.readings.activation_source import ActivationSource
from harness.readings.activations import Ids
from harness.readings.batch_size import FEW
from harness.readings.checks.gauge import Regauged
from harness.readings.decoder import FOLDS, Decoder
from harness.readings.known_readings import KnownReadings, Whose
from harness.readings.lexicon import Lexicon, lexicon
from harness.readings.made_together import made_together
from harness.readings.malloc import collect
from harness.readings.nulls import Nulls
from harness.readings.projection import Projection
from harness.readings.reading import Reading
from harness.readings.remembered import Remembered
from harness.readings.side_by_side import Made, ReadingRequest, made_for
from harness.readings.streams import Streams
from harness.records.address import Address

ROOM = 256 << 20
"""Bytes of activations that a model may remember, and a third as many of readings: enough for most families of claims
about five layers of nine heads."""

ASIDE = 48 << 20
"""Bytes of activations for a model that is asked for little: in float64, in other coordinates, or untrained."""

ASIDE_FOLDS = 42 << 20
"""Its folded matrices: two heads', for claims about pairs."""

NULL_FOLDS = 112 << 20
"""Folded matrices of a null model: five heads', which every claim is counted on."""

Measured = TypeVar("Measured")


class PreparedModel:
    """A prepared network that can be read.

    Attributes:
        backbone: the network itself.
        source: its activations, with their cache.
        decoder: what turns them into readings.
        known: the readings that have been made.
    """

    def __init__(
        self,
        backbone: Backbone,
        *,
        make_nulls: Callable[[], Mapping[str, Null]] | None = None,
        room: int = ROOM,
        folds: int = FOLDS,
        rough: Decoder | None = None,
        memory: Remembered | None = None,
        together: set[int] | None = None,
    ) -> None:
        """Make a prepared network readable.

        Args:
            make_nulls: makes its null models, or finds them; `load_model` knows how.
            room: bytes of activations that may be remembered, and a third as many of readings.
            folds: bytes of folded matrices that may be.
            rough: what decodes the same network in float32, where this one is in float64.
            memory: its readings of earlier runs, where it shall know of any.
            together: the layers that are read together, where another model says which.
        """
        self.backbone = backbone
        self.source = ActivationSource(backbone, budget=room, together=together)
        self.decoder = Decoder(backbone, room=folds, rough=rough)
        self.known = KnownReadings(backbone, room=room // 3, memory=memory)
        self._make_nulls = make_nulls
        self._measured: dict[Hashable, Any] = {}

    @cached_property
    def lexicon(self) -> Lexicon:
        """The ids that sequences are made of, the most readable first."""
        return lexicon(self.backbone)

    def text(self, ids: Iterable[int]) -> list[str]:
        """Return each id's vocabulary entry, as it is; it may be hostile text."""
        return [self.backbone.token(int(id)) for id in ids]

    def encode(self, text: str) -> Ids:
        """Return a text's ids, without BOS."""
        return self.backbone.encode(text)

    @cached_property
    def in_float64(self) -> PreparedModel:
        """The same prepared weights in float64, for re-checks."""
        rough = self.decoder if self.backbone.dtype is torch.float32 else None
        twin = self._beside(self.backbone.in_float64(), rough=rough)
        twin.source.shared_from = 1  # what breaks a claim of one head mostly breaks it of its neighbours
        return twin

    @cached_property
    def regauged(self) -> PreparedModel:
        """The same model in other coordinates inside its heads."""
        return self._beside(Regauged(self.backbone, seed=0))

    def _beside(self, backbone: Backbone, *, rough: Decoder | None = None) -> PreparedModel:
        """The same network seen in another way: it reads the same layers together."""
        memory, together = self.known.memory, self.source.together
        made = PreparedModel(backbone, room=ASIDE, folds=ASIDE_FOLDS, rough=rough, memory=memory, together=together)
        made.go_on_from(self.source.runs.streams)
        return made

    @cached_property
    def nulls(self) -> Nulls[PreparedModel]:
        """The same architecture with random weights, and with this model's weights rotated; see `harness.models.nulls`.

        Made at the first call where the cache has none, which may take a minute. Where none can be made there are
        none, and `missing` says why.
        """

        def load(backbone: Backbone) -> PreparedModel:
            made = PreparedModel(backbone, room=ASIDE, folds=NULL_FOLDS)
            made.go_on_from(self.source.runs.streams)
            return made

        if self._make_nulls is None:
            return Nulls({}, load, missing=f"{self.backbone.name}: it is not known where its weights came from.")
        try:
            return Nulls(self._make_nulls(), load)
        except ModelError as error:
            return Nulls({}, load, missing=str(error))
        finally:
            collect(self.backbone.shape.vocab * self.backbone.shape.d_model)

    def read_together(self, layers: Collection[int]) -> None:
        """Be told which layers' heads will be asked for the same sequences: one run of the model then serves them all.

        The same goes for the model in float64 and in other coordinates.
        """
        self.source.together.clear()
        self.source.together.update(layers)

    def forget(self) -> None:
        """Let go of all activations and readings that are held in memory, of relatives and nulls too."""
        for model in self._loaded():
            model.source.forget()
            model.known.forget()

    def go_on_from(self, streams: Streams | None) -> None:
        """Begin runs of the network where earlier ones stopped, and keep where these stop; relatives and nulls too.

        Without streams, every run begins at the bottom.
        """
        for model in self._loaded():
            model.source.runs.streams = streams

    def try_runs(self) -> None:
        """Find out now how the network, its relatives and nulls can be run, so that forked processes need not."""
        for model in self._loaded():
            model.source.runs.try_out()

    def _loaded(self) -> Iterator[PreparedModel]:
        """Itself, and what has been made of it so far."""
        yield self
        yield from (self.__dict__[name] for name in ("in_float64", "regauged") if name in self.__dict__)
        yield from self.nulls.loaded.values() if "nulls" in self.__dict__ else ()

    def reading_anew(self) -> AbstractContextManager[None]:
        """Use no reading of an earlier run inside the block, and remember none for a later one."""
        return nullcontext() if self.known.memory is None else self.known.memory.aside()

    @contextmanager
    def as_for_a_control(self) -> Iterator[None]:
        """Read the same within the block, with few positions at a time in the network, and decode all of it anew."""
        runs = self.source.runs
        before, runs.most = runs.most, min(runs.most, FEW)
        runs.wide, self.decoder.anew = False, True
        try:
            with self.reading_anew():
                yield
        finally:
            runs.most = before
            runs.wide, self.decoder.anew = True, False

    @property
    def remembers(self) -> bool:
        """Whether readings of earlier runs are used now."""
        return self.known.memory is not None and not self.known.memory.is_aside

    def keep(self) -> None:
        """Write down what was read since, for later runs, where that is remembered."""
        if self.known.memory is not None:
            self.known.memory.keep()

    def once(self, what: Hashable, measure: Callable[[], Measured]) -> Measured:
        """Measure something of this model, once; and once more where no reading of an earlier run may be used."""
        memory = self.known.memory
        key = (what, memory is not None and memory.is_aside)
        if key not in self._measured:
            self._measured[key] = measure()
        found: Measured = self._measured[key]
        return found

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
        """Return the readings of several sequences by one head's component, in order; equal ones are made once.

        Args:
            own: whether these are sequences that heads of other layers will not be asked for.

        Raises:
            SequenceError: for ids that are no sequence of the vocabulary.
            AddressError: for a projection that is not defined for the component.
        """
        with spent_on(Part.READING):
            checked = [self.source.check(ids, bos=bos) for ids in sequences]
            wanted = dict.fromkeys(checked)
            whose = self._whose(address, component, way, bos=bos)
            made = {} if afresh else {ids: known for ids in wanted if (known := self.known.get(whose, ids)) is not None}
            missing = tuple(ids for ids in wanted if ids not in made)
            if missing:
                made |= made_for(self, ReadingRequest(missing, address, component, way, bos, afresh, own))
            return [made[ids] for ids in checked]

    def reads_as(self, address: Address, component: str, way: Projection, *, bos: bool) -> str:
        """Return a digest of all that a component's readings depend on but the ids."""
        return self.known.reader(self._whose(address, component, way, bos=bos))

    def _whose(self, address: Address, component: str, way: Projection, *, bos: bool) -> Whose:
        return Whose(self.backbone.fingerprint, self.source.in_front(bos), address, component, way)

    def make(self, requests: Sequence[ReadingRequest]) -> list[Made]:
        """Return the readings that each asks for: run together, and decoded by component."""
        return made_together(requests, self.source, self.decoder, self.known)
