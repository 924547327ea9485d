"""Exhaustion: what a component of a head reads of every id of the vocabulary, in one of three settings.

    anywhere       v of layer 0, whatever stands around the token and at whatever place
    at a place     q, k and v of layer 0, whatever stands before
    in a context   any component of lines in any layer, behind one given sequence

In the first two the argument is the architecture's: nothing moves between positions before layer 0, so its q, k and v
see the token and its place, and v sees the token alone where no place enters the residual stream. What is measured is
that this model is so: the vectors of every id, behind two contexts and, for the first setting, at two places, are equal
but for rounding. `entering` looks at the residual stream of models whose places do not turn q and k.

Each id's vector is decoded exactly. Near-ties are read once more in float64; those that remain are ties as far as
float64 tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from harness.errors import ModelError
from harness.readings.activations import Ids
from harness.readings.decoder import VECTORS_PER_BLOCK
from harness.readings.decoding.top_two import Top2
from harness.readings.model import Model
from harness.readings.prepared_model import PreparedModel
from harness.readings.projection import Projection
from harness.readings.token_setting import Setting
from harness.readings.tolerance import tolerance
from harness.records.address import Address

PACKED = 64
"""Places of the sequences that ids are packed into where neither place nor context matters."""

POSITIONS = 8192
"""Positions whose activations are held at a time."""

Part = tuple[Address, str]
Vectors = Float[Tensor, "vocab d_head"]
Told = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Table:
    """What a component reads of each id, in the order of ids.

    Attributes:
        near_ties: whether the token is uncertain even in float64.
        settled: whether it is uncertain in the model's own numbers, and certain in float64.
        apart: the largest difference between an id's vectors in two contexts, as a share of their length; None where
            only one context was read.
    """

    tokens: Int[np.ndarray, " vocab"]
    runners_up: Int[np.ndarray, " vocab"]
    margins: Float[np.ndarray, " vocab"]
    near_ties: Bool[np.ndarray, " vocab"]
    settled: Bool[np.ndarray, " vocab"]
    apart: float | None


@dataclass(frozen=True, eq=False)
class Arrangement:
    """Sequences that hold every id of some, and where in them the ids are read.

    Attributes:
        rows: of ids, all of one length.
        every: whether ids are read at every place, or at the last one alone.
    """

    rows: Int[np.ndarray, "sequence place"]
    every: bool

    @property
    def places(self) -> slice:
        """The places that are read."""
        return slice(None) if self.every else slice(-1, None)


def vocabulary_size(model: PreparedModel) -> int:
    """Return how many ids there are that can be embedded and read."""
    return min(model.backbone.shape.vocab, len(model.backbone.W_E))


def tables(
    model: Model,
    parts: Sequence[Part],
    setting: Setting,
    *,
    way: Projection,
    bos: bool,
    told: Told = lambda line: None,
) -> Iterator[tuple[Part, Table]]:
    """Give the table of each component of each head, layer by layer; one run of the model serves a layer.

    Raises:
        ModelError: for a model whose vectors in the two contexts are not equal but for rounding.
    """
    arrangements = arranged(model, setting, bos=bos)
    for layer in sorted({address.layer for address, _ in parts}):
        those = [part for part in parts if part[0].layer == layer]
        passes = [_vectors(model, one, those, bos=bos, told=told) for one in arrangements]
        for part in those:
            address, component = part
            told(f"{component} of {address}: the attention token of every id")
            first, *others = [found[part] for found in passes]
            apart = max((_apart(model, part, setting, first, other) for other in others), default=None)
            tops = [_decoded(model, vectors, part, way) for vectors in (first, *others)]
            yield part, _settled(model, part, setting, tops, apart, way=way, bos=bos)


def arranged(model: PreparedModel, setting: Setting, *, bos: bool) -> list[Arrangement]:
    """Return the sequences to read: two arrangements where the context must not matter, and one where it is given."""
    ids = np.arange(vocabulary_size(model))
    if setting.context is not None:
        return [_behind(setting.context, ids)]
    if setting.place is not None:
        return [_behind(before, ids) for before in _contexts(model, setting.place)]
    length = min(PACKED, model.source.room(bos), len(ids))
    random = np.random.default_rng(0)
    cells = np.arange(-(-len(ids) // length) * length)
    cells = np.where(cells < len(ids), cells, cells % length)  # an id that fills the last row keeps its column
    packed = random.permutation(ids)[cells].reshape(-1, length)
    moved = random.permuted(np.roll(packed, length // 2, axis=1), axis=0)
    return [Arrangement(packed, every=True), Arrangement(moved, every=True)]


def _contexts(model: PreparedModel, length: int) -> list[Ids]:
    """Two random contexts of a length, with no place in common."""
    random = Random("contexts of an exhaustion")  # statistics, not secrets
    words = model.lexicon.words
    first = random.choices(range(len(words)), k=length)
    steps = [random.randrange(1, max(2, len(words))) for _ in first]
    second = [(one + step) % len(words) for one, step in zip(first, steps, strict=True)]
    return [tuple(words[one] for one in places) for places in (first, second)]


def _behind(before: Ids, ids: Int[np.ndarray, " some"]) -> Arrangement:
    return Arrangement(np.column_stack([*(np.full(len(ids), one) for one in before), ids]), every=False)


def _vectors(
    model: PreparedModel, arrangement: Arrangement, parts: Sequence[Part], *, bos: bool, told: Told
) -> dict[Part, Vectors]:
    """The vectors of the ids that are read, by id; ids that are not are zero."""
    (layer,) = {address.layer for address, _ in parts}
    rows, places = arrangement.rows, arrangement.places
    together = max(1, POSITIONS // (rows.shape[1] + 1))
    found: dict[Part, list[Tensor]] = {part: [] for part in parts}
    for start in range(0, len(rows), together):
        some = [tuple(row) for row in rows[start : start + together].tolist()]
        (made,) = model.source.unremembered(some, [layer], bos=bos, most=model.source.runs.most).values()
        for (address, component), vectors in found.items():
            vectors.append(torch.cat([one.vectors(component, address.head)[places] for one in made]))
        told(f"layer {layer}: {min(start + together, len(rows)):,} of {len(rows):,} sequences of {rows.shape[1]}")
    ids = torch.from_numpy(rows[:, places].ravel())
    return {part: _by_id(ids, torch.cat(vectors), vocabulary_size(model)) for part, vectors in found.items()}


def _by_id(ids: Int[Tensor, " entry"], vectors: Float[Tensor, "entry d_head"], vocab: int) -> Vectors:
    found = vectors.new_zeros(vocab, vectors.shape[1])
    found[ids.to(vectors.device)] = vectors
    return found


def _apart(model: PreparedModel, part: Part, setting: Setting, first: Vectors, other: Vectors) -> float:
    """The largest difference between the vectors of an id, as a share of their length."""
    difference = (first.double() - other.double()).norm(dim=1)
    length = torch.maximum(first.double().norm(dim=1), other.double().norm(dim=1))
    shares = torch.where(difference > 0, difference / length, 0.0)
    most = float(shares.max())
    if most > tolerance(first.dtype).relative:
        address, component = part
        raise ModelError(
            f"{component} of {address} in {model.backbone.name}: the vectors of id {int(shares.argmax())} differ "
            f"by {most:.1%} {setting.differing}, so more than the token decides; give --context for one sequence."
        )
    return most


def _decoded(model: PreparedModel, vectors: Float[Tensor, "n d_head"], part: Part, way: Projection) -> Top2:
    address, component = part
    blocks = vectors.split(VECTORS_PER_BLOCK)
    return Top2.joined(model.decoder.top2(block, address, component, way) for block in blocks)


def _settled(
    model: PreparedModel,
    part: Part,
    setting: Setting,
    tops: Sequence[Top2],
    apart: float | None,
    *,
    way: Projection,
    bos: bool,
) -> Table:
    """The table, in which what is uncertain in any of the contexts is read once more in float64."""
    first = tops[0]
    columns = [column.clone().numpy() for column in (first.tokens, first.runners_up, first.margins)]
    doubtful = np.zeros(len(columns[0]), dtype=bool)
    for top in tops:
        doubtful |= top.near_ties.numpy() | (top.tokens != first.tokens).numpy()
    near_ties = np.zeros_like(doubtful)
    if doubtful.any():
        ids = np.flatnonzero(doubtful)
        before = setting.context if setting.context is not None else _contexts(model, setting.place or 0)[0]
        twin = model.in_float64
        vectors = _vectors(twin, _behind(before, ids), [part], bos=bos, told=lambda line: None)[part]
        again = _decoded(twin, vectors[torch.from_numpy(ids).to(vectors.device)], part, way)
        for column, better in zip(columns, (again.tokens, again.runners_up, again.margins), strict=True):
            column[ids] = better.numpy()
        near_ties[ids] = again.near_ties.numpy()
    tokens, runners_up, margins = columns
    return Table(tokens, runners_up, margins, near_ties, doubtful & ~near_ties, apart)
