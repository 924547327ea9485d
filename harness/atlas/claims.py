"""Claims: what the seed notebook says in passing, each held against what this model shows.

A claim is judged by numbers with an interval and beside a control, which is the same architecture with random weights
or, of a claim about natural text, random tokens. See `judging` for intervals.

    holds                  all that the claim says
    holds in part          some of it, or less than it says
    does not hold here     none of it
    cannot be tested here  it needs what this atlas has not: another model, or an intervention

A judgement says what is so, not why. Where the control shows the same, the claim is no finding about what was learnt,
and the control's note says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from harness.atlas.judging import Claim, ClaimOutcome, Measure, beside, judged, same
from harness.atlas.shared import shared
from harness.atlas.sizes import compaction, invariant_to_the_input, invariant_to_the_length, order, simpler
from harness.atlas.tokens import Tokens
from harness.atlas.vocabularies import Vocabulary, vocabulary

WORD, FEW = 16, 4
"""Few attention tokens for so many inputs."""


def claims(
    found: Mapping[str, Tokens],
    kinds: Mapping[str, Mapping[str, int]],
    neighbours: Mapping[str, tuple[float, tuple[float, float, float]]],
    vocab: int,
) -> Iterator[Claim]:
    """Yield all of them.

    Args:
        found: by source; `natural` and `random` at least, and both with random weights where there are any.
        kinds: by component, how many heads of each class of growth on natural text.
        neighbours: by component, the planes' shares of like neighbours.
        vocab: the model's number of tokens.
    """
    natural = found["natural"]
    yield compaction(found, vocab)
    yield order(found)
    yield invariant_to_the_input(found)
    yield invariant_to_the_length(natural)
    if "qk" in natural.components:
        yield _least(found)
        yield _most(found)
        yield _few(found)
    yield _common(found)
    yield simpler(found)
    yield _classes(kinds)
    yield _planes(neighbours)
    for name, says, why in _UNTESTED:
        yield Claim(name, says, ClaimOutcome.UNTESTED, why)


_UNTESTED = (
    (
        "positions",
        "Heads keep to small vocabularies, probably because of how positions are encoded.",
        "Testing this needs the same model with another encoding of positions, or an intervention. An atlas only "
        "observes.",
    ),
    (
        "motifs",
        "Repeated plots of random input show motifs that identify the head.",
        "The notebook does not define a motif. The book of laws tests motifs that can be stated.",
    ),
    (
        "structure",
        "The way a head divides its input into attention tokens shows how it finds meaning for its task.",
        "The notebook names no task, so no result could contradict this.",
    ),
)


def _in_all(component: str) -> Callable[[Tokens], float]:
    return lambda found: float(len(_read_by(found, component).common))


def _read_by(found: Tokens, component: str) -> Vocabulary:
    return vocabulary(found.heads, found.read[component])


def _of_pairs(found: Mapping[str, Tokens], what: str, which: Callable[[np.ndarray], float], said: str) -> Measure:
    """A number of how many qk tokens the pairs of heads share."""

    def measure(some: Tokens) -> float:
        counts = shared(_read_by(some, "qk")).pairs()
        return float(which(counts)) if counts.size else 0.0

    return beside(found, what, measure, said)


def _least(found: Mapping[str, Tokens]) -> Claim:
    fewest = _of_pairs(found, "fewest qk tokens shared by a pair", np.min, "1")
    share = _of_pairs(found, "share of pairs that share a qk token", lambda counts: (counts > 0).mean(), "1")
    return Claim(
        "every pair shares a token",
        "Any two heads share at least one qk token.",
        judged([share.value == 1.0], halfway=share.value >= 0.95),
        f"{share.value:.1%} of the pairs do." + same(share),
        (fewest, share),
    )


def _most(found: Mapping[str, Tokens]) -> Claim:
    most = _of_pairs(found, "most qk tokens shared by a pair", np.max, "4")
    share = _of_pairs(found, "share of pairs that share at most 4", lambda counts: (counts <= 4).mean(), "1")
    return Claim(
        "no pair shares more than four",
        "No two heads share more than four qk tokens.",
        judged([most.value <= 4], halfway=share.value >= 0.95),
        f"One pair shares {most.value:.0f}; {share.value:.1%} of the pairs share at most four." + same(share),
        (most, share),
    )


def few(found: Tokens) -> float:
    """Return how many heads read at most four distinct qk tokens, on average over prompts, in the first 16
    positions.
    """
    read = found.cut(min(WORD, found.length)).read["qk"]
    distinct = np.array([[len(np.unique(prompt)) for prompt in head] for head in read])
    return float((distinct.mean(axis=1) <= FEW).sum())


def _few(found: Mapping[str, Tokens]) -> Claim:
    says = f"Some heads need only three or four qk tokens for {WORD} inputs."
    if found["natural"].length < WORD:
        return Claim(
            "few tokens for 16 inputs", says, ClaimOutcome.UNTESTED, f"Prompts here are shorter than {WORD} tokens."
        )
    heads = beside(found, f"heads that read at most {FEW} qk tokens in {WORD} positions", few, "some")
    return Claim(
        "few tokens for 16 inputs",
        says,
        judged([heads.low > 0], halfway=heads.value > 0),
        f"{heads.value:.0f} of {len(found['natural'].heads)} heads, on average over prompts." + same(heads),
        (heads,),
    )


def _common(found: Mapping[str, Tokens]) -> Claim:
    natural = found["natural"]
    measures = tuple(
        beside(found, f"{name} tokens that all heads read", _in_all(name), "") for name in natural.components
    )
    having = [name for name, one in zip(natural.components, measures, strict=True) if one.value > 0]
    return Claim(
        "a common set",
        "There is a set of tokens that all heads read.",
        judged([one.value > 0 for one in measures]),
        (f"There is one of {', '.join(having)}." if having else "No token is read by all heads, in any component."),
        measures,
    )


def _classes(kinds: Mapping[str, Mapping[str, int]]) -> Claim:
    said = ("compresses", "tracks", "expands")
    by_pair = kinds.get("qk", {})
    return Claim(
        "three classes of heads",
        "Some heads compress their input, others track it, others expand it.",
        judged([by_pair.get(kind, 0) > 0 for kind in said]),
        "Heads by how qk tokens grow with the length: "
        + ", ".join(f"{by_pair.get(kind, 0)} {kind}" for kind in (*said, "undecided"))
        + ". q, k, v and z have one token per position, so no head can expand by them.",
    )


def _planes(neighbours: Mapping[str, tuple[float, tuple[float, float, float]]]) -> Claim:
    near = "whose nearest neighbour has the same layer"
    measures = tuple(
        Measure(f"{name} tokens {near}", own, own, own, "", dealt[0], "shuffled layers")
        for name, (own, dealt) in neighbours.items()
    )
    outcomes = [own > dealt[2] for own, dealt in neighbours.values()]
    return Claim(
        "layers in the plane",
        "In the plane of embeddings, each layer reads from its own regions, most strikingly by qk.",
        judged(outcomes),
        "More like neighbours than 97.5 % of planes whose layers were dealt out anew: "
        + ", ".join(f"{name} {'yes' if right else 'no'}" for name, right in zip(neighbours, outcomes, strict=True))
        + ". This is measured on the embeddings, so artefacts of t-SNE do not count. There is no interval, because "
        "tokens are not a sample.",
        measures,
    )
