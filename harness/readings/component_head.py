"""One component of a head, or of a pair of heads: what a conjecture is handed as `head`, or as `head_pair`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random

from harness.readings.prepared_model import PreparedModel
from harness.readings.projection import Projection, Sight
from harness.readings.reading import Reading
from harness.readings.vocabulary import Vocabulary, calibration, vocabulary
from harness.records.address import ATTENTION, COMPONENTS, Address, Pair, components

PROBES, PROBE = 3, 12
"""Sequences, and ids of each, that a reading is tried on in another basis."""


class ComponentHead:
    """One component of one head; call it with ids, or read many sequences at once."""

    def __init__(self, model: PreparedModel, address: Address, component: str, *, way: Projection, bos: bool) -> None:
        self.model = model
        self.address = address
        self.name = component
        self.way = way
        self.bos = bos
        way.check(component)

    @property
    def layer(self) -> int:
        """The head's layer, from 0."""
        return self.address.layer

    @property
    def gauge_free(self) -> bool:
        """Whether its readings stay the same, near-ties apart, when the basis inside the head is changed.

        Measured once, on a few random sequences; `Projection.gauge_free` says what algebra expects. Attention always
        does.
        """
        return self.name == ATTENTION or self.model.once(("gauge", *self._whose), self._survives)

    def _survives(self) -> bool:
        random = Random(0)
        length = min(PROBE, self.model.backbone.shape.n_ctx - 1)
        probes = [tuple(random.choices(self.model.lexicon.words, k=length)) for _ in range(PROBES)]
        return all(
            bool(((left.tokens == right.tokens) | left.near_ties | right.near_ties).all())
            for left, right in zip(self.read(probes), self.in_another_basis.read(probes), strict=True)
        )

    @property
    def in_float64(self) -> ComponentHead:
        """The same reader on the same weights in float64."""
        return _InFloat64(self)

    @property
    def in_another_basis(self) -> ComponentHead:
        """The same reader on the same model in other coordinates inside its heads."""
        return self.on(self.model.regauged)

    @property
    def vocabulary(self) -> Vocabulary:
        """The attention tokens that it reads in the calibration sample; read once."""

        def calibrate() -> Vocabulary:
            return vocabulary(self.read(calibration(self.model.lexicon, n_ctx=self.model.backbone.shape.n_ctx)))

        return self.model.once(("vocabulary", *self._whose), calibrate)

    @property
    def reads_as(self) -> str:
        """A digest of all that its readings depend on but the ids."""
        return self.model.reads_as(self.address, self.name, self.way, bos=self.bos)

    @property
    def _whose(self) -> tuple[Address, str, Projection, bool]:
        return self.address, self.name, self.way, self.bos

    @property
    def sight(self) -> Sight:
        """What its vectors can depend on, whatever the weights.

        In layer 0, q, k and v see the token and its place; v of a rotary model the token alone, since places enter
        by turning q and k.
        """
        if self.layer > 0 or self.name not in ("q", "k", "v"):
            return Sight.ALL
        return Sight.TOKEN if self.model.backbone.shape.rotary and self.name == "v" else Sight.PLACE

    def sibling(self, component: str) -> ComponentHead:
        """Return another component of the same head.

        Raises:
            AddressError: for a name that is not one component's, or a projection not defined for it.
        """
        (name,) = components([component], among=(*COMPONENTS, ATTENTION))
        return ComponentHead(self.model, self.address, name, way=self.way, bos=self.bos)

    def __call__(self, ids: Iterable[int]) -> Reading:
        """The reading of one sequence."""
        return self.read([ids])[0]

    def afresh(self, ids: Iterable[int]) -> Reading:
        """Return the reading made anew: the model runs again and nothing remembered is used."""
        return self.read([ids], afresh=True)[0]

    def on(self, model: PreparedModel, address: Address | Pair | None = None) -> ComponentHead:
        """Give the same reader on another model of this architecture, such as one of its nulls.

        Args:
            address: the head, or pair of heads, that it reads there; the same as here where it is not given.
        """
        address = address or self.address
        if isinstance(address, Pair):
            left, right = (self.on(model, one) for one in address)
            return PairHead(address, left, right)
        return ComponentHead(model, address, self.name, way=self.way, bos=self.bos)

    def read(self, sequences: Sequence[Iterable[int]], *, afresh: bool = False, own: bool = False) -> list[Reading]:
        """Return the readings of several sequences, run together; with `afresh`, run anew and in batches of other
        sizes.

        Args:
            own: whether they are this head's own, as readings of its readings are: other heads will not be asked.
        """
        return self.model.read(sequences, self.address, self.name, way=self.way, bos=self.bos, afresh=afresh, own=own)

    def __repr__(self) -> str:
        return f"head {self.address}-{self.name}"


class _InFloat64(ComponentHead):
    """A reader in float64. The vocabulary that it is held against stays the known one, its near-ties allowed for."""

    def __init__(self, head: ComponentHead) -> None:
        super().__init__(head.model.in_float64, head.address, head.name, way=head.way, bos=head.bos)
        self._head = head

    @property
    def vocabulary(self) -> Vocabulary:
        """The attention tokens that the component reads in the calibration sample."""
        return self._head.vocabulary


class PairHead(ComponentHead):
    """The same component of two heads of a layer: what a claim about a pair is handed. It reads as the first of them.

    Attributes:
        address: both addresses.
        left, other: the readers of the first and of the second.
    """

    address: Pair  # type: ignore[assignment]  # shown like one, and never taken apart

    def __init__(self, pair: Pair, left: ComponentHead, other: ComponentHead) -> None:
        super().__init__(left.model, left.address, left.name, way=left.way, bos=left.bos)
        self.left, self.other = left, other
        self.address = pair

    @property
    def reads_as(self) -> str:
        """A digest of all that the readings of both depend on but the ids."""
        return f"{self.left.reads_as} {self.other.reads_as}"

    @property
    def layer(self) -> int:
        """The layer of both, from 0."""
        return self.left.layer

    @property
    def gauge_free(self) -> bool:
        """Whether the readings of both survive a change of the basis inside the heads."""
        return self.left.gauge_free and self.other.gauge_free

    @property
    def in_float64(self) -> PairHead:
        """The same reader on the same weights in float64."""
        return PairHead(self.address, self.left.in_float64, self.other.in_float64)

    @property
    def in_another_basis(self) -> PairHead:
        """The same reader on the same model in other coordinates inside its heads."""
        return PairHead(self.address, self.left.in_another_basis, self.other.in_another_basis)

    @property
    def vocabulary(self) -> Vocabulary:
        """The attention tokens that the first head reads in the calibration sample."""
        return self.left.vocabulary

    def sibling(self, component: str) -> ComponentHead:
        """Return another component of the first head."""
        return self.left.sibling(component)

    def read(self, sequences: Sequence[Iterable[int]], *, afresh: bool = False, own: bool = False) -> list[Reading]:
        """Return the readings of several sequences by the first head."""
        return self.left.read(sequences, afresh=afresh, own=own)

    def __repr__(self) -> str:
        return f"heads {self.address}-{self.name}"
