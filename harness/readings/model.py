"""A model as something that reads: from ids to readings, for any of its heads.

from harness import load_model
load_model("smollm2-135m").head("0.1")((28, 260, 28))
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import cached_property, partial
from random import Random

import numpy as np
import torch

from harness.errors import AddressError, ModelError
from harness.models import catalogue
from harness.models.backbone import Backbone
from harness.models.nulls.null_models import Null
from harness.profiling import Part, spent_on
from harness.readings.activations import Activations, ActivationSource, Ids
from harness.readings.attention import attention
from harness.readings.checks.gauge import Regauged
from harness.readings.decoding.shortlist import Unembeddings, shortlist, unembeddings
from harness.readings.decoding.top_two import Folded, Top2, fold, top2
from harness.readings.head import ComponentHead, Head, PairHead
from harness.readings.lexicon import Lexicon, lexicon
from harness.readings.malloc import give_back, large_pieces_apart
from harness.readings.nulls import Nulls
from harness.readings.projection import pairs, way_out
from harness.readings.reading import Reading
from harness.readings.recency import RecencyCache
from harness.readings.remembered import Remembered, reader
from harness.readings.room import folder, room
from harness.readings.tolerance import ROUNDED, Tolerance
from harness.readings.vocabulary import Vocabulary, calibration, vocabulary
from harness.readings.way import Projection
from harness.records.address import ATTENTION, Address, Pair, addresses

VECTORS_PER_BLOCK = 16384
"""How many vectors are decoded at once, so that memory is bounded whatever the batch."""


ROOM = 256 << 20
"""Bytes of activations that a model may remember, and a third as many of readings: enough for most families of claims
about five layers of nine heads."""

FOLDS = 192 << 20
"""Bytes of folded matrices that it may: nine heads' of fifty thousand tokens. One is made in 30 ms."""

FEW_FOLDS = 84 << 20
"""Of a model whose heads are asked for one after another: four heads', for claims about pairs."""

ASIDE = 48 << 20
"""Bytes of activations for a model that is asked for little: in float64, in other coordinates, or untrained."""

ASIDE_FOLDS = 42 << 20
"""Its folded matrices: two heads', for claims about pairs."""

_LARGE = 1 << 20
"""Entries of the unembedding from which what a preparation leaves behind is worth giving back."""

LINES = ("q", "k", "v", "z")
"""Components that have one vector a position."""

OBJECT = 1 << 10
"""Bytes of a remembered reading besides its numbers: four arrays, and the key that it is found by."""


def load_model(
    name: str = catalogue.DEFAULT,
    *,
    dtype: str = "float32",
    device: str = "cpu",
    preparation: str = "default",
    checking: bool = True,
    remembering: bool = False,
) -> Model:
    """The model of that name (`headlaws models` lists them) or in that folder, prepared and ready to be read.

    Args:
        preparation: `default`, `seed` (as the seed notebook had it) or `none`; see `harness.models.preparation`.
        checking: whether a device is checked before its first use; see `harness.readings.checks.device_check`.
        remembering: whether readings are taken from those that earlier runs remembered, and remembered for later ones.

    Raises:
        ModelError: where there is no such model, or it cannot be used, or the device computes something else; one
            line says why and what to do.
    """
    large_pieces_apart()
    bytes_on_disk = room() if remembering else 0
    backbone = catalogue.boot(name, dtype=dtype, device=device, preparation=preparation)
    _let_go(backbone)
    model = Model(backbone, make_nulls=lambda: catalogue.nulls(name, backbone))
    if checking and device != "cpu":
        from harness.readings.checks.device_check import check_device

        check_device(model, device, lambda: load_model(name, dtype="float64", device="cpu", preparation=preparation))
    model.memory = Remembered(folder(), room=bytes_on_disk) if bytes_on_disk else None
    return model


class Model:
    """A prepared network whose heads can be read.

    Attributes:
        backbone: the network itself.
        source: its activations, with their cache.
        memory: its readings of earlier runs, where it shall know of any.
    """

    def __init__(
        self,
        backbone: Backbone,
        *,
        make_nulls: Callable[[], Mapping[str, Null]] | None = None,
        room: int = ROOM,
        folds: int = FOLDS,
        rough: Model | None = None,
        memory: Remembered | None = None,
    ) -> None:
        """Make a prepared network readable.

        Args:
            make_nulls: makes its null models, or finds them; `load_model` knows how.
            room: bytes of activations that may be remembered, and a third as many of readings.
            folds: bytes of folded matrices that may be.
            rough: the same network in float32, where this one is in float64: its folded matrices say which tokens
                can be meant at all.
            memory: its readings of earlier runs, where it shall know of any.
        """
        self.backbone = backbone
        self.memory = memory
        self.source = ActivationSource(backbone, budget=room)
        self._make_nulls = make_nulls
        self._rough = rough
        self._relatives: list[Model] = []
        self._survives: dict[tuple[Address, str, Projection, bool, bool], bool] = {}
        self._vocabularies: dict[tuple[Address, str, Projection, bool, bool], Vocabulary] = {}
        self._folded: RecencyCache[Folded] = RecencyCache(budget=folds)
        self._readings: RecencyCache[Reading] = RecencyCache(budget=room // 3)
        self._readers: dict[tuple[Address, str, Projection, bool], str] = {}

    def _repr_html_(self) -> str:
        from harness.readings import html

        return html.model(self)

    def __repr__(self) -> str:
        shape = self.backbone.shape
        return f"Model({self.backbone.name!r}, {shape.n_layers} layers x {shape.n_heads} heads, {shape.vocab} tokens)"

    @cached_property
    def lexicon(self) -> Lexicon:
        """The ids that sequences are made of, the most readable first."""
        return lexicon(self.backbone)

    @cached_property
    def in_float64(self) -> Model:
        """The same prepared weights in float64, for re-checks."""
        rough = self if self.backbone.dtype is torch.float32 else None
        twin = Model(self.backbone.in_float64(), room=ASIDE, folds=ASIDE_FOLDS, rough=rough, memory=self.memory)
        twin.source.shared_from = 1  # what breaks a claim of one head mostly breaks it of its neighbours
        return self._relative(twin)

    def read_together(self, layers: Collection[int]) -> None:
        """Be told which layers' heads will be asked for the same sequences: one run of the model then serves them all.

        The same goes for the model in float64 and in other coordinates.
        """
        self.source.together = frozenset(layers)
        for relative in self._relatives:
            relative.source.together = self.source.together

    def one_head_at_a_time(self) -> None:
        """Be told that what is asked of a head is asked before the next one: few folded matrices are kept."""
        self._folded.within(FEW_FOLDS)

    def forget(self) -> None:
        """Let go of all activations and readings that are held in memory, of relatives and nulls too."""
        loaded = [] if "nulls" not in self.__dict__ else [self.nulls[kind] for kind in self.nulls.loaded]
        for model in (self, *self._relatives, *loaded):
            model.source.forget()
            model._readings.clear()
        if self.memory is not None:
            self.memory.let_go()

    def reading_anew(self) -> AbstractContextManager[None]:
        """Within the block no reading of an earlier run is used, and none is remembered for a later one."""
        return nullcontext() if self.memory is None else self.memory.aside()

    def keep(self) -> None:
        """Write down what was read since, for later runs, where that is remembered."""
        if self.memory is not None:
            self.memory.keep()

    @property
    def _anew(self) -> bool:
        """Whether no reading of an earlier run may be used."""
        return self.memory is not None and self.memory.is_aside

    def _relative(self, relative: Model) -> Model:
        relative.source.together = self.source.together
        self._relatives.append(relative)
        return relative

    @cached_property
    def nulls(self) -> Nulls:
        """The same architecture with random weights, and with this model's weights rotated; see `harness.models.nulls`.

        Made at the first call where the cache has none, which may take a minute. Where none can be made there are
        none, and `missing` says why.
        """
        if self._make_nulls is None:
            return Nulls({}, missing=f"{self.backbone.name}: where its weights came from is not known.")
        try:
            return Nulls(self._make_nulls())
        except ModelError as error:
            return Nulls({}, missing=str(error))
        finally:
            _let_go(self.backbone)

    def head(self, address: str | Address, *, projection: str = "output", bos: bool = True) -> Head:
        """One head, as in `model.head("0.1")`.

        Raises:
            AddressError: where the model has no such head, or the address names several.
        """
        shape = self.backbone.shape
        found = addresses([str(address)], n_layers=shape.n_layers, n_heads=shape.n_heads, model=self.backbone.name)
        if len(found) != 1:
            raise AddressError(f"head {str(address)!r}: names {len(found)} heads; give one, as in '0.1'.")
        return Head(self, found[0], projection=projection, bos=bos)

    def component(
        self, address: Address | Pair, component: str, *, projection: str = "output", bos: bool = True
    ) -> ComponentHead:
        """One component (or the attention) of one head, or of a pair: what conjectures are stated of."""
        if isinstance(address, Pair):
            left, right = (
                self.component(head, component, projection=projection, bos=bos)
                for head in (address.left, address.right)
            )
            return PairHead(address, left, right)
        return self.head(address, projection=projection, bos=bos).component(component)

    def text(self, ids: Iterable[int]) -> list[str]:
        """Each id's vocabulary entry, as it is; it may be hostile text."""
        return [self.backbone.token(int(id)) for id in ids]

    def encode(self, text: str) -> Ids:
        """A text's ids, without BOS."""
        return self.backbone.encode(text)

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
        """The readings of several sequences by one head's component, in order; equal ones are made once.

        Args:
            own: whether these are sequences that heads of other layers will not be asked for.

        Raises:
            SequenceError: for ids that are no sequence of the vocabulary.
            AddressError: for a projection that is not defined for the component.
        """
        with spent_on(Part.READING):
            return self._remembered(sequences, address, component, way, bos=bos, afresh=afresh, own=own)

    def _remembered(
        self,
        sequences: Sequence[Iterable[int]],
        address: Address,
        component: str,
        way: Projection,
        *,
        bos: bool,
        afresh: bool,
        own: bool,
    ) -> list[Reading]:
        checked = [self.source.check(ids, bos=bos) for ids in sequences]
        asked = (self.backbone.fingerprint, self.source.in_front(bos), address, component, way)
        made: dict[Ids, Reading] = {}
        memory = None if afresh else self.memory
        for ids in dict.fromkeys(checked) if not afresh else ():
            kept = self._readings.get((*asked, ids))
            if memory is not None and kept is not None:
                memory.put(self._reader(address, component, way, bos), kept)
            elif memory is not None:
                kept = memory.get(self._reader(address, component, way, bos), ids)
            if kept is not None:
                made[ids] = kept
        missing = [ids for ids in dict.fromkeys(checked) if ids not in made]
        whose = (address, component, way)
        activations = self.source.of(missing, address.layer, bos=bos, afresh=afresh, own=own, whose=whose)
        parts = [component] if afresh or own or not missing else self._beside(component, address.layer, way)
        for part, readings in zip(parts, self._read(missing, activations, address, parts, way), strict=True):
            for ids, reading in zip(missing, readings, strict=True):
                if part == component:
                    made[ids] = reading
                if not afresh:
                    key = (self.backbone.fingerprint, self.source.in_front(bos), address, part, way, ids)
                    self._readings.put(key, reading, size=reading.nbytes + OBJECT)
                if memory is not None:
                    memory.put(self._reader(address, part, way, bos), reading)
        return [made[ids] for ids in checked]

    def _reader(self, address: Address, component: str, way: Projection, bos: bool) -> str:
        """What the readings of a component go by from run to run: all that they depend on but the ids."""
        key = (address, component, way, bos)
        if key not in self._readers:
            backbone = self.backbone
            self._readers[key] = reader(
                fingerprint=backbone.fingerprint,
                config=backbone.config_sha256,
                device=[str(backbone.device), torch.backends.cpu.get_cpu_capability()],
                in_front=self.source.in_front(bos),
                head=str(address),
                component=component,
                projection=way.value,
            )
        return self._readers[key]

    def _beside(self, component: str, layer: int, way: Projection) -> list[str]:
        """The components that are read with this one: those of one value a position, where they go the same way out."""
        if layer not in self.source.together or component not in LINES:
            return [component]
        return [part for part in LINES if way.defined_for(part) and way.matrix(part) == way.matrix(component)]

    def _read(
        self,
        sequences: list[Ids],
        activations: list[Activations],
        address: Address,
        components: list[str],
        way: Projection,
    ) -> list[list[Reading]]:
        """The readings by several components that go the same way out, decoded together."""
        if components == [ATTENTION]:
            each = zip(sequences, activations, strict=True)
            return [[attention(ids, made, address.head, noise=self._noise) for ids, made in each]]
        vectors = [_vectors(made, part, address.head) for part in components for made in activations]
        top = self._decoder(address, components[0], way)
        found = self._decode(sequences * len(components), vectors, top, triangle=components == ["qk"])
        number = len(sequences)
        return [found[i * number : (i + 1) * number] for i in range(len(components))]

    @cached_property
    def regauged(self) -> Model:
        """The same model in other coordinates inside its heads."""
        other = Regauged(self.backbone, seed=0)
        return self._relative(Model(other, room=ASIDE, folds=ASIDE_FOLDS, memory=self.memory))

    def survives_gauge(self, address: Address, component: str, *, way: Projection, bos: bool) -> bool:
        """Whether a component's readings stay the same, near-ties apart, when the basis inside the head is changed.

        Measured on a few random sequences; `Projection.gauge_free` says what algebra expects. Attention always does.
        """
        if component == ATTENTION:
            return True
        key = (address, component, way, bos, self._anew)
        if key not in self._survives:
            random = Random(0)
            length = min(12, self.backbone.shape.n_ctx - 1)
            probes = [tuple(random.choices(self.lexicon.words, k=length)) for _ in range(3)]
            here = self.read(probes, address, component, way=way, bos=bos)
            there = self.regauged.read(probes, address, component, way=way, bos=bos)
            self._survives[key] = all(
                bool(((left.tokens == right.tokens) | left.near_ties | right.near_ties).all())
                for left, right in zip(here, there, strict=True)
            )
        return self._survives[key]

    def vocabulary(self, address: Address, component: str, *, way: Projection, bos: bool) -> Vocabulary:
        """The attention tokens that a component reads in the calibration sample; made once."""
        key = (address, component, way, bos, self._anew)
        if key not in self._vocabularies:
            sample = calibration(self.lexicon, n_ctx=self.backbone.shape.n_ctx)
            self._vocabularies[key] = vocabulary(self.read(sample, address, component, way=way, bos=bos))
        return self._vocabularies[key]

    def folded(self, address: Address, component: str, way: Projection) -> Folded:
        """The head's way out and the unembedding as one matrix `d_head x vocab`, made ready for decoding."""
        key = (self.backbone.fingerprint, address, way.matrix(component))
        found = self._folded.get(key)
        if found is None:
            out = way_out(self.backbone, address, component, way)
            found = fold(out, self.backbone.W_U, self.backbone.b_U)
            self._folded.put(key, found, size=found.nbytes)
        return found

    def _decoder(self, address: Address, component: str, way: Projection) -> Callable[[torch.Tensor], Top2]:
        """What decodes vectors of a component."""
        if self._rough is None:
            return lambda vectors: top2(
                vectors, self.folded(address, component, way), kind=component, noise=self._noise
            )
        return partial(self._decode_again, self._rough, address, component, way)

    def _decode_again(
        self, rough: Model, address: Address, component: str, way: Projection, vectors: torch.Tensor
    ) -> Top2:
        """The same in float64, by way of the few tokens that can be meant."""
        out, rough_out = (way_out(model.backbone, address, component, way) for model in (self, rough))
        folded = rough.folded(address, component, way)
        tokens = shortlist(vectors, out, folded, rough_out, self._unembeddings, noise=self._noise)
        if tokens is None:
            return top2(vectors, self.folded(address, component, way), noise=self._noise)
        W_U, b_U = self.backbone.W_U, self.backbone.b_U
        found = top2(vectors, fold(out, W_U[:, tokens], None if b_U is None else b_U[tokens]), noise=self._noise)
        return replace(
            found,
            tokens=tokens[found.tokens],
            runners_up=torch.where(found.runners_up < 0, -1, tokens[found.runners_up.clamp_min(0)]),
        )

    @property
    def _noise(self) -> Tolerance | None:
        """The noise of margins, where it is not that of the network's dtype."""
        return ROUNDED if getattr(self.backbone, "rounded", False) else None

    @cached_property
    def _unembeddings(self) -> Unembeddings:
        """How this model's unembedding compares with the rough one's."""
        return unembeddings(self.backbone, (self._rough or self).backbone)

    def _decode(
        self,
        sequences: list[Ids],
        vectors: list[torch.Tensor],
        top: Callable[[torch.Tensor], Top2],
        *,
        triangle: bool,
    ) -> list[Reading]:
        if not sequences:
            return []
        stacked = torch.cat(vectors)
        parts = [top(stacked[i : i + VECTORS_PER_BLOCK]) for i in range(0, len(stacked), VECTORS_PER_BLOCK)]
        ends = np.cumsum([len(part) for part in vectors])[:-1]
        columns = [np.split(column, ends) for column in _columns(parts)]
        return [
            Reading(
                ids=ids,
                sequence=ids,
                triangle=triangle,
                tokens=tokens,
                runners_up=runners_up,
                margins=margins,
                near_ties=near_ties,
                open=undecided,
            )
            for ids, tokens, runners_up, margins, near_ties, undecided in zip(sequences, *columns, strict=True)
        ]


def _let_go(backbone: Backbone) -> None:
    """Give back what preparing weights left behind, up to a gigabyte: bridges hold themselves in circles.

    Of a small model that is little, and looking through all there is takes a fifth of a second.
    """
    if backbone.shape.vocab * backbone.shape.d_model < _LARGE:
        return
    gc.collect()
    give_back()


def _vectors(activations: Activations, component: str, head: int) -> torch.Tensor:
    if component == "qk":
        return pairs(activations.vectors("q", head), activations.vectors("k", head))
    return activations.vectors(component, head)


def _columns(parts: list[Top2]) -> list[np.ndarray]:
    columns = [
        torch.cat([part.tokens for part in parts]),
        torch.cat([part.runners_up for part in parts]),
        torch.cat([part.margins for part in parts]),
        torch.cat([part.near_ties for part in parts]),
        torch.cat([part.open for part in parts]),
    ]
    return [column.cpu().numpy() for column in columns]
