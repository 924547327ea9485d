"""Screen: the degree of every law on some heads, beside heads of the null models and the heads' own tokens dealt out.

All heads of a block are read together, and each head's table is written to a file of its own as soon as it is made, so
that a run that was ended goes on where it was.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from jaxtyping import Float

from harness.discovery.degrees import Degrees, Readings, dealt_out, degrees, padded
from harness.discovery.law import Law
from harness.discovery.samples import SEQUENCES_SCREENED, Sample
from harness.discovery.simple_readers import Eyes
from harness.files import replacing
from harness.laws.families import Ids
from harness.readings.many_heads import Tokens, read
from harness.readings.model import Model
from harness.readings.prepared_model import PreparedModel
from harness.readings.projection import Projection
from harness.records.address import Address
from harness.trials.null import spread

NULL_HEADS = {"random": 1, "rotated": 2}
"""Heads of each null model that the screen compares a layer's heads with; the confirmation takes more."""

NULL_SEQUENCES = SEQUENCES_SCREENED // 2
"""Edits of each setting that they are compared on."""

COLUMNS = ("degree", "random", "rotated", "surrogate")
"""The columns of a head's table: its degree, and the largest degree of each null."""


@dataclass(frozen=True, eq=False)
class Table:
    """What the screen says of one component of one head.

    Attributes:
        rows: of each law, in the order of `Screen.laws`, the numbers of `COLUMNS`; nan where a null is not there.
        constant: the share of its commonest token on random sequences.
        constant_after_the_first: the same, first places left out.
        sink: the share of places that read what the value of BOS alone reads; 0 where that cannot be asked.
    """

    rows: Float[np.ndarray, "law column"]
    constant: float
    constant_after_the_first: float
    sink: float


@dataclass(frozen=True, eq=False)
class Screen:
    """What is to be screened, and how.

    Attributes:
        samples: of every setting.
        components: those that are read.
        folder: where the heads' tables are kept.
    """

    samples: tuple[Sample, ...]
    components: tuple[str, ...]
    way: Projection
    bos: bool
    nulls: bool
    folder: Path
    eyes: Eyes = field(repr=False)

    def file(self, head: Address) -> Path:
        """Return where a head's table is kept."""
        return self.folder / f"{head}.npz"

    def laws(self, *, pairs: bool) -> list[Law]:
        """Return the laws of lines, or of pairs, that have something to compare; tables have them in this order."""
        return [found.law for sample in self.samples for found in degrees(sample, _nothing(sample), pairs=pairs)]

    def table(self, head: Address) -> dict[str, Table]:
        """Return a head's table that was kept, by component."""
        with np.load(self.file(head)) as kept:
            return {
                part: Table(kept[part], *(float(share) for share in kept[f"{part} shares"])) for part in self.components
            }

    def keep(self, head: Address, tables: Mapping[str, Table]) -> None:
        """Write down a head's table, as a whole or not at all."""
        arrays: dict[str, np.ndarray] = {}
        for part, made in tables.items():
            arrays[part] = made.rows.astype(np.float32)
            arrays[f"{part} shares"] = np.array([made.constant, made.constant_after_the_first, made.sink])
        held = io.BytesIO()
        np.savez_compressed(held, **arrays)  # type: ignore[arg-type]  # names are the arrays'
        self.folder.mkdir(parents=True, exist_ok=True)
        with replacing(self.file(head)) as part_file:
            part_file.write_bytes(held.getvalue())

    @property
    def sequences(self) -> list[Ids]:
        """All sequences, once each."""
        return list(dict.fromkeys(ids for sample in self.samples for side in sample.sides for ids in side))

    @property
    def null_sequences(self) -> list[Ids]:
        """Those that the heads of null models read."""
        return list(
            dict.fromkeys(ids for sample in self.samples for side in sample.sides for ids in side[:NULL_SEQUENCES])
        )


def screen(wanted: Screen, model: Model, heads: Sequence[Address]) -> Iterator[Address]:
    """Make and keep the tables of some heads; gives each head when its table is kept."""
    how = {"way": wanted.way, "bos": wanted.bos}
    beside = _null_degrees(wanted, model, heads) if wanted.nulls else {}
    read_by = read(model, wanted.sequences, heads, wanted.components, way=wanted.way, bos=wanted.bos)
    rows = {part: _rows(wanted, [read_by[head, part] for head in heads], part) for part in wanted.components}
    for place, head in enumerate(heads):
        tables = {}
        for part in wanted.components:
            tokens = read_by.pop((head, part))
            own, dealt = rows[part][:, place]
            nulls = beside.get((head.layer, part), {})
            missing = np.full(len(own), np.nan)
            columns = [own, nulls.get("random", missing), nulls.get("rotated", missing), dealt]
            tables[part] = Table(
                np.stack(columns, axis=1), *_constancy(wanted, tokens), _sink(wanted, model, head, part, tokens, how)
            )
        wanted.keep(head, tables)
        yield head


def _rows(wanted: Screen, tokens: Sequence[Tokens], part: str) -> Float[np.ndarray, "own_or_dealt head law"]:
    """The degrees of several heads' component, and of its tokens dealt out."""
    pairs = part == "qk"
    own, dealt = [], []
    for sample in wanted.samples:
        readings = _readings(sample, tokens)
        own += [found.of for found in degrees(sample, readings, pairs=pairs)]
        surrogate = dealt_out(sample, readings, wanted.eyes, pairs=pairs)
        dealt += [found.of for found in degrees(sample, surrogate, pairs=pairs)]
    return np.stack([np.stack(own, axis=1), np.stack(dealt, axis=1)])


def _null_degrees(
    wanted: Screen, model: Model, heads: Sequence[Address]
) -> dict[tuple[int, str], dict[str, Float[np.ndarray, " law"]]]:
    """The largest degree of each law among a null's heads, by layer and component, and by null."""
    found: dict[tuple[int, str], dict[str, Float[np.ndarray, " law"]]] = {}
    for kind in model.nulls:
        null: PreparedModel = model.nulls[kind]
        layers = sorted({head.layer for head in heads})
        some = {layer: spread(layer, model.backbone.shape.n_heads, NULL_HEADS[kind]) for layer in layers}
        every = [one for those in some.values() for one in those]
        tokens = read(null, wanted.null_sequences, every, wanted.components, way=wanted.way, bos=wanted.bos)
        for layer, those in some.items():
            for part in wanted.components:
                of_each = [tokens.pop((one, part)) for one in those]
                found.setdefault((layer, part), {})[kind] = np.array(
                    [one.of.max() for sample in wanted.samples for one in _on_null(sample, of_each, pairs=part == "qk")]
                )
        null.forget()
    return found


def _on_null(sample: Sample, tokens: Sequence[Tokens], *, pairs: bool) -> Iterator[Degrees]:
    """The degrees of a null's heads."""
    return degrees(sample, _readings(sample, tokens, NULL_SEQUENCES), pairs=pairs, first=NULL_SEQUENCES)


def _readings(sample: Sample, tokens: Sequence[Tokens], first: int | None = None) -> Readings:
    return Readings(*(padded([[one[ids] for ids in side[:first]] for one in tokens]) for side in sample.sides))


def _nothing(sample: Sample) -> Readings:
    """What no reader reads, in the right shape."""
    S, R = sample.sides
    return Readings(*(np.full((0, len(side), max(map(len, side))), -1, dtype=np.int64) for side in (S, R)))


def _constancy(wanted: Screen, tokens: Tokens) -> tuple[float, float]:
    """The share of the commonest token among all entries of all S, and without the first entries."""
    starts = list(dict.fromkeys(ids for sample in wanted.samples for ids in sample.sides[0]))
    return _commonest([tokens[ids] for ids in starts]), _commonest([tokens[ids][1:] for ids in starts])


def _commonest(some: Sequence[np.ndarray]) -> float:
    flat = np.concatenate(some)
    return float(np.unique(flat, return_counts=True)[1].max() / len(flat))


def _sink(wanted: Screen, model: Model, head: Address, part: str, tokens: Tokens, how: Mapping[str, object]) -> float:
    """The share of places of z that read as the value of BOS alone does: attention rests there."""
    bos = model.backbone.bos
    if part != "z" or not wanted.bos or bos is None:
        return 0.0
    (value,) = model.read([(bos,)], head, "v", way=wanted.way, bos=False)[0].tokens
    starts = list(dict.fromkeys(ids for sample in wanted.samples for ids in sample.sides[0]))
    flat = np.concatenate([tokens[ids] for ids in starts])
    return float((flat == value).mean())
