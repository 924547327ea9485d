"""Counterexamples: inputs that break a claim, with the readings that show it, ready to be kept and shown."""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from harness.laws.families import Couple, Edit, Extension
from harness.readings.reading import Reading
from harness.records.address import PAIR
from harness.records.counterexample import Counterexample, ShownReading
from harness.trials.judge import Judgement

Text = Callable[[Iterable[int]], list[str]]

Fed = Mapping[tuple[int, ...], tuple[tuple[int, ...], int]]
"""What was read, by its tokens: the sequence that the head was given first, and how many readings that took."""

Sum = tuple[tuple[str, ...], tuple[int, ...]]
"""Names of arguments, and the sequence that they add up to."""

_NAMED = {kind._fields: kind for kind in (Extension, Couple, Edit)}
"""Named tuples that families draw, by their fields."""

TOKENS = frozenset("abcstuvwxyz")
"""Whole numbers so named are tokens; others, such as `n` and `times`, are counts."""

PLACES = frozenset({"origins"})
"""Parts of arguments so named are places in a sequence, and no tokens."""


class Whose(NamedTuple):
    """The head, or pair of heads, and the component that a claim is tried on."""

    head: str = ""
    component: str = ""


def counterexample(
    cell: str, inputs: Mapping[str, Any], judgement: Judgement, text: Text, *, whose: Whose | None = None
) -> Counterexample:
    """Make a judgement that went against a claim ready to be shown.

    Args:
        cell: head, component, projection, chapter, conjecture and model, for the id.
        inputs: the arguments drawn.
        judgement: of these inputs.
        text: gives each id's vocabulary entry.
        whose: names the readings where the claim sets different components, or different heads, side by side.
    """
    deciding = judgement.deciding
    readings = deciding.sides if deciding is not None and deciding.sides else judgement.readings
    written = as_python(inputs)
    names, fed = _names(readings, whose or Whose()), _fed(judgement.readings)
    digest = hashlib.sha256(json.dumps([cell, written]).encode()).hexdigest()
    return Counterexample(
        id=digest[:8],
        inputs=written,
        readings=tuple(_shown(one, name, inputs, fed, text) for one, name in zip(readings, names, strict=True)),
        first_difference=deciding.first_difference if deciding is not None else None,
        margin=deciding.margin if deciding is not None else None,
        length=max((len(reading.sequence) for reading in judgement.readings), default=0),
    )


def as_python(inputs: Mapping[str, Any]) -> dict[str, str]:
    """Return the arguments written as Python, as `revived` reads them.

    >>> as_python({"extension": Extension(S=(5, 9), t=5), "times": 3})
    {'extension': "{'S': (5, 9), 't': 5}", 'times': '3'}
    """
    return {name: repr(_plain(value)) for name, value in inputs.items()}


def sequences(inputs: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """Return the arguments, and parts of arguments, that are tokens or sequences of tokens.

    >>> sequences({"extension": Extension(S=(5, 9), t=5), "times": 3})
    {'S': (5, 9), 't': (5,)}
    """
    found: dict[str, tuple[int, ...]] = {}
    for name, value in inputs.items():
        plain = _plain(value)
        fields = plain if isinstance(plain, dict) else {name: plain}
        found.update(
            {
                field: _ids(inner)
                for field, inner in fields.items()
                if field not in PLACES and (not isinstance(inner, int) or field in TOKENS)
            }
        )
    return {name: ids for name, ids in found.items() if ids}


def revived(inputs: Mapping[str, str]) -> dict[str, Any]:
    """Return the arguments that a stored counterexample was drawn as.

    >>> revived({"extension": "{'S': (5, 9), 't': 5}", "times": "3"})
    {'extension': Extension(S=(5, 9), t=5), 'times': 3}
    """
    values = {name: ast.literal_eval(value) for name, value in inputs.items()}
    return {name: _NAMED[tuple(value)](**value) if isinstance(value, dict) else value for name, value in values.items()}


def _shown(reading: Reading, name: str, inputs: Mapping[str, Any], fed: Fed, text: Text) -> ShownReading:
    strings = reading.named(text)
    tokens = [row.tolist() for row in reading.by_row(reading.tokens)]
    margins = [[round(float(margin), 6) for margin in row] for row in reading.by_row(reading.margins)]
    names = [[strings[token] for token in row] for row in tokens]
    line = not reading.triangle
    return ShownReading(
        label=_label(reading, name, inputs, fed),
        start=reading.start,
        ids=list(reading.ids),
        text=text(reading.ids),
        rows=None if line else tokens,
        tokens=tokens[0] if line else None,
        strings=names[0] if line else names,
        margins=margins[0] if line else margins,
    )


def _names(readings: Sequence[Reading], whose: Whose) -> list[str]:
    """Name what read each reading: `head` where all are of one component of one head, else the component or the head.

    A pair's own reading is its first head's.
    """
    asked = [reading.asked for reading in readings]
    if len(set(asked)) < 2:
        return ["head"] * len(asked)
    left, _, right = whose.head.partition(PAIR)
    pair = any(one.startswith("right") for one in asked) and bool(right)
    heads = {"": f"head {left}", "right": f"head {right}"} if pair else {"": whose.component or "head"}
    return [heads.get(one, one) for one in asked]


def _fed(readings: Iterable[Reading]) -> Fed:
    """What the head said in a line, from the first reading on: that may be what it was given next."""
    found: dict[tuple[int, ...], tuple[tuple[int, ...], int]] = {}
    for one in readings:
        if not one.triangle and one.row is None and not one.asked and one.ids == one.sequence:
            first, times = found.get(one.sequence, (one.sequence, 0))
            found.setdefault(tuple(one.tokens.tolist()), (first, times + 1))
    return found


def _label(reading: Reading, name: str, inputs: Mapping[str, Any], fed: Fed) -> str:
    """How a reading came from the inputs.

    The whole sequence is named by the arguments it is made of, or by how often the head has read its own reading; a
    row of a triangle by its query, a stretch of either as a slice.
    """
    origin = _origin(reading.sequence, inputs)
    if not origin and reading.sequence in fed:
        first, times = fed[reading.sequence]
        name, origin = f"{name}^{times + 1}", _origin(first, inputs) or f"{len(first)} tokens"
    label = f"{name}({origin or f'{len(reading.sequence)} tokens'})"
    if reading.row is not None:
        label += f", row {reading.row}"
    if len(reading.ids) != len(reading.sequence):
        label += f"[{reading.start}:{reading.start + len(reading.ids)}]"
    return label


def _origin(sequence: tuple[int, ...], inputs: Mapping[str, Any]) -> str:
    """The sequence in terms of the arguments, as `word`, `S + t`, `S + a + b + t` or `word * 3`; else nothing."""
    sums = _sums(inputs)
    for names, ids in sums:
        if ids == sequence:
            return " + ".join(names)
    for names, ids in sums:
        times, rest = divmod(len(sequence), len(ids))
        if len(names) == 1 and not rest and ids * times == sequence:
            return f"{names[0]} * {times}"
    return ""


def _sums(inputs: Mapping[str, Any]) -> list[Sum]:
    """The arguments that are tokens or sequences, and their sums in order; a token may come twice, as in S + t + t."""
    single: list[Sum] = [((name,), ids) for name, ids in sequences(inputs).items()]
    tokens = [(names, ids) for names, ids in single if len(ids) == 1 and names[0] in TOKENS]
    found: list[Sum] = list(single)
    for _ in range(3):
        found += [
            ((*names, *last), (*ids, *token))
            for names, ids in found
            if names[0] not in TOKENS
            for last, token in tokens
            if ((*names, *last), (*ids, *token)) not in found
        ]
    return sorted(found, key=lambda sum_: len(sum_[0]))


def _ids(value: Any) -> tuple[int, ...]:
    if isinstance(value, bool):
        return ()
    if isinstance(value, int):
        return (value,)
    if isinstance(value, tuple) and all(isinstance(part, int) for part in value):
        return value
    return ()


def _plain(value: Any) -> Any:
    """A named tuple (such as S and t) as a dictionary, anything else as it is."""
    return value._asdict() if hasattr(value, "_asdict") else value
