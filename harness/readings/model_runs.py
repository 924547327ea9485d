"""Model runs: sequences go through the network in batches, each from the highest layer that an earlier run entered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property

import torch

from harness.models.backbone import Backbone, LayerActivations, Rows, Stream
from harness.models.equal_rows import worth_it
from harness.models.threads import threads
from harness.profiling import Count, Part, count, spent_on
from harness.readings.activations import Ids
from harness.readings.batch_size import positions_at_once
from harness.readings.batches import STEP, batches, beginnings, filled
from harness.readings.streams import KeptStream, Streams


class ModelRuns:
    """Runs one network.

    Attributes:
        streams: where runs stopped, if that is kept.
        wide: whether batches may have more positions than are computed, where equal rows are shared.
        forwards: sequences that went through the network so far.
    """

    def __init__(self, backbone: Backbone) -> None:
        self.backbone = backbone
        self.streams: Streams | None = None
        self.wide = True
        self.forwards = 0

    @cached_property
    def most(self) -> int:
        """Positions that go through the network at once."""
        return positions_at_once(self.backbone)

    def try_out(self) -> None:
        """Find out now whether runs can go on, and how many positions may share one."""
        _ = self.most
        self.backbone.continued(torch.zeros(1, 1, dtype=torch.int64), [0], None)

    def of(
        self, sequences: Sequence[Ids], layers: Collection[int], front: int | None, *, kept: bool
    ) -> Iterator[tuple[Mapping[Ids, int], dict[int, LayerActivations]]]:
        """Run sequences of any lengths in batches; each batch gives the row of each sequence, and what was computed.

        Args:
            kept: whether heads of higher layers will be asked for the same sequences.
        """
        room = self.backbone.shape.n_ctx - (0 if front is None else 1)
        step = 1 if self.backbone.shape.by_length else STEP
        within = beginnings(sequences, room=room, step=step)
        whole = {ids: filled(ids, room=room, step=step) for ids in within}
        known = self._known(whole, front, min(layers))
        whole |= {ids: kept.ids for ids, kept in known.items()}
        by_layer: defaultdict[int, list[Ids]] = defaultdict(list)
        for ids in within:
            by_layer[known[ids].layer if ids in known else 0].append(ids)
        for some in by_layer.values():
            waiting = batches(some, most=self.most, room=room, step=step, once=self.wide and self.backbone.shares_rows)
            while waiting:
                batch = waiting.pop(0)
                begin = _stacked([known[ids] for ids in batch if ids in known])
                try:
                    run, stream = self._from(begin, [whole[ids] for ids in batch], front, layers, [*map(len, batch)])
                except torch.OutOfMemoryError:
                    if len(batch) == 1:
                        raise
                    self.most = max(1, self.most // 2)
                    waiting = [batch[: len(batch) // 2], batch[len(batch) // 2 :], *waiting]
                    continue
                rows = {ids: row for row, longest in enumerate(batch) for ids in (longest, *within[longest])}
                yield rows, run
                if kept and stream is not None and self._alike(len(within)):
                    self._keep(stream, [(whole[ids], (ids, *within[ids])) for ids in batch], front)

    def run(
        self, batch: Sequence[Ids], front: int | None, layers: Collection[int], *, strangers: int = 0
    ) -> dict[int, LayerActivations]:
        """Run sequences of one length together, from the bottom, every row of them; nothing is kept.

        Args:
            strangers: how many of them nobody asked for.
        """
        ids = _with_front(batch, front)
        self._count(ids, 0, layers, strangers=strangers)
        with threads(1), spent_on(Part.FORWARDS):
            return self.backbone.activations(ids, layers)

    def _known(self, whole: Mapping[Ids, Ids], front: int | None, layer: int) -> dict[Ids, KeptStream]:
        """The streams to go on from, of those sequences that have one."""
        if self.streams is None or layer == 0 or not self._alike(len(whole)):
            return {}
        found = {
            ids: self.streams.get(self.backbone, front, ids, length=len(run), layer=layer) for ids, run in whole.items()
        }
        return {ids: kept for ids, kept in found.items() if kept is not None and kept.layer > 0}

    def _alike(self, number: int) -> bool:
        """Whether so many sequences asked for together have the bits that each has by itself."""
        return number == 1 or self.backbone.alike_in_company

    def _from(
        self,
        begin: Stream | None,
        batch: Sequence[Ids],
        front: int | None,
        layers: Collection[int],
        asked: Sequence[int],
    ) -> tuple[dict[int, LayerActivations], Stream | None]:
        ids = _with_front(batch, front)
        lengths = [number + (front is not None) for number in asked]
        rows = worth_it(ids, lengths) if self.backbone.shares_rows else None
        self._count(ids, 0 if begin is None else begin.layer, layers, rows=rows)
        with threads(1), spent_on(Part.FORWARDS):
            if self.streams is None:
                return self.backbone.activations(ids, layers, rows), None
            return self.backbone.continued(ids, layers, begin, rows)

    def _keep(self, stream: Stream, rows: Sequence[tuple[Ids, Sequence[Ids]]], front: int | None) -> None:
        assert self.streams is not None, "a stream was asked for"
        if stream.layer == 0:
            return
        for residual, (whole, asked) in zip(stream.residual, rows, strict=True):
            self.streams.put(self.backbone, front, KeptStream(stream.layer, whole, residual), asked)

    def _count(
        self, ids: torch.Tensor, begin: int, layers: Collection[int], *, strangers: int = 0, rows: Rows | None = None
    ) -> None:
        self.forwards += len(ids) - strangers
        run = 1 + max(layers) - begin
        count(Count.SEQUENCES, len(ids))
        count(Count.LAYER_RUNS, run * len(ids))
        count(Count.LAYERS_SPARED, begin * len(ids))
        count(Count.LAYER_BATCHES, run)
        count(Count.LAYER_POSITIONS, run * (ids.numel() if rows is None else len(rows.computed)))


def _with_front(batch: Sequence[Ids], front: int | None) -> torch.Tensor:
    """The batch as the network takes it."""
    return torch.tensor([*batch] if front is None else [(front, *ids) for ids in batch])


def _stacked(kept: Sequence[KeptStream]) -> Stream | None:
    return Stream(kept[0].layer, torch.stack([one.residual for one in kept])) if kept else None
