"""Sizes: the notebook's claims about how many tokens all heads read together."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.atlas.judging import Claim, against, beside, factor, judged, whole
from harness.atlas.tokens import Tokens

NOTEBOOK = {"qk": 1_200 / 50_257, "q": 10_000 / 50_257, "k": 10_000 / 50_257, "v": 25_000 / 50_257}
"""The notebook's counts of distinct tokens, as shares of its model's vocabulary."""

NEAR, FAR = 1.25, 2.0
"""Two numbers are alike within the first factor, and alike in part within the second."""


def _share(component: str, vocab: int) -> Callable[[Tokens], float]:
    return lambda found: whole(component)(found) / vocab


def compaction(found: Mapping[str, Tokens], vocab: int) -> Claim:
    """Judge the claim of about 1,200, 10,000 and 25,000 tokens."""
    components = [name for name in NOTEBOOK if name in found["natural"].components]
    what = "tokens as a share of the vocabulary"
    measures = tuple(
        beside(found, f"distinct {name} {what}", _share(name, vocab), f"{NOTEBOOK[name]:.3f}") for name in components
    )
    factors = [factor(one.value, NOTEBOOK[name]) for one, name in zip(measures, components, strict=True)]
    return Claim(
        "compaction",
        "All heads together read about 1,200 of 50,257 tokens by qk, 10,000 by q and by k, 25,000 by v.",
        judged([one <= NEAR for one in factors], halfway=all(one <= FAR for one in factors)),
        f"These are shares of the vocabulary of {vocab:,} tokens. They count as alike within a factor of {NEAR}. "
        "The factors are "
        + ", ".join(f"{one:.1f} for {name}" for one, name in zip(factors, components, strict=True))
        + ".",
        measures,
    )


def order(found: Mapping[str, Tokens]) -> Claim:
    """Return qk compacts most, v least."""
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
        "qk is read once per pair, so it has many more chances of a new token than q, k or v. "
        + (f"Not so: {', '.join(failing)}." if failing else "It still reads the fewest."),
        measures,
    )


def invariant_to_the_input(found: Mapping[str, Tokens]) -> Claim:
    """Return the number of tokens hardly depends on the input."""
    natural = found["natural"]
    measures = [
        against(f"distinct {name} tokens, natural", whole(name), natural, found["random"], "random")
        for name in natural.components
    ]
    factors = [factor(one.value, one.control or 0.0) for one in measures]
    return Claim(
        "invariant to the input",
        "The number of tokens read hardly depends on the input.",
        judged([one <= NEAR for one in factors]),
        f"Natural text is compared with equally many random tokens. {_alike(factors, natural)}{_untrained(found)}",
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


def _alike(factors: list[float], found: Tokens) -> str:
    said = ", ".join(f"{one:.2f} for {name}" for one, name in zip(factors, found.components, strict=True))
    return f"They count as alike within a factor of {NEAR}: {said}."


def invariant_to_the_length(natural: Tokens) -> Claim:
    """Judge the claim that the number hardly depends on the length."""
    half = natural.cut(max(1, natural.length // 2))
    where, full = f"in {half.length} positions", f"{natural.length} positions"
    measures = [
        against(f"distinct {name} tokens {where}", whole(name), half, natural, full) for name in natural.components
    ]
    factors = [factor(one.value, one.control or 0.0) for one in measures]
    return Claim(
        "invariant to the length",
        "The number of tokens read hardly depends on the length of the input.",
        judged([one <= NEAR for one in factors]),
        f"The first half of each prompt is compared with all of it. {_alike(factors, natural)}",
        tuple(measures),
    )


def simpler(found: Mapping[str, Tokens]) -> Claim:
    """Judge the claim that random input is simpler."""
    measures = [
        against(f"distinct {name} tokens, random", whole(name), found["random"], found["natural"], "natural")
        for name in ("q", "k", "v")
        if name in found["natural"].components
    ]
    return Claim(
        "random input is simpler",
        "On random input q, k and v are much simpler than on natural text.",
        judged([one.control is not None and one.high < one.control for one in measures]),
        "Simpler here means fewer distinct tokens: the upper end of the interval lies below the number for natural "
        "text.",
        tuple(measures),
    )
