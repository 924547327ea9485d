"""The null models of a model, as models that read: each is loaded when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from harness.models.backbone import Backbone
from harness.models.nulls.null_models import Null
from harness.readings.malloc import give_back

Model = TypeVar("Model")


class Nulls(Mapping[str, Model]):
    """A model's nulls by kind (`random`, `rotated`); empty where there are none.

    Attributes:
        fingerprints: of each, known without loading it.
        missing: why there are none, in one line, or nothing.
    """

    def __init__(self, made: Mapping[str, Null], readable: Callable[[Backbone], Model], *, missing: str = "") -> None:
        self._made = made
        self._readable = readable
        self._loaded: dict[str, Model] = {}
        self.missing = missing
        self.fingerprints = {str(kind): null.fingerprint for kind, null in made.items()}

    def __getitem__(self, kind: str) -> Model:
        if kind not in self._loaded:
            self._loaded[kind] = self._readable(self._made[kind].load())
            give_back()
        return self._loaded[kind]

    def __iter__(self) -> Iterator[str]:
        return iter(self.fingerprints)

    def __len__(self) -> int:
        return len(self.fingerprints)

    @property
    def loaded(self) -> Mapping[str, Model]:
        """Those that have been loaded."""
        return self._loaded
