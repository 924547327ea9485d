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

from harness.atlas.judging import Claim, Judgement, Measure, beside, factor, jackknife, judged, same, whole
from harness.atlas.shared import shared
from harness.atlas.tokens import Tokens
from harness.atlas.vocabularies import Vocabulary, vocabulary

NOTEBOOK = {"qk": 1_200 / 50_257, "q": 10_000 / 50_257, "k": 10_000 / 50_257, "v": 25_000 / 50_257}
"""The notebook's counts of distinct tokens, as shares of its model's vocabulary."""

NEAR, FAR = 1.25, 2.0
"""Two numbers are alike within the first factor, and alike in part within the second."""

WORD, FEW = 16, 4
"""Few attention tokens for so many inputs."""


def claims(
    found: Mapping[str, Tokens],
    kinds: Mapping[str, Mapping[str, int]],
    neighbours: Mapping[str, tuple[float, tuple[float, float, float]]],
    vocab: int,
) -> Iterator[Claim]:
    """All of them.

    Args:
        found: by source; `natural` and `random` at least, and both with random weights where there are any.
        kinds: by component, how many heads of each class of growth on natural text.
        neighbours: by component, the planes' shares of like neighbours.
        vocab: the model's number of tokens.
    """
    natural = found["natural"]
    yield _compaction(found, vocab)
    yield _order(found)
    yield _invariant(found)
    yield _length(natural)
    if "qk" in natural.components:
        yield _least(found)
        yield _most(found)
        yield _few(found)
    yield _common(found)
    yield _simpler(found)
    yield _classes(kinds)
    yield _planes(neighbours)
    for name, says, why in _UNTESTED:
        yield Claim(name, says, Judgement.UNTESTED, why)


_UNTESTED = (
    (
        "positions",
        "That heads keep to small vocabularies is likely due to how positions are encoded.",
        "It would take the same model with another encoding of positions, or an intervention; an atlas only looks.",
    ),
    (
        "motifs",
        "Plots of random input, drawn again and again, show motifs that tell which head it is.",
        "What counts as a motif is not said. The book of conjectures tests motifs that can be said.",
    ),
    (
        "structure",
        "How a head cuts its input into attention tokens shows how it works out meaning for its task.",
        "No task is named, so nothing could come out otherwise.",
    ),
)


def _share(component: str, vocab: int) -> Callable[[Tokens], float]:
    return lambda found: whole(component)(found) / vocab


def _in_all(component: str) -> Callable[[Tokens], float]:
    return lambda found: float(len(_read_by(found, component).common))


def _compaction(found: Mapping[str, Tokens], vocab: int) -> Claim:
    components = [name for name in NOTEBOOK if name in found["natural"].components]
    measures = tuple(
        beside(
            found,
            f"distinct {name} tokens as a share of the vocabulary",
            _share(name, vocab),
            f"{NOTEBOOK[name]:.3f}",
        )
        for name in components
    )
    factors = [factor(one.value, NOTEBOOK[name]) for one, name in zip(measures, components, strict=True)]
    return Claim(
        "compaction",
        "All heads together read about 1,200 of 50,257 tokens by qk, 10,000 by q and by k, 25,000 by v.",
        judged([one <= NEAR for one in factors], halfway=all(one <= FAR for one in factors)),
        f"As shares of the vocabulary, of {vocab:,} tokens here; alike within a factor of {NEAR}. The factors are "
        + ", ".join(f"{one:.1f} for {name}" for one, name in zip(factors, components, strict=True))
        + ".",
        measures,
    )


def _order(found: Mapping[str, Tokens]) -> Claim:
    components = [name for name in ("qk", "q", "k", "v") if name in found["natural"].components]
    measures = tuple(beside(found, f"distinct {name} tokens", whole(name), "") for name in components)
    value = dict(zip(components, (one.value for one in measures), strict=True))
    pairs = [(a, b) for a, b in (("qk", "q"), ("qk", "k"), ("q", "v"), ("k", "v")) if a in value and b in value]
    outcomes = [value[a] < value[b] for a, b in pairs]
    failing = [f"{a} < {b}" for (a, b), right in zip(pairs, outcomes, strict=True) if not right]
    return Claim(
        "order of compaction",
        "The product of query and key compacts most, queries and keys less, values least.",
        judged(outcomes),
        "qk is read once a pair and so has many more chances of a new token than q, k or v. "
        + (f"Not so: {', '.join(failing)}." if failing else "It reads fewest none the less."),
        measures,
    )


def _invariant(found: Mapping[str, Tokens]) -> Claim:
    natural, measures, factors = found["natural"], [], []
    for name in natural.components:
        value, low, high = jackknife(natural, whole(name))
        other = whole(name)(found["random"])
        factors.append(factor(value, other))
        measures.append(Measure(f"distinct {name} tokens, natural", value, low, high, "", other, "random"))
    return Claim(
        "invariant to the input",
        "How many tokens are read hardly depends on what the input is.",
        judged([one <= NEAR for one in factors]),
        f"Natural text against random tokens of the same number and length; alike within a factor of {NEAR}: "
        + ", ".join(f"{one:.2f} for {name}" for one, name in zip(factors, natural.components, strict=True))
        + "."
        + _untrained(found),
        tuple(measures),
    )


def _untrained(found: Mapping[str, Tokens]) -> str:
    """What random weights show of natural text against random tokens."""
    if "untrained random" not in found:
        return ""
    natural, random = found["untrained natural"], found["untrained random"]
    factors = {name: factor(whole(name)(natural), whole(name)(random)) for name in natural.components}
    said = ", ".join(f"{one:.2f} for {name}" for name, one in factors.items())
    alike = all(one <= NEAR for one in factors.values())
    return f" With random weights: {said}" + (", so it was not learnt." if alike else ".")


def _length(natural: Tokens) -> Claim:
    half = natural.cut(max(1, natural.length // 2))
    measures, factors = [], []
    for name in natural.components:
        value, low, high = jackknife(half, whole(name))
        full = whole(name)(natural)
        factors.append(factor(value, full))
        measures.append(
            Measure(
                f"distinct {name} tokens in {half.length} positions",
                value,
                low,
                high,
                "",
                full,
                f"{natural.length} positions",
            )
        )
    return Claim(
        "invariant to the length",
        "How many tokens are read hardly depends on how long the input is.",
        judged([one <= NEAR for one in factors]),
        f"The first half of each prompt against all of it; alike within a factor of {NEAR}: "
        + ", ".join(f"{one:.2f} for {name}" for one, name in zip(factors, natural.components, strict=True))
        + ".",
        tuple(measures),
    )


def _read_by(found: Tokens, component: str) -> Vocabulary:
    return vocabulary(found.heads, found.read[component])


def _pairs(found: Tokens, which: Callable[[np.ndarray], float]) -> float:
    counts = shared(_read_by(found, "qk")).pairs()
    return float(which(counts)) if counts.size else 0.0


def _least(found: Mapping[str, Tokens]) -> Claim:
    fewest = beside(found, "fewest qk tokens shared by a pair", lambda some: _pairs(some, np.min), "1")
    share = beside(
        found,
        "share of pairs that share a qk token",
        lambda some: _pairs(some, lambda counts: (counts > 0).mean()),
        "1",
    )
    return Claim(
        "every pair shares a token",
        "Any two heads read at least one qk token in common.",
        judged([share.value == 1.0], halfway=share.value >= 0.95),
        f"{share.value:.1%} of the pairs do." + same(share),
        (fewest, share),
    )


def _most(found: Mapping[str, Tokens]) -> Claim:
    most = beside(found, "most qk tokens shared by a pair", lambda some: _pairs(some, np.max), "4")
    share = beside(
        found,
        "share of pairs that share at most 4",
        lambda some: _pairs(some, lambda counts: (counts <= 4).mean()),
        "1",
    )
    return Claim(
        "no pair shares more than four",
        "No two heads read more than four qk tokens in common.",
        judged([most.value <= 4], halfway=share.value >= 0.95),
        f"One pair shares {most.value:.0f}; {share.value:.1%} of the pairs share at most four." + same(share),
        (most, share),
    )


def few(found: Tokens) -> float:
    """How many heads read at most four distinct qk tokens, on average over prompts, in the first 16 positions."""
    read = found.cut(min(WORD, found.length)).read["qk"]
    distinct = np.array([[len(np.unique(prompt)) for prompt in head] for head in read])
    return float((distinct.mean(axis=1) <= FEW).sum())


def _few(found: Mapping[str, Tokens]) -> Claim:
    says = f"Some heads need only three or four qk tokens for {WORD} inputs."
    if found["natural"].length < WORD:
        return Claim(
            "few tokens for 16 inputs", says, Judgement.UNTESTED, f"Prompts here are shorter than {WORD} tokens."
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


def _simpler(found: Mapping[str, Tokens]) -> Claim:
    components = [name for name in ("q", "k", "v") if name in found["natural"].components]
    measures = []
    for name in components:
        value, low, high = jackknife(found["random"], whole(name))
        measures.append(
            Measure(f"distinct {name} tokens, random", value, low, high, "", whole(name)(found["natural"]), "natural")
        )
    return Claim(
        "random input is simpler",
        "On random input q, k and v are much simpler than on natural text.",
        judged([one.control is not None and one.high < one.control for one in measures]),
        "Simpler is taken for fewer distinct tokens, the interval's upper end below natural text's number.",
        tuple(measures),
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
        + ". By one token a position, as q, k, v and z have, no head can expand.",
    )


def _planes(neighbours: Mapping[str, tuple[float, tuple[float, float, float]]]) -> Claim:
    measures = tuple(
        Measure(
            f"{name} tokens whose nearest neighbour is of the same layer",
            own,
            own,
            own,
            "",
            dealt[0],
            "layers dealt out anew",
        )
        for name, (own, dealt) in neighbours.items()
    )
    outcomes = [own > dealt[2] for own, dealt in neighbours.values()]
    return Claim(
        "layers in the plane",
        "In the plane of embeddings, layers read from regions of their own, by qk most strikingly.",
        judged(outcomes),
        "More like neighbours than 97.5 % of planes whose layers were dealt out anew: "
        + ", ".join(f"{name} {'yes' if right else 'no'}" for name, right in zip(neighbours, outcomes, strict=True))
        + ". This is of embeddings, so nothing that t-SNE makes up counts. No interval: tokens are no sample.",
        measures,
    )
