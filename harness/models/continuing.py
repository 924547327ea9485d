"""Continuing: a network is run on from the layer at which an earlier run of the same sequences stopped.

What enters a layer is the residual stream, and what follows from the positions alone (the mask, the angles of rotary
embeddings). So a run that begins at a layer, with the stream that entered it in an earlier run, gives the bits of a
run from the bottom. In some architectures layers hand each other something else: keys and values of a layer below, or
each token's embedding once more. Which of them can be continued is found by trying: see `Layers.continue_`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from cachetools import LRUCache
from jaxtyping import Float, Int
from torch import Tensor, nn

from harness.models.backbone import LayerActivations, Shape, Stream
from harness.models.threads import threads

TRIED = 9
"""Positions of the sequences that a network is tried on: BOS, and as many as the shortest are filled to."""

COMPANY, LENGTHS = (2, 3, 5, 10, 28), (9, 25)
"""So many sequences of these lengths share a run when a network is tried on whether that shows in their bits."""

Run = Callable[[Int[Tensor, "batch pos"], int, Stream | None], tuple[LayerActivations, Stream | None]]
"""Runs a network up to a layer, from the bottom or from a stream; with the stream that enters that layer."""

_FOUND: LRUCache[Hashable, bool] = LRUCache(256)
"""What trials found in this process."""


class Layers:
    """The layers of a network, as it goes through them."""

    def __init__(self, model: nn.Module, first: nn.Module) -> None:
        """Find the list of layers of a model by its first one."""
        lists = [found for found in model.modules() if isinstance(found, nn.ModuleList) and len(found)]
        self._blocks = next((found for found in lists if found[0] is first), None)
        self._in_tuples = False

    def continue_(self, run: Run, shape: Shape) -> bool:
        """Try whether a run that begins at a layer gives the bits of one from the bottom: two are tried."""
        last = shape.n_layers - 1
        generator = torch.Generator().manual_seed(0)
        ids = torch.randint(shape.vocab, (2, min(TRIED, shape.n_ctx)), generator=generator)
        try:
            whole, _ = run(ids, last, None)
            for layer in {last, (last + 1) // 2} - {0}:
                _, stream = run(ids, layer, None)
                found, entered = run(ids, last, stream)
                if stream is None or entered is None or not _same(found, whole):
                    return False
        except Exception:  # whatever a library does not bear: then it is run from the bottom
            return False
        return last > 0

    def alike(self, run: Run, shape: Shape) -> bool:
        """Try whether a sequence has the same bits by itself and in company, two layers high."""
        layer = min(1, shape.n_layers - 1)
        generator = torch.Generator().manual_seed(0)
        for length in LENGTHS:
            ids = torch.randint(shape.vocab, (max(COMPANY), min(length, shape.n_ctx)), generator=generator)
            alone, _ = run(ids[:1], layer, None)
            if not all(_same(alone, run(ids[:number], layer, None)[0]) for number in COMPANY):
                return False
        return True

    @contextmanager
    def run(self, layer: int, begin: Stream | None) -> Iterator[Noted]:
        """Let the network begin with a stream, if there is one, and note what enters a layer."""
        noted = Noted()
        blocks = self._blocks
        if blocks is None:
            yield noted
            return

        def note(_block: nn.Module, args: tuple[Any, ...], given: dict[str, Any]) -> None:
            noted.stream = Stream(layer, _residual(args, given))

        def form(_block: nn.Module, _args: object, left: object) -> None:
            self._in_tuples = isinstance(left, tuple)

        passed = [] if begin is None else list(blocks)[: begin.layer]
        handles = [blocks[layer].register_forward_pre_hook(note, with_kwargs=True)]
        handles += [] if passed else [blocks[0].register_forward_hook(form)]
        try:
            for number, block in enumerate(passed):
                left = begin.residual if begin is not None and number + 1 == begin.layer else None
                blocks[number] = _Passed(block, left, in_tuples=self._in_tuples)
            yield noted
        finally:
            for number, block in enumerate(passed):
                blocks[number] = block
            for handle in handles:
                handle.remove()


def tried_once(whose: Hashable, trial: Callable[[], bool]) -> bool:
    """Return what a trial on one thread finds: made once in a process for all networks that are the same."""
    if whose not in _FOUND:
        with threads(1):
            _FOUND[whose] = trial()
    return _FOUND[whose]


@dataclass
class Noted:
    """What entered the layer; nothing where the run did not get there."""

    stream: Stream | None = None


class _Passed(nn.Module):
    """Stands in for a layer that was run before: hands on the stream that it is given, or the one that left it then."""

    def __init__(self, block: nn.Module, left: Float[Tensor, "batch pos d_model"] | None, *, in_tuples: bool) -> None:
        super().__init__()
        # not as parts of this module, whose hooks and weights they would then be
        self.__dict__.update(_block=block, _left=left, _in_tuples=in_tuples)

    def forward(self, *args: Any, **given: Any) -> Tensor | tuple[Tensor]:
        """Give the stream, in the form in which the layer gives it."""
        left = _residual(args, given) if self._left is None else self._left
        return (left,) if self._in_tuples else left

    def __getattr__(self, name: str) -> Any:
        """Look up what a network asks its layers for on its way."""
        return getattr(self.__dict__["_block"], name)


def _residual(args: tuple[Any, ...], given: Mapping[str, Any]) -> Float[Tensor, "batch pos d_model"]:
    found: Tensor = args[0] if args else given["hidden_states"]
    return found


def _same(one: LayerActivations, other: LayerActivations) -> bool:
    """Whether the sequences of the one are to the bit the first of the other."""
    pairs = ((getattr(one, part), getattr(other, part)) for part in ("q", "k", "v", "z", "pattern"))
    return all(torch.equal(few, many[: len(few)]) for few, many in pairs)
