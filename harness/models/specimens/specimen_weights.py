"""The specimens' weights: heads in their layers, and circuits as matrices.

specimen_space      directions and coordinates
specimen_places     how a place is found
specimen_circuits   the heads of layer 0, and how attention is made sharp
specimen_deeper     the heads of layer 1
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import torch
from jaxtyping import Float
from torch import Tensor

from harness.models.specimens import circuits as circuits
from harness.models.specimens import deeper as deeper
from harness.models.specimens.circuits import Circuit
from harness.models.specimens.places import Added, Rotary
from harness.models.specimens.rules import FEW
from harness.models.specimens.specimen_space import (
    BEFORE,
    D_HEAD,
    DIRECTIONS,
    ONE,
    PLACE,
    SAID,
    SILENT,
    TOKEN,
    TURNING,
    WEIGHING,
    WORDS,
    Reader,
)
from harness.models.specimens.specimen_vocabulary import COUNTS

Layers = tuple[tuple["HeadWeights", ...], ...]


@dataclass(frozen=True)
class HeadWeights:
    """A head's four matrices."""

    W_Q: Reader
    W_K: Reader
    W_V: Reader
    W_O: Float[Tensor, "d_head directions"]


@cache
def added() -> Layers:
    """Return the specimen's heads: places are added to the residual stream."""
    places = Added()
    return _layers(
        (
            circuits.constant(),
            circuits.echo(),
            circuits.token_class(),
            circuits.position(),
            circuits.position_parity(),
            circuits.previous_token(places, circuits.place_before()),
            circuits.first_token(),
            circuits.count(len(COUNTS) - 1),
        ),
        (
            deeper.duplicate(),
            deeper.induction(places),
            deeper.neighbours_class(places),
            deeper.last_other(places),
            deeper.two_back(places),
            deeper.majority(),
            circuits.count(FEW),
            deeper.noisy_echo(places),
        ),
        tells=5,
        silent=range(SILENT),
    )


@cache
def rotary() -> Layers:
    """Return the rotary specimen's heads: places turn q and k, and nothing else tells of them.

    A rotary embedding turns coordinate i towards coordinate i + d_head / 2, the first pair fastest; so each turning
    pair is parted, and the silent coordinates that do not turn stand behind the first ones that do.
    """
    places, pairs = Rotary(), range(TURNING // 2)
    still = range(len(pairs), len(pairs) + WEIGHING)
    parted = [place for pair in pairs for place in (pair, pair + D_HEAD // 2)]
    return _layers(
        (
            circuits.constant(),
            circuits.echo(),
            circuits.token_class(),
            circuits.previous_token(places, circuits.blank()),
        ),
        (
            deeper.induction(places),
            deeper.neighbours_class(places),
            deeper.last_other(places),
            deeper.two_back(places),
        ),
        tells=3,
        silent=(*still, *parted),
    )


def _layers(*layers: Sequence[Circuit], tells: int, silent: Sequence[int]) -> Layers:
    return tuple(
        tuple(
            head_weights(circuit, layer=layer, number=number, tells=(layer, number) == (0, tells), silent=silent)
            for number, circuit in enumerate(heads)
        )
        for layer, heads in enumerate(layers)
    )


def head_weights(circuit: Circuit, *, layer: int, number: int, tells: bool, silent: Sequence[int]) -> HeadWeights:
    """Return the matrices of a head.

    Each head of a layer keeps its spoken coordinates in an order of its own, so that no head can be read with
    another's W_O.

    Args:
        layer: where the head stands, and so where it speaks.
        number: the head's number in its layer.
        tells: whether it leaves what it says for layer 1 to read.
        silent: where in the head each silent coordinate stands; the spoken ones fill the rest.
    """
    order = torch.empty(D_HEAD, dtype=torch.int64)
    rest = sorted(set(range(D_HEAD)) - set(silent))
    order[list(silent)] = torch.arange(SILENT)
    order[rest] = SILENT + (torch.arange(WORDS) + 13 * (number + 1)) % WORDS
    W_Q, W_K, W_V = (reader[:, order] for reader in (circuit.query, circuit.key, circuit.value))
    if layer == 0:
        for reader in (W_Q, W_K, W_V):
            reader[_slice(SAID)] = reader[_slice(TOKEN)]
    says = torch.zeros(D_HEAD, DIRECTIONS)
    says[SILENT:, _slice(SAID if layer == 0 else TOKEN)] = torch.eye(WORDS)
    if tells:
        says[SILENT:, _slice(BEFORE)] = torch.eye(WORDS)
    return HeadWeights(W_Q=W_Q, W_K=W_K, W_V=W_V, W_O=says[order])


def token_embedding() -> Float[Tensor, "vocab directions"]:
    """Return each token in its own direction."""
    return torch.eye(DIRECTIONS)[_slice(TOKEN)]


def place_embedding() -> Float[Tensor, "ctx directions"]:
    """Return each place in its own direction, and in the one that is always there."""
    return torch.eye(DIRECTIONS)[_slice(PLACE)] + torch.eye(DIRECTIONS)[ONE]


def _slice(directions: range) -> slice:
    return slice(directions.start, directions.stop)
