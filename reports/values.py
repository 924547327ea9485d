"""Values: a token and a share, as all views hold them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Token:
    """One entry of the model's vocabulary."""

    id: int
    text: str


@dataclass(frozen=True)
class Estimate:
    """A share between 0 and 1, with its interval and the number of sequences it rests on. Never without the latter."""

    value: float
    low: float | None
    high: float | None
    n: int
