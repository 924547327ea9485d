"""Foresight: which readings a body will ask for, whatever they turn out to be.

Most bodies ask for two or three readings that follow from the inputs alone, as `head(S)` and `head(S + t)`. A body that
is run for real stops at the first one that is not at hand, so they would be made one after another. Here it is run on
two made-up heads, which agree in no token: what it asks of both does not depend on the answers, and can be made at
once. Nothing rests on what is foreseen but how much is read together: a reading that is foreseen in vain is not used,
and one that is not foreseen is made when it is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from harness.laws.agreement import agreements
from harness.laws.conjecture import Conjecture
from harness.laws.families import Ids
from harness.profiling import Part, spent_on
from harness.readings.reading import Reading, certain
from harness.records.address import ATTENTION
from harness.trials.subject import Ask, Subject, Wanted, given

MOST = 8
"""Readings that are foreseen for one input; a body that asks for more mostly goes by what it has read."""


def foreseen(conjecture: Conjecture, reader: Any, inputs: Mapping[str, Any]) -> tuple[Wanted, ...]:
    """Return the readings that a body asks for whatever it is answered, in order. Call it where a body may be run.

    Args:
        reader: what the claim is about; nothing but its calibration vocabulary is read.
    """
    name = getattr(reader, "name", None)
    if name is None:
        return ()
    first, second = (_asked(conjecture, _MadeUp(reader, name, turned=turned), inputs) for turned in (False, True))
    return tuple(want for want in first if want in second)


class _EnoughError(Exception):
    """Raised to a body that has asked for so much that no more is noted."""


class _MadeUp(Subject):
    """A head that reads each entry as a token of its own."""

    def __init__(self, reader: Any, name: str, *, turned: bool) -> None:
        super().__init__(reader)
        self._name = name
        self._turned = turned
        self.asked: dict[Wanted, None] = {}

    def _answer(self, ids: Ids, ask: Ask) -> Reading:
        if len(self.asked) >= MOST:
            raise _EnoughError
        self.asked[ids, ask] = None
        return _made_up(ids, ask.component or self._name, turned=self._turned)


def _asked(conjecture: Conjecture, subject: _MadeUp, inputs: Mapping[str, Any]) -> dict[Wanted, None]:
    # The log of this one is nobody's, and so is whatever a body makes of answers that no head gave.
    with spent_on(Part.PREDICATES), agreements(), suppress(Exception):
        conjecture.body(**{conjecture.subject: subject}, **given(inputs))
    return subject.asked


def _made_up(ids: Ids, name: str, *, turned: bool) -> Reading:
    n = len(ids)
    if name == ATTENTION:
        from harness.readings.attention import of_weights  # which needs torch; whoever only collects does not

        weights = np.eye(n)
        if turned:
            weights = np.zeros((n, n))
            weights[:, 0] = 1.0
        return of_weights(ids, weights, relative=0.0)
    triangle = name == "qk"
    entries = n * (n + 1) // 2 if triangle else n
    tokens = np.arange(entries, dtype=np.int64)
    return certain(ids, tokens[::-1] + entries if turned else tokens, triangle=triangle)
