"""The null models of a model, as models that read: each is loaded when it is first asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from harness.models.nulls.null_models import Null
from harness.readings.malloc import give_back

if TYPE_CHECKING:
    from harness.readings.model import Model


class Nulls(Mapping[str, "Model"]):
    """A model's nulls by kind (`random`, `rotated`); empty where there are none.

    Attributes:
        fingerprints: of each, known without loading it.
        missing: why there are none, in one line, or nothing.
    """

    def __init__(self, made: Mapping[str, Null], *, missing: str = "") -> None:
        self._made = made
        self._loaded: dict[str, Model] = {}
        self.missing = missing
        self.fingerprints = {str(kind): null.fingerprint for kind, null in made.items()}

    def __getitem__(self, kind: str) -> Model:
        if kind not in self._loaded:
            from harness.readings.model import ASIDE, ASIDE_FOLDS, Model

            self._loaded[kind] = Model(self._made[kind].load(), room=ASIDE, folds=ASIDE_FOLDS)
            give_back()
        return self._loaded[kind]

    def __iter__(self) -> Iterator[str]:
        return iter(self.fingerprints)

    def __len__(self) -> int:
        return len(self.fingerprints)

    @property
    def loaded(self) -> tuple[str, ...]:
        """Those that have been loaded."""
        return tuple(self._loaded)
