"""Addresses: which heads and which components, as people write them.

A head is `L.H`, layer and head both from 0. A specification names one or many: `0.0`, `0.*`, `*.3`, `2-4.*`, `all`.
"""

import re
from collections.abc import Iterable
from itertools import combinations
from typing import NamedTuple

from harness.errors import AddressError

COMPONENTS = ("q", "k", "v", "z", "qk")
"""A vector per position (q, k, v, z) or per pair of query and key (qk), in the order in which they are shown."""

ATTENTION = "attn"
"""Not a component but the attention pattern itself, which some claims are about."""

CLAIMED = (*COMPONENTS, ATTENTION)
"""What a claim may speak of, in the order in which it is shown."""

PAIR = "+"
"""What stands between the two heads of a pair, as they are written."""

_RANGE = r"\d+(?:-\d+)?|\*"
_SPECIFICATION = re.compile(rf"({_RANGE})\.({_RANGE})")


class Address(NamedTuple):
    """One head: its layer and its number in the layer.

    >>> str(Address(11, 10))
    '11.10'
    """

    layer: int
    head: int

    def __str__(self) -> str:
        return f"{self.layer}.{self.head}"


def addresses(specifications: Iterable[str], *, n_layers: int, n_heads: int, model: str) -> tuple[Address, ...]:
    """Return the heads that the specifications name, each once, in order of layer and head.

    >>> [str(a) for a in addresses(["0.*", "1.1"], n_layers=2, n_heads=2, model="m")]
    ['0.0', '0.1', '1.1']
    >>> addresses(["2.0"], n_layers=2, n_heads=2, model="m")
    Traceback (most recent call last):
    ...
    harness.errors.AddressError: --head '2.0': layer 2 does not exist; m has layers 0-1. Did you mean '1.0'?

    Raises:
        AddressError: for a specification that is not one, or names a head that the model has not.
    """
    found: set[Address] = set()
    for written in specifications:
        if written == "all":
            written_as = "*.*"
        else:
            written_as = written
        match = _SPECIFICATION.fullmatch(written_as)
        if match is None:
            raise AddressError(
                f"--head {written!r}: this is not a head; write layer.head as in '0.0', '0.*', '*.3', '2-4.*', or "
                "'all'."
            )
        layers = _span(match[1], n_layers)
        heads = _span(match[2], n_heads)
        for part, span, count in (("layer", layers, n_layers), ("head", heads, n_heads)):
            if not span:
                raise AddressError(f"--head {written!r}: the range runs backwards; write the smaller number first.")
            if span[-1] >= count:
                nearest = Address(min(layers[0], n_layers - 1), min(heads[0], n_heads - 1))
                plural = f"{model} has {part}s 0-{count - 1}" if count > 1 else f"{model} has {part} 0 only"
                raise AddressError(
                    f"--head {written!r}: {part} {span[-1]} does not exist; {plural}. Did you mean '{nearest}'?"
                )
        found.update(Address(layer, head) for layer in layers for head in heads)
    return tuple(sorted(found))


class Pair(NamedTuple):
    """Two heads of one layer.

    >>> str(Pair(Address(0, 1), Address(0, 4)))
    '0.1+0.4'
    """

    left: Address
    right: Address

    @property
    def layer(self) -> int:
        """The layer of both."""
        return self.left.layer

    def __str__(self) -> str:
        return f"{self.left}{PAIR}{self.right}"


def pairs_of(chosen: Iterable[Address], *, n_heads: int) -> tuple[Pair, ...]:
    """Return the pairs of heads of one layer: all pairs of those chosen, or of one alone the pair with its neighbour.

    >>> [str(pair) for pair in pairs_of([Address(0, 0), Address(0, 2), Address(3, 5)], n_heads=6)]
    ['0.0+0.2', '3.0+3.5']
    """
    by_layer: dict[int, list[Address]] = {}
    for address in chosen:
        by_layer.setdefault(address.layer, []).append(address)
    found = []
    for layer, heads in by_layer.items():
        if len(heads) == 1 and n_heads > 1:
            heads = sorted([*heads, Address(layer, (heads[0].head + 1) % n_heads)])
        found += [Pair(left, right) for left, right in combinations(heads, 2)]
    return tuple(found)


def blocks(chosen: Iterable[Address], size: int) -> tuple[tuple[int, ...], ...]:
    """Return the layers of some heads, so many at a time.

    >>> blocks([Address(0, 1), Address(1, 0), Address(5, 2)], 2)
    ((0, 1), (5,))
    """
    layers = sorted({address.layer for address in chosen})
    return tuple(tuple(layers[i : i + size]) for i in range(0, len(layers), size))


def by_layer(written: str) -> tuple[tuple[int, ...], str]:
    """Give what sorts heads and pairs, as they are written, by layer and head.

    >>> sorted(["10.0", "2.1+2.3", "2.1"], key=by_layer)
    ['2.1', '2.1+2.3', '10.0']
    """
    return tuple(int(part) for part in re.findall(r"\d+", written)), written


def shown_place(component: str) -> tuple[int, str]:
    """Give what sorts what claims speak of; whatever is none of it comes last.

    >>> sorted(["attn", "?", "q"], key=shown_place)
    ['q', 'attn', '?']
    """
    return CLAIMED.index(component) if component in CLAIMED else len(CLAIMED), component


def components(names: Iterable[str], *, among: tuple[str, ...] = COMPONENTS) -> tuple[str, ...]:
    """Return the components that are named, each once, in the order of `among`; a name may hold several, as in `"qk
    v"`.

    >>> components(["v q"])
    ('q', 'v')
    """
    wanted = [part for name in names for part in name.replace(",", " ").split()]
    for part in wanted:
        if part not in among:
            raise AddressError(f"--component {part!r}: this component is not known; choose from {', '.join(among)}.")
    return tuple(component for component in among if component in wanted)


def _span(written: str, count: int) -> range:
    if written == "*":
        return range(count)
    first, _, last = written.partition("-")
    return range(int(first), int(last or first) + 1)
