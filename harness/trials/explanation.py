"""Explanation: which single changes to a counterexample would save the claim?

Each token of the drawn sequences is replaced by a few others and left out, each count is made one larger and one
smaller, and the claim is judged again. A token whose replacement saves the claim is one that the counterexample needs.
A changed input may lie outside the claim's family (a token in `t t t` replaced is no repeat any more): the question is
what the claim's body says of it, not whether it would have been drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from harness.laws.conjecture import Conjecture
from harness.laws.families import Extension, Ids, drawing_from
from harness.laws.sampling import Draw
from harness.readings.component_head import ComponentHead
from harness.readings.lexicon import Lexicon
from harness.trials.counterexample import TOKENS
from harness.trials.judge import InputBatch, Outcome, judge_all


class EditKind(StrEnum):
    """What a change does."""

    REPLACED = "replaced"
    DELETED = "deleted"
    COUNTED = "counted"


@dataclass(frozen=True)
class Edit:
    """One change to the inputs, and what the claim says then.

    Attributes:
        part: the sequence, token or count that is changed, as in `word`, or `S` of an extension.
        position: in the sequence; 0 for a token or a count.
        by: the token that is put there, or the new count; None where it is left out.
        outcome: of the claim, with the change.
    """

    part: str
    position: int
    kind: EditKind
    by: int | None
    outcome: Outcome

    @property
    def saves(self) -> bool:
        """Whether the claim holds with it."""
        return self.outcome is Outcome.HOLDS


@dataclass(frozen=True)
class InputPart:
    """A sequence or a number among the inputs.

    Attributes:
        ids: the sequence, or the number alone.
        is_count: whether it is a number that is no token.
        is_sequence: whether it is a sequence, of however few tokens.
    """

    name: str
    ids: Ids
    is_count: bool = False
    is_sequence: bool = False


@dataclass(frozen=True)
class Explanation:
    """The parts of the inputs, and every change that was tried."""

    parts: tuple[InputPart, ...]
    changes: tuple[Edit, ...]

    def of(self, part: InputPart) -> tuple[Edit, ...]:
        """Return the changes to one part."""
        return tuple(change for change in self.changes if change.part == part.name)

    def matters(self, part: InputPart, position: int) -> bool:
        """Return whether a change at that position saves the claim."""
        return any(change.saves for change in self.of(part) if change.position == position)


def explanation(conjecture: Conjecture, head: ComponentHead, inputs: Mapping[str, Any]) -> Explanation:
    """Judge the claim for each change to its inputs."""
    others = strangers(head.model.lexicon, bos=head.model.backbone.bos)
    tried = list(changes(inputs, others))
    with drawing_from(head.model.lexicon):
        judged = judge_all(conjecture, head, InputBatch(tuple(Draw(changed, ()) for *_, changed in tried)))
    return Explanation(
        parts=tuple(parts(inputs)),
        changes=tuple(
            Edit(part, position, kind, by, found.outcome)
            for (part, position, kind, by, _), found in zip(tried, judged, strict=True)
        ),
    )


def strangers(lexicon: Lexicon, *, bos: int | None) -> tuple[int, ...]:
    """Return the tokens that are put in: the first two of the lexicon, and those that stand beside BOS in the
    vocabulary.
    """
    known = {*lexicon.words, *lexicon.special}
    beside = () if bos is None else tuple(id for id in (bos - 1, bos + 1) if id in known)
    return tuple(dict.fromkeys((*lexicon.words[:2], *beside)))


def parts(inputs: Mapping[str, Any]) -> Iterator[InputPart]:
    """Yield the sequences, tokens and counts among the inputs; an extension is its S and its t.

    The sequences of a couple are left out: changed by itself, one would no longer be what its family makes it, the
    other in another order or under other names.

    >>> for part in parts({"word": (5, 9), "times": 3, "t": 7}):
    ...     print(part)
    InputPart(name='word', ids=(5, 9), is_count=False, is_sequence=True)
    InputPart(name='times', ids=(3,), is_count=True, is_sequence=False)
    InputPart(name='t', ids=(7,), is_count=False, is_sequence=False)
    """
    for name, value in inputs.items():
        if isinstance(value, Extension):
            yield from (InputPart(f"{name}.S", value.S, is_sequence=True), InputPart(f"{name}.t", (value.t,)))
        elif isinstance(value, tuple) and value and all(isinstance(id, int) for id in value):
            yield InputPart(name, value, is_sequence=True)
        elif isinstance(value, int) and not isinstance(value, bool):
            yield InputPart(name, (value,), is_count=name not in TOKENS)


def changes(
    inputs: Mapping[str, Any], others: Sequence[int]
) -> Iterator[tuple[str, int, EditKind, int | None, dict[str, Any]]]:
    """Yield every change: the part, the position in it, what is done, by what, and the changed inputs.

    A sequence keeps at least one token, and a count stays at least 1.

    >>> [(kind.value, by, made["S"]) for _, _, kind, by, made in changes({"S": (5, 6)}, [5])][:3]
    [('deleted', None, (6,)), ('replaced', 6, (6, 6)), ('deleted', None, (5,))]
    """
    for part in parts(inputs):
        if part.is_count:
            for count in (part.ids[0] - 1, part.ids[0] + 1):
                if count >= 1:
                    yield part.name, 0, EditKind.COUNTED, count, _with(inputs, part.name, count)
            continue
        for i, id in enumerate(part.ids):
            if part.is_sequence and len(part.ids) > 1:
                left = part.ids[:i] + part.ids[i + 1 :]
                yield part.name, i, EditKind.DELETED, None, _with(inputs, part.name, left)
            inside = dict.fromkeys(other for other in part.ids if other != id)
            for by in dict.fromkeys((*[other for other in others if other != id], *list(inside)[:2])):
                put = (*part.ids[:i], by, *part.ids[i + 1 :])
                yield part.name, i, EditKind.REPLACED, by, _with(inputs, part.name, put if part.is_sequence else by)


def _with(inputs: Mapping[str, Any], part: str, value: Any) -> dict[str, Any]:
    name, _, field = part.partition(".")
    return {**inputs, name: inputs[name]._replace(**{field: value}) if field else value}
