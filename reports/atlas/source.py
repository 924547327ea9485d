"""Source: atlas.json, and what pages look up in it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

from harness.errors import StoreError
from reports.values import Token

FORMAT = 1


class Atlas:
    """All of an atlas; nobody writes to it."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.model: str = data["model"]
        self.heads: list[str] = data["heads"]
        self.components: list[str] = data["components"]
        self.sources: dict[str, dict[str, Any]] = data["sources"]
        self._tokens: dict[str, str] = data["tokens"]

    def token(self, id: int) -> Token:
        """Return a token by its id."""
        return Token(id, self._tokens.get(str(id), f"<{id}>"))

    def named(self, ids: Iterable[int]) -> tuple[Token, ...]:
        """Return several."""
        return tuple(map(self.token, ids))

    def counts(self, source: str, component: str, head: int) -> list[tuple[int, int]]:
        """Return what a head reads, the commonest first: ids with counts."""
        ids, numbers = self.data["vocabularies"][source][component][head]
        return list(zip(ids, numbers, strict=True))

    def distinct(self, source: str, component: str) -> list[int]:
        """Return how many tokens each head reads."""
        return [len(ids) for ids, _numbers in self.data["vocabularies"][source][component]]

    def whole(self, source: str, component: str) -> list[tuple[int, int]]:
        """Return what all heads read together, the commonest first."""
        sums: dict[int, int] = {}
        for head in range(len(self.heads)):
            for id, number in self.counts(source, component, head):
                sums[id] = sums.get(id, 0) + number
        return sorted(sums.items(), key=lambda one: (-one[1], one[0]))

    @cached_property
    def layers(self) -> list[int]:
        """The layers that heads are of."""
        return sorted({layer_of(head) for head in self.heads})

    def square(self, source: str, component: str, *, apart: bool = False) -> list[list[int]]:
        """Return how many tokens each pair of heads shares; on the diagonal 0."""
        pairs = self.data["shared"][source][component]["apart" if apart else "pairs"]
        size = len(self.heads)
        found = [[0] * size for _ in range(size)]
        values = iter(pairs)
        for left in range(size):
            for right in range(left + 1, size):
                found[left][right] = found[right][left] = next(values)
        return found


def layer_of(head: str) -> int:
    """Return the layer of a head's address."""
    return int(head.split(".")[0])


def atlas(path: Path) -> Atlas:
    """Return the atlas of a file.

    Raises:
        StoreError: where the file is none.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise StoreError(
                f"{path}: the atlas has format {data['format']}, not {FORMAT}; make it again with 'headlaws atlas'."
            )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{path}: this is not an atlas; make one with 'headlaws atlas --out DIR'.") from error
    return Atlas(data)


def trained(atlas: Atlas) -> tuple[str, ...]:
    """Return the sources that the model itself read, not one with random weights."""
    return tuple(name for name in atlas.sources if "untrained" not in name)
