"""Equal rows: what the sequences of a batch have in common goes through a layer's matrices once.

Sequences that begin alike have the same residual stream there, since a causal model makes of a position what stands
before it makes of it; and what a sequence was filled up with is asked for by nobody. So of a batch, one position of
each beginning is enough for an MLP and for the maps to q, k, v and from z, each of which maps positions one by one. All
that mixes positions is run as it is. The rows left out for an equal one are compared with it each time, to the bit:
where one differs, all of them are computed. Whether a row has the same bits among fewer others is tried once for each
network (`tried`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from transformers.pytorch_utils import Conv1D

from harness.models.backbone import LayerActivations, Rows, Shape

LEAST = 9
"""Rows that are computed at least: with fewer, libraries take other ways, which round otherwise."""

TRIED = ((1, 25), (2, 9), (3, 25), (5, 17), (7, 25), (11, 33))
"""Numbers of sequences, and their lengths, that a network is tried on."""

WORTH = 24
"""So many rows must be left out: finding them and putting them back takes as long as computing a dozen."""

Run = Callable[[Int[Tensor, "batch pos"], Rows | None], LayerActivations]
"""Runs a network on ids: all of their rows, or some."""


def rows_of(ids: Int[Tensor, "batch pos"], lengths: Sequence[int]) -> Rows:
    """Find the rows to compute of a batch whose sequences are asked for up to these lengths.

    >>> found = rows_of(torch.tensor([[1, 2, 3], [1, 2, 4], [1, 1, 1]]), [3, 3, 1])
    >>> found.computed[:4].tolist(), found.left_out.tolist(), found.instead.tolist()
    ([0, 1, 2, 5], [3, 4, 6], [0, 1, 0])
    """
    number, positions = ids.shape
    computed: list[int] = []
    source = [-1] * (number * positions)
    left_out, instead = [], []
    nodes: dict[tuple[int, int], int] = {}
    for row, (sequence, length) in enumerate(zip(ids.tolist(), lengths, strict=True)):
        node = -1
        for place, id in enumerate(sequence[:length], start=row * positions):
            known = nodes.get((node, id))
            if known is None:
                known = nodes[node, id] = len(computed)
                computed.append(place)
            else:
                left_out.append(place)
                instead.append(computed[known])
            source[place] = node = known
    for place in range(number * positions):
        if len(computed) >= LEAST:
            break
        if source[place] < 0:
            source[place] = len(computed)
            computed.append(place)
    return Rows(
        (number, positions),
        torch.tensor(computed),
        torch.tensor([max(0, one) for one in source]),
        torch.tensor(left_out, dtype=torch.int64),
        torch.tensor(instead, dtype=torch.int64),
    )


def worth_it(ids: Int[Tensor, "batch pos"], lengths: Sequence[int]) -> Rows | None:
    """Find the rows to compute where enough others can be left out."""
    rows = rows_of(ids, lengths)
    return rows if ids.numel() - len(rows.computed) >= WORTH else None


class EqualRows:
    """The parts of a network's layers that map positions one by one, told which rows to compute."""

    def __init__(self, blocks: Iterable[nn.Module]) -> None:
        """Find them: the MLP as a whole, and of the rest of a block each matrix."""
        self._parts: list[list[nn.Module]] = []
        self._whole: set[nn.Module] = set()
        for block in blocks:
            mlp = getattr(block, "mlp", None)
            inside = set() if mlp is None else {*mlp.modules()}
            matrices = [one for one in block.modules() if isinstance(one, nn.Linear | Conv1D) and one not in inside]
            self._parts.append(matrices if mlp is None else [*matrices, mlp])

    @contextmanager
    def computing(self, rows: Rows | None, *, upto: int) -> Iterator[None]:
        """Let those of the layers up to one compute these rows alone; None for all."""
        if rows is None:
            yield
            return
        parts = [part for some in self._parts[: upto + 1] for part in some if part not in self._whole]
        before = [part.__dict__.get("forward") for part in parts]
        try:
            taken = _Taken(rows)
            for part in parts:
                part.__dict__["forward"] = partial(_forward, taken, part.forward, partial(self._whole.add, part))
            yield
        finally:
            for part, own in zip(parts, before, strict=True):
                if own is None:
                    part.__dict__.pop("forward", None)
                else:
                    part.__dict__["forward"] = own


class _Taken:
    """Takes the rows to compute from what parts are given; what several are given in turn, once."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self._given: Tensor | None = None
        self._some: Tensor | None = None

    def of(self, given: Tensor) -> Float[Tensor, "one rows width"] | None:
        """Return them, or None where one that is left out is not equal to the one that stands for it."""
        if given is not self._given:
            flat, rows = given.flatten(0, 1), self.rows
            equal = torch.equal(flat.index_select(0, rows.left_out), flat.index_select(0, rows.instead))
            self._given, self._some = given, flat.index_select(0, rows.computed)[None] if equal else None
        return self._some


def _forward(taken: _Taken, plain: Callable[..., Any], whole: Callable[[], None], *args: Any, **given: Any) -> Any:
    """Run a part on some of the rows, where it gives one row for each; of one that does not, say so once."""
    rows = taken.rows
    if given or len(args) != 1 or args[0].shape[:-1] != rows.shape or (some := taken.of(args[0])) is None:
        return plain(*args, **given)
    made = plain(some)
    if not isinstance(made, Tensor) or made.shape[:2] != some.shape[:2]:
        whole()
        return plain(*args)
    return made[0].index_select(0, rows.source).view(*rows.shape, -1)


def tried(run: Run, shape: Shape) -> bool:
    """Try whether what is asked for has the same bits where equal rows are computed once, and no filling is."""
    generator = torch.Generator().manual_seed(0)
    for number, positions in TRIED:
        length = min(positions, shape.n_ctx)
        ids = torch.randint(shape.vocab, (number, length), generator=generator)
        ids[1::2] = ids[: number // 2 * 2 : 2]  # each second one begins as the one before
        lengths = [max(1, length - 3 * row) for row in range(number)]
        for row in range(1, number, 2):
            ids[row, length // 2 :] = ids[row, length // 2 :].flip(0)
        whole, some = run(ids, None), run(ids, rows_of(ids, lengths))
        for part in ("q", "k", "v", "z"):
            one, other = getattr(whole, part), getattr(some, part)
            if not all(torch.equal(one[row, :upto], other[row, :upto]) for row, upto in enumerate(lengths)):
                return False
        if not all(
            torch.equal(whole.pattern[row, :, :upto, :upto], some.pattern[row, :, :upto, :upto])
            for row, upto in enumerate(lengths)
        ):
            return False
    return True
