"""A request: what a run is asked for, and which heads, pairs of heads and components that is."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from harness.errors import ModelError
from harness.laws.conjecture import Conjecture
from harness.models import catalogue
from harness.models.preparation import Kind
from harness.readings.projection import Projection
from harness.records import address
from harness.records.address import CLAIMED, Address, Pair
from harness.text import counted
from harness.trials.profile import Profile

if TYPE_CHECKING:
    from harness.readings.model import Model

BLOCK = 5
"""Layers whose heads are read together: one run of the model serves them all."""


@dataclass(frozen=True)
class Request:
    """What is wanted, as it was written.

    Attributes:
        heads: specifications such as `0.0` or `2-4.*`; empty for layer 0.
        components: names; empty for all that a conjecture speaks of.
        fresh: no reading of an earlier run is used, and none is remembered.
        profile: its census is a least number, unless `census_given`.
        census_given: the census is to be as large as the profile says, also where verdicts then stay undecided.
    """

    model: str = catalogue.DEFAULT
    heads: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    projection: str = "output"
    bos: bool = True
    dtype: str = "float32"
    device: str = "cpu"
    preparation: str = "default"
    fresh: bool = False
    profile: Profile = field(default_factory=Profile)
    census_given: bool = False
    command: str = ""

    def check(self) -> None:
        """Refuse what can be refused without loading a model.

        Raises:
            HeadlawsError: in one line.
        """
        Kind.named(self.preparation)
        for component in self.parts if self.components else ():
            self.way.check(component)
        _ = self.way, self.addresses

    @property
    def way(self) -> Projection:
        """The projection.

        Raises:
            AddressError: for one that does not exist.
        """
        return Projection.named(self.projection)

    @cached_property
    def outline(self) -> catalogue.Outline:
        """How many layers and heads the model has.

        Raises:
            ModelError: for a model that does not exist.
        """
        return catalogue.outline(self.model)

    @cached_property
    def addresses(self) -> tuple[Address, ...]:
        """The heads in play; layer 0 where none were named.

        Raises:
            HeadlawsError: for a model or a head that does not exist.
        """
        sizes = {"n_layers": self.outline.n_layers, "n_heads": self.outline.n_heads}
        return address.addresses(self.heads or ("0.*",), **sizes, model=self.model)

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """The pairs of heads in play."""
        return address.pairs_of(self.addresses, n_heads=self.outline.n_heads)

    @cached_property
    def blocks(self) -> tuple[tuple[int, ...], ...]:
        """The layers in play, cut into blocks whose heads are read together."""
        return address.blocks(self.addresses, BLOCK)

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """The components in play.

        Raises:
            AddressError: for one that does not exist.
        """
        return address.components(self.components, among=CLAIMED) if self.components else CLAIMED

    def load(self) -> Model:
        """Return the model, whose sequences are as long as was asked.

        Raises:
            ModelError: where it cannot be used, or cannot read so long ones.
        """
        from harness.readings.loading import load_model  # torch is imported here and not before

        found = load_model(
            self.model,
            dtype=self.dtype,
            device=self.device,
            preparation=self.preparation,
            remembering=not self.fresh,
        )
        length, most = self.profile.length, found.backbone.shape.n_ctx - self.bos
        if length != found.lexicon.longest:
            if length > most:
                front = " behind BOS" if self.bos else ""
                raise ModelError(
                    f"--length {length}: {self.model} reads at most {counted(most, 'id')}{front}; give no more."
                )
            found.lexicon = found.lexicon._replace(longest=length)
        return found

    def in_play(self, conjecture: Conjecture) -> list[tuple[Address | Pair, str]]:
        """Return the heads, or pairs of heads, and the components that a conjecture is tried on."""
        spoken = [part for part in conjecture.components if part in self.parts and self.way.defined_for(part)]
        whose: tuple[Address | Pair, ...] = self.addresses if conjecture.subject == "head" else self.pairs
        return [
            (one, component)
            for one in whose
            for component in spoken
            if conjecture.scope.includes(one.layer, component, self.way)
        ]
