"""The default numbers, in one place."""

from dataclasses import dataclass

from harness.errors import ConjectureError


@dataclass(frozen=True)
class Profile:
    """How much is tried, and how sure a verdict must be.

    Attributes:
        search: examples that Hypothesis may try.
        census: independent sequences that are counted.
        epsilon: `satisfied` bounds the violation rate by this.
        delta: `mostly` bounds the rate of holding by one minus this.
        confidence: of every interval and bound, before the correction for multiplicity.
        hits: sequences that must meet a claim's precondition, or the verdict is `vacuous`.
        seed: of search and census alike.
    """

    search: int = 100
    census: int = 200
    epsilon: float = 0.05
    delta: float = 0.05
    confidence: float = 0.95
    hits: int = 20
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("search", "census"):
            if getattr(self, name) < 0:
                raise ConjectureError(f"--{name} {getattr(self, name)}: a number of examples; give 0 or more.")
