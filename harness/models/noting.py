"""Noting: what the attentions of some layers compute, kept while a bridge is run.

Plain torch hooks on the bridge's hook points cost about a millisecond for a short sequence. Where a hook point does not
show what enters the score or what the pattern weights, the attention's own products do (`harness.models.products`);
which of the two it is decides the proof at load (`harness.models.proof`). Either way the run ends in the attention of
the highest layer, right before its output matrix.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack, suppress
from enum import StrEnum
from functools import partial
from typing import Any

from jaxtyping import Float
from torch import Tensor, nn

from harness.errors import ModelError
from harness.models import products
from harness.models.backbone import LayerActivations, Shape

PARTS = ("q", "k", "v", "pattern", "z")


class Noted(StrEnum):
    """Where q, k, v and the pattern of a network are noted."""

    HOOKS = "hook points"
    PRODUCTS = "products"


class _EnoughError(Exception):
    """Raised inside the forward pass when the last thing asked for is there."""


def at_hook_points(
    attentions: Mapping[int, Any], run: Callable[[], None], shape: Shape, name: str
) -> dict[int, LayerActivations]:
    """Run a network, and return what the hook points of some attentions show.

    Args:
        attentions: by layer, from the lowest to the highest.
        run: runs the network.
        shape: its sizes.
        name: what to call it.

    Raises:
        ModelError: where one of them does not show all of it.
    """
    taken: dict[int, dict[str, Tensor]] = {layer: {} for layer in attentions}
    last = max(taken)

    def take(layer: int, part: str, _module: nn.Module, _args: object, found: Tensor) -> None:
        taken[layer][part] = found
        if layer == last and len(taken[layer]) == len(PARTS):  # some attentions show their pattern last
            raise _EnoughError

    with ExitStack() as hooks:
        for layer, attention in attentions.items():
            for part, point in _points(attention, rotary=shape.rotary).items():
                hooks.callback(point.register_forward_hook(partial(take, layer, part)).remove)
        with suppress(_EnoughError):
            run()
    return {layer: _made(parts, shape, name, per_head=("q", "k", "v", "z")) for layer, parts in taken.items()}


def in_products(
    attentions: Mapping[int, Any], run: Callable[[], None], shape: Shape, name: str, *, batch: int
) -> dict[int, LayerActivations]:
    """Run a network on some sequences, and return what some attentions multiply; z is what the output matrix is given.

    Args:
        attentions, run, shape, name: as for `at_hook_points`.
        batch: how many sequences there are.

    Raises:
        ModelError: likewise.
    """
    taken: dict[int, dict[str, Tensor]] = {layer: {} for layer in attentions}
    noting: dict[int, products.Noting] = {}
    last = max(taken)

    def take(layer: int, _module: nn.Module, _args: object, found: Tensor) -> None:
        taken[layer]["z"] = found
        if layer == last:
            raise _EnoughError

    with ExitStack() as hooks:
        for layer, attention in attentions.items():
            for handle in products.note(attention, partial(noting.__setitem__, layer)):
                hooks.callback(handle.remove)
            hooks.callback(attention.o.hook_in.register_forward_hook(partial(take, layer)).remove)
        with suppress(_EnoughError):
            run()
    for layer, parts in taken.items():
        found = noting[layer].found(batch) if layer in noting else None
        if found is not None:
            parts.update(q=found.q, k=found.k, v=found.v, pattern=found.pattern)
    return {layer: _made(parts, shape, name, per_head=("z",)) for layer, parts in taken.items()}


def _made(parts: Mapping[str, Tensor], shape: Shape, name: str, *, per_head: Collection[str]) -> LayerActivations:
    """The parts of a layer; those in `per_head` are still to be cut into heads."""
    missing = set(PARTS) - set(parts)
    if missing:
        raise ModelError(
            f"--model {name!r}: its attention does not show {', '.join(sorted(missing))} where they enter the score, "
            "neither at hook points nor in its matrix products; headlaws cannot read this architecture: choose another "
            "model."
        )
    made = {part: _cut(parts[part], shape) if part in per_head else parts[part] for part in ("q", "k", "v", "z")}
    return LayerActivations(**made, pattern=parts["pattern"])


def _cut(found: Tensor, shape: Shape) -> Float[Tensor, "batch pos head d_head"]:
    if found.ndim == 4:  # after rotary: batch head pos d_head
        split = found.transpose(1, 2)
    else:
        split = found.view(*found.shape[:2], -1, shape.d_head)
    groups = split.shape[2]
    return split if groups == shape.n_heads else split.repeat_interleave(shape.n_heads // groups, dim=2)


def _points(attention: Any, *, rotary: bool) -> dict[str, nn.Module]:
    return {
        "q": attention.hook_rot_q if rotary else attention.q.hook_out,
        "k": attention.hook_rot_k if rotary else attention.k.hook_out,
        "v": attention.v.hook_out,
        "pattern": attention.hook_pattern,
        "z": attention.o.hook_in,
    }
