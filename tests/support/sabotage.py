"""Instruments that are broken on purpose, each in one way: what the controls are there to notice.

A broken model still reads through the whole instrument; only what its network computes is spoilt on the way. A broken
reader spoils what comes out of it.
"""

from collections.abc import Callable, Collection
from dataclasses import fields

import torch

from harness.models.backbone import LayerActivations
from harness.readings.component_head import ComponentHead
from harness.readings.model import Model
from harness.records.address import Address

Spoil = Callable[[torch.Tensor], torch.Tensor]
"""Changes q, k, v and z alike: `batch pos head d_head`."""


class SpoiltBackbone:
    """A backbone whose activations are spoilt before they are handed out."""

    def __init__(self, backbone, spoil: Spoil, fingerprint: str = "") -> None:
        self._backbone, self._spoil = backbone, spoil
        self.fingerprint = fingerprint or f"{backbone.fingerprint}/{spoil.__name__}"

    def __getattr__(self, name: str):
        return getattr(self._backbone, name)

    def activations(self, ids, layers: Collection[int], lengths=None) -> dict[int, LayerActivations]:
        return {
            layer: LayerActivations(
                **{
                    part.name: self._spoil(getattr(made, part.name)) if part.name != "pattern" else made.pattern
                    for part in fields(made)
                }
            )
            for layer, made in self._backbone.activations(ids, layers).items()
        }

    def in_float64(self) -> "SpoiltBackbone":
        return SpoiltBackbone(self._backbone.in_float64(), self._spoil)


def peeks_ahead(part: torch.Tensor) -> torch.Tensor:
    """Each position gets what the next one should have; the last keeps its own."""
    return torch.cat([part[:, 1:], part[:, -1:]], dim=1)


def looks_back(part: torch.Tensor) -> torch.Tensor:
    """Each position gets what the one before should have; the first keeps its own."""
    return torch.cat([part[:, :1], part[:, :-1]], dim=1)


def depends_on_the_batch(part: torch.Tensor) -> torch.Tensor:
    """Every second sequence of a batch is read backwards."""
    spoilt = part.clone()
    spoilt[1::2] = spoilt[1::2].flip(1)
    return spoilt


def depends_on_how_many_there_are(part: torch.Tensor) -> torch.Tensor:
    """In a batch of 1, 4, 7 ... sequences all are read backwards."""
    return part.flip(1) if len(part) % 3 == 1 else part


def spoils_the_first(part: torch.Tensor) -> torch.Tensor:
    """The first sequence of a batch is read backwards."""
    return torch.cat([part[:1].flip(1), part[1:]])


def spoils_the_last(part: torch.Tensor) -> torch.Tensor:
    """The last sequence of a batch is read backwards."""
    return torch.cat([part[:-1], part[-1:].flip(1)])


def says_another_token_each_time() -> Spoil:
    """Each run of the network turns the vectors a little further, so that another coordinate is the largest."""
    runs = iter(range(1, 1 << 30))

    def drifts(part: torch.Tensor) -> torch.Tensor:
        return part.roll(next(runs), dims=-1)

    return drifts


class SpoiltHead(ComponentHead):
    """A reader whose readings are cut to their first position, so that none is longer than another."""

    def read(self, sequences, *, afresh=False, own=False):
        return [reading[:1] for reading in super().read(sequences, afresh=afresh)]

    @property
    def in_float64(self) -> "SpoiltHead":
        return SpoiltHead(self.model.in_float64, self.address, self.name, way=self.way, bos=self.bos)


def by_a_broken_model(spoil: Spoil) -> Callable[[Model, Address, str], ComponentHead]:
    return lambda model, address, component: Model(SpoiltBackbone(model.backbone, spoil)).component(address, component)


def by_a_broken_reader(model: Model, address: Address, component: str) -> ComponentHead:
    head = model.component(address, component)
    return SpoiltHead(head.model, head.address, head.name, way=head.way, bos=head.bos)


def by_another_basis_that_is_none(model: Model, address: Address, component: str) -> ComponentHead:
    """The vectors are turned, and then mixed up: the projection undoes the one and not the other."""
    broken = Model(model.backbone)
    broken.__dict__["regauged"] = Model(SpoiltBackbone(broken.regauged.backbone, lambda part: part.roll(1, dims=-1)))
    return broken.component(address, component)


SABOTAGE = {
    "appending_a_token_does_not_change_the_reading_before_it": by_a_broken_model(peeks_ahead),
    "reading_twice_gives_the_same_result": by_a_broken_model(depends_on_the_batch),
    "a_sequence_reads_the_same_alone_and_in_a_batch": by_a_broken_model(depends_on_the_batch),
    "in_layer_0_q_k_and_v_depend_on_token_and_position_only": by_a_broken_model(looks_back),
    "changing_the_basis_inside_the_head_does_not_change_the_reading": by_another_basis_that_is_none,
    "a_reading_does_not_grow_with_its_sequence": by_a_broken_reader,
}
"""For each control, and each claim that is true of every sound model, an instrument on which it comes out otherwise."""
