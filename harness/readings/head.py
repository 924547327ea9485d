"""A head: give it ids, it gives its readings.

`Head` reads all components; `ComponentHead` reads one, and is what a conjecture is handed as `head`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from harness.errors import AddressError
from harness.readings.sight import Sight
from harness.readings.way import Projection
from harness.records.address import ATTENTION, COMPONENTS, Address, Pair, components

if TYPE_CHECKING:
    from harness.readings.model import Model
    from harness.readings.reading import Reading
    from harness.readings.vocabulary import Vocabulary


class HeadReading(Mapping[str, "Reading"]):
    """One head's readings of one sequence, by component; each is made when it is first asked for.

    `reading.qk` and `reading["qk"]` are the same.
    """

    def __init__(self, head: Head, ids: Iterable[int]) -> None:
        self.head = head
        self.ids = head.model.source.check(ids, bos=head.bos)
        self._made: dict[str, Reading] = {}

    def __getitem__(self, component: str) -> Reading:
        if component not in COMPONENTS:
            raise KeyError(component)
        if component not in self._made:
            self._made[component] = self.head.component(component)(self.ids)
        return self._made[component]

    def __iter__(self) -> Iterator[str]:
        return iter(COMPONENTS)

    def __len__(self) -> int:
        return len(COMPONENTS)

    @property
    def q(self) -> Reading:
        """What the queries read, one token a position."""
        return self["q"]

    @property
    def k(self) -> Reading:
        """What the keys read, one token a position."""
        return self["k"]

    @property
    def v(self) -> Reading:
        """What the values read, one token a position."""
        return self["v"]

    @property
    def z(self) -> Reading:
        """What the pattern-weighted values read, one token a position."""
        return self["z"]

    @property
    def qk(self) -> Reading:
        """What the pairs of query and key read, a lower triangle."""
        return self["qk"]

    def _repr_html_(self) -> str:
        from harness.readings import html

        return html.head_reading(self)

    def _repr_png_(self) -> bytes | None:
        from harness.readings import html

        return html.head_picture(self)

    def __repr__(self) -> str:
        return f"HeadReading({self.head.address}, ids={self.ids})"


class Head:
    """One head of a model; call it with ids."""

    def __init__(self, model: Model, address: Address, *, projection: str, bos: bool) -> None:
        self.model = model
        self.address = address
        self.way = Projection.named(projection)
        self.bos = bos

    def __call__(self, ids: Iterable[int]) -> HeadReading:
        """The head's readings of a sequence of ids.

        Raises:
            SequenceError: for ids that are no sequence of the vocabulary.
        """
        return HeadReading(self, ids)

    def component(self, name: str) -> ComponentHead:
        """This head's reader of one component.

        Raises:
            AddressError: for a name that is not one component's, or a projection not defined for it.
        """
        named = components([name], among=(*COMPONENTS, ATTENTION))
        if len(named) != 1:
            raise AddressError(
                f"component {name!r}: names {len(named)} components; give one of {', '.join(COMPONENTS)}."
            )
        return ComponentHead(self.model, self.address, named[0], way=self.way, bos=self.bos)

    def _repr_html_(self) -> str:
        from harness.readings import html

        return html.head(self)

    def __repr__(self) -> str:
        return f"Head({self.address}, {self.model.backbone.name!r}, projection={self.way.value!r})"


class ComponentHead:
    """One component of one head; call it with ids, or read many sequences at once."""

    def __init__(self, model: Model, address: Address, component: str, *, way: Projection, bos: bool) -> None:
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
        """Whether its readings survive a change of the basis inside the head; measured once."""
        return self.model.survives_gauge(self.address, self.name, way=self.way, bos=self.bos)

    @property
    def in_float64(self) -> ComponentHead:
        """The same reader on the same weights in float64."""
        return _InFloat64(self)

    @property
    def in_another_basis(self) -> ComponentHead:
        """The same reader on the same model in other coordinates inside its heads."""
        return ComponentHead(self.model.regauged, self.address, self.name, way=self.way, bos=self.bos)

    @property
    def vocabulary(self) -> Vocabulary:
        """The attention tokens that it reads in the calibration sample."""
        return self.model.vocabulary(self.address, self.name, way=self.way, bos=self.bos)

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
        """Another component of the same head.

        Raises:
            AddressError: for a name that is not one component's, or a projection not defined for it.
        """
        (name,) = components([component], among=(*COMPONENTS, ATTENTION))
        return ComponentHead(self.model, self.address, name, way=self.way, bos=self.bos)

    def __call__(self, ids: Iterable[int]) -> Reading:
        """The reading of one sequence."""
        return self.read([ids])[0]

    def afresh(self, ids: Iterable[int]) -> Reading:
        """The reading made anew: the model runs again and nothing remembered is used."""
        return self.read([ids], afresh=True)[0]

    def read(self, sequences: Sequence[Iterable[int]], *, afresh: bool = False, own: bool = False) -> list[Reading]:
        """The readings of several sequences, run together; with `afresh`, run anew and in batches of other sizes.

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
        """Another component of the first head."""
        return self.left.sibling(component)

    def read(self, sequences: Sequence[Iterable[int]], *, afresh: bool = False, own: bool = False) -> list[Reading]:
        """The readings of several sequences by the first head."""
        return self.left.read(sequences, afresh=afresh, own=own)

    def __repr__(self) -> str:
        return f"heads {self.address}-{self.name}"
