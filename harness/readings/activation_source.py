"""Activation source: runs the model for sequences, in batches, and remembers what the heads of a layer made of them.

Keyed by the model's fingerprint (which covers weights and preparation), the ids with BOS where it is asked for, and
the layer: never by a name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from operator import attrgetter, index

from cachetools import LRUCache
from jaxtyping import Float
from torch import Tensor

from harness.errors import ModelError, SequenceError
from harness.models.backbone import Backbone, LayerActivations
from harness.readings.activations import Activations, Ids, Kept, sound, taken_apart
from harness.readings.model_runs import ModelRuns
from harness.text import counted

POSITIONS_AFRESH = 193
"""How many positions go through the model at once for readings made afresh: few sequences together."""

AFRESH_ROOM = 64 << 20
"""How many bytes of fresh runs are kept for the other components of a claim."""

SHARED_FROM = 4
"""So many sequences asked for at once are a family's, and other heads will ask for them; fewer are one head's own."""


@dataclass(frozen=True)
class _Anew:
    """One batch that was run anew, and who has had it."""

    made: dict[Ids, Kept]
    had: set[Hashable]

    @property
    def nbytes(self) -> int:
        """What it holds."""
        return sum(kept.nbytes for kept in self.made.values())


class ActivationSource:
    """Runs the model for the sequences asked for, and remembers what came of it.

    Attributes:
        together: layers whose heads will be asked for the same sequences: one run of the model serves all of them. Of
            another layer, nothing above it is run.
        shared_from: so many sequences asked for at once are taken for a family's, and run for all these layers.
        kept: what is remembered.
        runs: the network's runs, and from where they go on.
    """

    def __init__(self, backbone: Backbone, *, budget: int = 512 << 20, together: set[int] | None = None) -> None:
        self.backbone = backbone
        self.together: set[int] = set() if together is None else together
        self.shared_from = SHARED_FROM
        self.kept: LRUCache[Hashable, Kept] = LRUCache(budget, getsizeof=attrgetter("nbytes"))
        self._anew: LRUCache[Hashable, _Anew] = LRUCache(min(budget, AFRESH_ROOM), getsizeof=attrgetter("nbytes"))
        self.runs = ModelRuns(backbone)

    @property
    def forwards(self) -> int:
        """Sequences that went through the model so far."""
        return self.runs.forwards

    def forget(self) -> None:
        """Let go of all that is remembered."""
        self.kept.clear()
        self._anew.clear()

    def check(self, ids: Iterable[int], *, bos: bool) -> Ids:
        """Return the ids as a tuple, if they are a sequence of this model.

        Raises:
            SequenceError: for an id outside the vocabulary, something that is no id, or too many of them.
        """
        shape = self.backbone.shape
        try:
            sequence = tuple(index(id) for id in ids)  # no rounding of 1.5, no reading of "12" as 1, 2
        except TypeError:
            raise SequenceError(
                f"{ids!r}: this is not a sequence of token ids; give whole numbers, as in (5, 9, 9)."
            ) from None
        for id in sequence:
            if not 0 <= id < shape.vocab:
                raise SequenceError(
                    f"id {id}: it is outside the vocabulary; {self.backbone.name} has ids 0-{shape.vocab - 1}."
                )
        room = self.room(bos)
        if not 1 <= len(sequence) <= room:
            raise SequenceError(
                f"a sequence of {counted(len(sequence), 'id')}: {self.backbone.name} reads 1 to {room}; give a "
                "sequence of this length."
            )
        return sequence

    def room(self, bos: bool) -> int:
        """Return how many ids the model reads, BOS apart."""
        return self.backbone.shape.n_ctx - (0 if self.in_front(bos) is None else 1)

    def in_front(self, bos: bool) -> int | None:
        """Return the id put in front of every sequence, if there is one."""
        return self.backbone.bos if bos else None

    def of(
        self,
        sequences: Sequence[Ids],
        layer: int,
        *,
        bos: bool,
        afresh: bool = False,
        own: bool = False,
        shared: bool | None = None,
        whose: Hashable = None,
    ) -> list[Activations]:
        """Return the activations of a layer, one for each sequence; equal sequences share theirs.

        With `afresh`, nothing remembered is used, nothing is remembered, sequences of one length alone share a run, and
        every batch has a stranger at each end: so a sequence has another place among more, is neither the first nor the
        last, has no filling, and reads differently if that makes any difference. One that is asked for by itself is run
        by itself.

        Args:
            own: whether these are one head's own sequences, which heads of other layers will not be asked for.
            shared: whether they are a family's, run for all layers in ``together``; by default by how many they are.
            whose: the component that is read afresh. Of the layers in ``together`` one run serves several, each of
                them once: who asks again gets a run of its own. Without it, every call is a run.
        """
        front = self.in_front(bos)
        if afresh:
            found = self._afresh(sequences, layer, front, whose if layer in self.together else None)
            return [found[ids] for ids in sequences]
        found = {}
        waiting = []
        for ids in dict.fromkeys(sequences):
            kept = self.kept.get((self.backbone.fingerprint, front, ids, layer))
            if kept is None:
                waiting.append(ids)
            else:
                found[ids] = kept.untouched(self.backbone.name)
        if shared is None:
            shared = not own and len(sequences) >= self.shared_from
        for rows, run in self.runs.of(waiting, self._beside(layer, shared=shared), front, kept=shared):
            made = self._taken_apart(run.pop(layer), rows, layer, front)
            found |= made
            for other, activations in run.items():
                if sound(activations):  # what is not is refused when it is asked for
                    self._keep(self._taken_apart(activations, rows, other, front), other, front)
            if not own:  # nobody will ask for them again
                self._keep(made, layer, front)
        return [found[ids] for ids in sequences]

    def unremembered(
        self, sequences: Sequence[Ids], layers: Collection[int], *, bos: bool, most: int
    ) -> dict[int, list[Activations]]:
        """Return the activations of several layers for sequences of one length; none is remembered.

        Args:
            most: positions that go through the model at once.
        """
        front = self.in_front(bos)
        found: dict[int, list[Activations]] = {layer: [] for layer in layers}
        together = max(1, most // (len(sequences[0]) + 1))
        for first in range(0, len(sequences), together):
            batch = [*sequences[first : first + together]]
            run = self.runs.run(batch, front, layers)
            for layer in layers:
                made = self._taken_apart(run.pop(layer), {ids: row for row, ids in enumerate(batch)}, layer, front)
                found[layer] += [made[ids] for ids in batch]
        return found

    def _afresh(
        self, sequences: Sequence[Ids], layer: int, front: int | None, whose: Hashable
    ) -> dict[Ids, Activations]:
        by_length: defaultdict[int, list[Ids]] = defaultdict(list)
        for ids in dict.fromkeys(sequences):
            by_length[len(ids)].append(ids)
        found: dict[Ids, Activations] = {}
        for length, group in by_length.items():
            step = max(1, POSITIONS_AFRESH // (length + 1))
            for first in range(0, len(group), step):
                batch = group[first : first + step]
                stranger = [batch[0][::-1]] if len(sequences) > 1 else []
                found |= self._anew_once((*stranger, *batch, *stranger), batch, layer, front, whose)
        return found

    def _anew_once(
        self, whole: tuple[Ids, ...], batch: list[Ids], layer: int, front: int | None, whose: Hashable
    ) -> dict[Ids, Activations]:
        """A batch, run anew unless it was for others alone."""
        key = (self.backbone.fingerprint, front, layer, whole)
        known = None if whose is None else self._anew.get(key)
        if known is not None and whose not in known.had:
            known.had.add(whose)
            return {ids: kept.untouched(self.backbone.name) for ids, kept in known.made.items()}
        run = self.runs.run(whole, front, {layer}, strangers=len(whole) - len(batch))
        rows = {ids: row for row, ids in enumerate(batch, start=int(len(whole) > len(batch)))}
        made = self._taken_apart(run[layer], rows, layer, front)
        if whose is not None:
            kept = {ids: Kept.of(activations) for ids, activations in made.items()}
            with suppress(ValueError):  # it takes more than all the room there is
                self._anew[key] = _Anew(kept, {whose})
        return made

    def attention(self, ids: Ids, layer: int, head: int, *, bos: bool) -> Float[Tensor, "query key"]:
        """Return the attention pattern of one head among the sequence's own positions; what goes to BOS is left out."""
        (made,) = self.of([ids], layer, bos=bos)
        return made.pattern[head, :, -len(ids) :]

    def _beside(self, layer: int, *, shared: bool) -> frozenset[int]:
        """The layers that are run with this one."""
        return frozenset(self.together) if layer in self.together and shared else frozenset({layer})

    def _keep(self, made: dict[Ids, Activations], layer: int, front: int | None) -> None:
        for ids, activations in made.items():
            key = (self.backbone.fingerprint, front, ids, layer)
            with suppress(ValueError):  # it takes more than all the room there is
                self.kept[key] = Kept.of(activations)

    def _taken_apart(
        self, found: LayerActivations, rows: Mapping[Ids, int], layer: int, front: int | None
    ) -> dict[Ids, Activations]:
        """Each sequence's own activations, from its row of the batch."""
        if not sound(found):
            unsound = [ids for ids, i in rows.items() if not sound(found, i)]
            raise ModelError(
                f"{self.backbone.name}: layer {layer} gives NaN or infinity for {min(unsound or rows)}; "
                f"check the weights or use --dtype float64."
            )
        shape = self.backbone.shape
        return taken_apart(found, rows, skip=int(front is not None), together=shape.n_heads // shape.n_kv_heads)
