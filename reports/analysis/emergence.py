"""Emergence: from which checkpoint of a training run on a law holds, of a head or of a majority of heads.

A law holds of a head where its verdict is satisfied or mostly; heads are decided where it is one of those or refuted.
It emerges at the first checkpoint from which on, at each one to the last, it holds of more than half of the heads that
are decided there. A checkpoint where none is decided, or that cannot be compared with the others, does not count for
it, and ends a stretch in which it held.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.records.cell import Verdict


@dataclass(frozen=True)
class Point:
    """The verdict of one cell at a checkpoint. ``learnt``: it holds, and without trivial, architectural or
    untrained."""

    verdict: Verdict
    degree: float | None
    learnt: bool

    @property
    def holds(self) -> bool:
        """Whether the claim holds of the head."""
        return self.verdict.holds


@dataclass(frozen=True)
class Stage:
    """A law at a checkpoint, over all heads that it was tried on.

    Attributes:
        heads: decided ones; ``held`` of them obey it, ``learnt`` of those without a dull reason.
        degree: the mean over all heads that have one.
    """

    heads: int
    held: int
    learnt: int
    degree: float | None

    @property
    def holds(self) -> bool:
        """Whether it holds of a majority."""
        return 2 * self.held > self.heads


def stage(points: Sequence[Point]) -> Stage:
    """Return the heads of a law at one checkpoint, counted.

    >>> stage([Point(Verdict.MOSTLY, 1.0, True), Point(Verdict.REFUTED, 0.5, False)])
    Stage(heads=2, held=1, learnt=1, degree=0.75)
    """
    degrees = [point.degree for point in points if point.degree is not None]
    return Stage(
        heads=sum(point.verdict.decided for point in points),
        held=sum(point.holds for point in points),
        learnt=sum(point.learnt for point in points),
        degree=sum(degrees) / len(degrees) if degrees else None,
    )


def since(held: Sequence[bool]) -> int | None:
    """Return the place from which on all are true; nothing where the last is not.

    >>> since([False, True, False, True, True]), since([True, False]), since([True])
    (3, None, 0)
    """
    if not held or not held[-1]:
        return None
    return max((place + 1 for place, one in enumerate(held) if not one), default=0)


def said(held: Sequence[bool], names: Sequence[str]) -> str:
    """Return the same in words, a checkpoint by its name.

    >>> said([False, True], ["a", "b"]), said([True, True], ["a", "b"]), said([True, False], ["a", "b"])
    ('emerges at b', 'holds from the first', 'held at a, not at the last')
    >>> said([False], ["a"]), said([False, False, True, False], "abcd")
    ('never seen to hold', 'held at c, not at the last')
    """
    place = since(held)
    if place == 0:
        return "holds from the first"
    if place is not None:
        return f"emerges at {names[place]}"
    if True not in held:
        return "never seen to hold"
    last = len(held) - 1 - held[::-1].index(True)
    return f"held at {names[last]}, not at the last"
