"""A head's facts as a report shows them: what it says, where it attends, and where it departs from that."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reports.values import Token

Places = Callable[[Iterable[Token]], list[int]]
"""Gives tokens' places in a document's list of tokens."""


@dataclass(frozen=True)
class Said:
    """What a component says on sequences of one kind.

    Attributes:
        positions: how many were read.
        covering: how many of its commonest tokens cover 95 % of them.
        entropy: of its tokens, in bits.
        commonest: the commonest tokens with their shares.
    """

    positions: int
    distinct: int
    covering: int
    entropy: float
    commonest: tuple[tuple[Token, float], ...]


@dataclass(frozen=True)
class Departure:
    """A passage in which z reads at position ``at`` a token that it reads ``count`` times in all passages."""

    sequence: tuple[Token, ...]
    z: tuple[Token, ...]
    at: int
    count: int


@dataclass(frozen=True)
class Facts:
    """The facts of a head, by kind of sequence: `random` or `text`.

    Attributes:
        sequences: of each kind.
        says: by component.
        attends: the mean share of attention that each role gets.
        reads_bos: the share of positions where z reads as BOS's own value does.
    """

    sequences: int
    says: Mapping[str, Mapping[str, Said]]
    attends: Mapping[str, Mapping[str, float]]
    reads_bos: Mapping[str, float]
    departs: tuple[Departure, ...]


def facts(data: Mapping[str, Any]) -> Facts:
    """Return what an exhibit of kind `facts` holds."""
    return Facts(
        sequences=int(data["sequences"]),
        says={part: {kind: _said(one) for kind, one in kinds.items()} for part, kinds in data["says"].items()},
        attends={kind: {role: float(share) for role, share in one.items()} for kind, one in data["attends"].items()},
        reads_bos={kind: float(share) for kind, share in data["reads_bos"].items()},
        departs=tuple(map(_departure, data.get("departs", ()))),
    )


def _said(data: Mapping[str, Any]) -> Said:
    return Said(
        positions=int(data["positions"]),
        distinct=int(data["distinct"]),
        covering=int(data["covering"]),
        entropy=float(data["entropy"]),
        commonest=tuple((Token(int(id), str(text)), float(share)) for id, text, share in data["commonest"]),
    )


def _departure(data: Mapping[str, Any]) -> Departure:
    return Departure(
        sequence=tuple(Token(int(id), str(text)) for id, text in zip(data["ids"], data["text"], strict=True)),
        z=tuple(Token(int(id), str(text)) for id, text in data["z"]),
        at=int(data["at"]),
        count=int(data["count"]),
    )


def packed(found: Facts, places: Places) -> dict[str, Any]:
    """Return the facts for a document whose tokens stand in a list of their own."""

    def said(one: Said) -> dict[str, Any]:
        return {**vars(one), "commonest": [[*places([token]), share] for token, share in one.commonest]}

    says = {part: {kind: said(one) for kind, one in kinds.items()} for part, kinds in found.says.items()}
    departs = [{**vars(one), "sequence": places(one.sequence), "z": places(one.z)} for one in found.departs]
    return {**vars(found), "says": says, "departs": departs}
