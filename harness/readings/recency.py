"""A cache that forgets what was used longest ago, with a budget in bytes."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class RecencyCache(Generic[Value]):
    """At most `budget` bytes of values; the least recently used go first.

    >>> cache = RecencyCache[str](budget=2)
    >>> for key in "abc":
    ...     cache.put(key, key.upper(), size=1)
    >>> cache.get("a"), cache.get("c")
    (None, 'C')
    """

    def __init__(self, *, budget: int) -> None:
        self.budget = budget
        self.size = 0
        self._kept: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()

    def get(self, key: Hashable) -> Value | None:
        """The value, which counts as a use; None where it is not kept."""
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def put(self, key: Hashable, value: Value, *, size: int) -> None:
        """Keep a value of so many bytes; one larger than the whole budget is not kept."""
        if key in self._kept:
            self.size -= self._kept.pop(key)[1]
        if size > self.budget:
            return
        self._kept[key] = (value, size)
        self.size += size
        self.within(self.budget)

    def within(self, budget: int) -> None:
        """Keep no more than so many bytes from now on."""
        self.budget = budget
        while self.size > self.budget:
            _, (_, freed) = self._kept.popitem(last=False)
            self.size -= freed

    def clear(self) -> None:
        """Let go of all values."""
        self._kept.clear()
        self.size = 0

    def __len__(self) -> int:
        return len(self._kept)
