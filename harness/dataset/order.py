"""Order: all that a data set depends on.

Equal orders give equal files, byte for byte; so an order holds no time and no place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from harness.dataset.columns import SHOWN, described
from harness.errors import short
from harness.models.fingerprint import digest
from harness.readings.projection import Projection
from harness.records.address import Address
from harness.records.run import environment

if TYPE_CHECKING:
    from harness.readings.prepared_model import PreparedModel

Ids = tuple[int, ...]

LAYOUT = 1
"""Counts up when the file changes for other reasons than a library's version."""

BYTES_PER_BLOCK = 512 << 20
ROWS_PER_BLOCK = 1 << 21


@dataclass(frozen=True)
class Block:
    """Prompts that go through the model together.

    Attributes:
        first: the number of the first of them.
    """

    first: int
    prompts: tuple[Ids, ...]


@dataclass(frozen=True)
class Order:
    """What is to be made.

    Attributes:
        heads: in order of layer and head.
        prompts: all of one length, without BOS.
        source, seed: where the prompts were drawn from.
    """

    model: PreparedModel
    heads: tuple[Address, ...]
    prompts: tuple[Ids, ...]
    source: str
    seed: int
    way: Projection
    bos: bool

    @property
    def components(self) -> tuple[str, ...]:
        """Those that the projection is defined for."""
        return tuple(component for component in SHOWN if self.way.defined_for(component))

    @property
    def length(self) -> int:
        """Tokens of each prompt."""
        return len(self.prompts[0])

    @property
    def layers(self) -> dict[int, tuple[Address, ...]]:
        """The heads of each layer."""
        found: dict[int, tuple[Address, ...]] = {}
        for address in self.heads:
            found[address.layer] = (*found.get(address.layer, ()), address)
        return found

    @property
    def pairs(self) -> int:
        """Rows of one head and prompt."""
        return self.length * (self.length + 1) // 2

    @property
    def rows(self) -> int:
        """Rows of the whole."""
        return self.pairs * len(self.prompts) * len(self.heads)

    @property
    def blocks(self) -> list[Block]:
        """The prompts, as many together as memory bears: a block's activations of all layers are held at once."""
        shape = self.model.backbone.shape
        positions = self.length + 1
        numbers = positions * shape.n_heads * (4 * shape.d_head + positions)  # q, k, v, z and the pattern of one layer
        size = len(self.layers) * numbers * self.model.backbone.dtype.itemsize
        step = max(1, min(BYTES_PER_BLOCK // size, ROWS_PER_BLOCK // self.pairs))
        return [Block(first, self.prompts[first : first + step]) for first in range(0, len(self.prompts), step)]

    def record(self) -> dict[str, Any]:
        """Return all of it, for JSON; written into the data set."""
        backbone = self.model.backbone
        return {
            "layout": LAYOUT,
            "model": backbone.name,
            "fingerprint": backbone.fingerprint,
            "weights_sha256": backbone.weights_sha256,
            "settings": dict(backbone.settings),
            "vocabulary_sha256": backbone.vocabulary_sha256,
            "preparation": asdict(backbone.preparation),
            "dtype": str(backbone.dtype).removeprefix("torch."),
            "device": str(backbone.device),
            "versions": {**environment(), "pyarrow": str(pa.__version__)},
            "heads": [str(address) for address in self.heads],
            "components": list(self.components),
            "projection": self.way.value,
            "bos": self.model.source.in_front(self.bos),
            "source": self.source,
            "seed": self.seed,
            "prompts": len(self.prompts),
            "length": self.length,
            "ids_sha256": digest(self.prompts),
            "rows": self.rows,
            "columns": described(self.components),
        }


def differences(there: dict[str, Any], here: dict[str, Any]) -> Sequence[str]:
    """Name in what two records differ, for people; the fingerprint, which covers others, last.

    >>> differences({"seed": 1, "length": 8}, {"seed": 2, "length": 8})
    ['seed (1, now 2)']
    """
    old, new = _flat(there), _flat(here)
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    names.sort(key=lambda name: name == "fingerprint")
    return [f"{name} ({short(old.get(name), 40)}, now {short(new.get(name), 40)})" for name in names]


def _flat(record: dict[str, Any]) -> dict[str, Any]:
    """A record with the entries of its parts, such as the model's settings, by their own names."""
    found: dict[str, Any] = {}
    for name, value in record.items():
        found |= {f"{name}.{part}": one for part, one in value.items()} if isinstance(value, dict) else {name: value}
    return found
