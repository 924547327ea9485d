"""Findings: everything that an atlas shows, computed from its data sets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from harness.atlas import coverage
from harness.atlas.claims import claims
from harness.atlas.judging import Claim
from harness.atlas.overlap import Overlap, halves, overlap
from harness.atlas.plane import Plane, Way, chosen, plane
from harness.atlas.shared import Shared, shared
from harness.atlas.tokens import Tokens
from harness.atlas.vocabularies import Vocabulary, vocabulary
from harness.graphs.growth_exponent import GrowthExponent, growth

Vectors = Callable[[list[int]], np.ndarray]
Step = Callable[[str], None]

MAIN = ("natural", "random")
SHARING = (*MAIN, "untrained natural")
"""Sources whose pairs of heads are compared."""


@dataclass(frozen=True)
class Findings:
    """Of each source and component.

    Attributes:
        sources: the data sets.
        covered: the numbers of tokens as prompts are added.
        overlaps: component, what is compared, the comparison.
        planes: of natural text and of random tokens.
    """

    model: str
    vocab: int
    sources: dict[str, Tokens]
    vocabularies: dict[str, dict[str, Vocabulary]]
    shared: dict[str, dict[str, Shared]]
    growths: dict[str, dict[str, list[GrowthExponent]]]
    covered: dict[str, dict[str, np.ndarray]]
    overlaps: list[tuple[str, str, Overlap]]
    planes: dict[str, dict[str, Plane]]
    claims: list[Claim]
    plane: str = Way.TSNE.value

    @property
    def natural(self) -> Tokens:
        """The data set that all others are beside."""
        return self.sources["natural"]

    @property
    def ids(self) -> list[int]:
        """Every token that stands anywhere."""
        kept = {id for of in self.vocabularies.values() for one in of.values() for id in one.whole}
        return sorted(kept.union(*(set(np.unique(one.sequences).tolist()) for one in self.sources.values())))


def findings(
    model: str, vocab: int, sources: Mapping[str, Tokens], vectors: Vectors, *, step: Step, way: Way = Way.TSNE
) -> Findings:
    """Return all of it; `vectors` gives tokens' embeddings, and `step` is told what is done next, one call a step."""
    words: dict[str, dict[str, Vocabulary]] = {}
    growths: dict[str, dict[str, list[GrowthExponent]]] = {}
    covered: dict[str, dict[str, np.ndarray]] = {}
    for name, found in sources.items():
        step(f"counting, {name}")
        words[name] = {part: vocabulary(found.heads, read) for part, read in found.read.items()}
        covered[name] = {part: coverage.curve(read) for part, read in found.read.items()}
        growths[name] = {
            part: [growth(head, triangle=part == "qk") for head in read] for part, read in found.read.items()
        }
    sharing = {}
    for name in (name for name in SHARING if name in sources):
        step(f"pairs of heads, {name}")
        sharing[name] = {part: shared(one) for part, one in words[name].items()}
    planes: dict[str, dict[str, Plane]] = {}
    for name in MAIN:
        planes[name] = {}
        for part, one in words[name].items():
            step(f"tokens in the plane, {name} {part}")
            ids, layers = chosen(one)
            planes[name][part] = plane(ids, layers, vectors(ids), way=way)
    step("claims")
    kinds = {part: Counter(one.kind for one in many) for part, many in growths["natural"].items()}
    near = {part: (one.neighbours, one.dealt) for part, one in planes["natural"].items()}
    return Findings(
        model=model,
        vocab=vocab,
        sources=dict(sources),
        vocabularies=words,
        shared=sharing,
        growths=growths,
        covered=covered,
        overlaps=_overlaps(sources, words),
        planes=planes,
        claims=list(claims(sources, kinds, near, vocab)),
        plane=way.value,
    )


def steps(sources: Mapping[str, object], components: int) -> int:
    """Return how many steps `findings` takes."""
    return len(sources) + sum(name in sources for name in SHARING) + len(MAIN) * components + 1


_COMPARED = (
    ("natural", "random"),
    ("untrained natural", "untrained random"),
    ("natural", "untrained natural"),
    ("random", "untrained random"),
)


def _overlaps(
    sources: Mapping[str, Tokens], words: Mapping[str, Mapping[str, Vocabulary]]
) -> list[tuple[str, str, Overlap]]:
    found = []
    for part in sources["natural"].components:
        for left, right in _COMPARED:
            if left in words and right in words:
                found.append((part, f"{left} / {right}", overlap(words[left][part], words[right][part])))
        for name in ("natural", "untrained natural"):
            both = halves(sources[name], part) if name in sources else None
            if both is not None:
                found.append((part, f"halves of {name}", both))
    return found
