"""Surrogate: a head that says its own attention tokens as often as it does, but at random places.

It takes away what the mere frequencies of a head explain: a head that says one token nine times in ten agrees with
itself nearly everywhere, whatever it reads. The surrogate's token at a position is drawn from all tokens that the head
gave for the claim's sequences, by a hash of the sequence up to that position (for a pair, and of the key). So it
is causal, as every head is, it reads a sequence the same each time, and it knows nothing of what it reads. Attention
is dealt out likewise: each query keeps its shares, in a random order of keys. No model is run.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import UInt64

from harness.laws.conjecture import Conjecture
from harness.laws.families import Ids
from harness.laws.sampling import Draw, inside
from harness.readings.attention import Attention, of_weights
from harness.readings.reading import Reading, certain
from harness.records.comparison import Shares
from harness.trials.census import shares_of
from harness.trials.judge import Judgement, judge
from harness.trials.subject import Ask, Reader, Subject, Wanted

_Hash = UInt64[np.ndarray, " entry"]
_STEP = np.uint64(0x9E3779B97F4A7C15)
_MASK = (1 << 64) - 1


def dealt_out(conjecture: Conjecture, reader: Reader, judged: Sequence[tuple[Draw, Judgement]]) -> Shares:
    """Judge a claim of the surrogate, on draws on which it was judged of the head.

    Args:
        judged: the draws, each with what was judged of the head; its tokens are those that are dealt out.

    Returns:
        The agreement on each draw, None where it does not meet the claim's precondition.
    """
    subject = Surrogate(reader, [found for _, found in judged])
    again = []
    for draw, _ in judged:
        with inside(conjecture.test):
            again.append((draw, judge(conjecture, subject, draw.inputs)))
    return shares_of(again)


class Surrogate(Subject):
    """A subject that deals out tokens at random; see the module's first lines."""

    def __init__(self, reader: Reader, judged: Sequence[Judgement]) -> None:
        super().__init__(reader)
        self._attention: dict[Wanted, Attention] = {}
        pools: dict[tuple[str, bool], list[np.ndarray]] = {}
        for found in judged:
            for wanted, reading in zip(found.asked, found.readings, strict=True):
                if isinstance(reading, Attention):
                    self._attention[wanted] = reading
                pools.setdefault(_pool(wanted[1]), []).append(reading.tokens)
        self._pools = {name: np.concatenate(tokens) for name, tokens in pools.items()}

    def _answer(self, ids: Ids, ask: Ask) -> Reading:
        name = ask.component or getattr(self._reader, "name", "")
        prefixes = _prefixes(ids)
        if name == "attn":
            known = self._attention.get((ids, ask))
            return _shuffled(known or super()._answer(ids, ask), prefixes)
        triangle = name == "qk"
        places = _pairs(prefixes) if triangle else prefixes
        pool = self._pools.get(_pool(ask))
        if pool is None or not len(pool):  # the head was never asked for this: then it is asked now
            pool = super()._answer(ids, ask).tokens
        salt = np.uint64((sum(map(ord, ask.component)) * 2 + ask.right + 1) * int(_STEP) & _MASK)
        tokens = pool[(_mixed(places + salt) % np.uint64(len(pool))).astype(np.int64)]
        return certain(ids, tokens, triangle=triangle)


def _pool(ask: Ask) -> tuple[str, bool]:
    return ask.component, ask.right


def _shuffled(found: Reading, prefixes: _Hash) -> Attention:
    """The same attention with each query's shares in a random order of keys."""
    assert isinstance(found, Attention)
    weights = found.weights.copy()
    for query in range(len(weights)):
        keys = query + 1 - found.first
        order = np.argsort(_mixed(prefixes[query] + np.arange(keys, dtype=np.uint64) * _STEP))
        weights[query, :keys] = weights[query, :keys][order]
    return of_weights(found.ids, weights, relative=0.0)


def _prefixes(ids: Ids) -> _Hash:
    """A hash of each beginning of a sequence (splitmix64, a step for each token)."""
    found, state = [], 0x9E3779B97F4A7C15
    for token in ids:
        state = (state ^ (int(token) * 0x2545F4914F6CDD1D + 1)) & _MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
        state ^= state >> 31
        found.append(state)
    return np.array(found, dtype=np.uint64)


def _pairs(prefixes: _Hash) -> _Hash:
    """A hash of each pair of query and key, row after row."""
    query, key = np.tril_indices(len(prefixes))
    return _mixed(prefixes[query] + key.astype(np.uint64) * _STEP)


def _mixed(values: _Hash) -> _Hash:
    """Mix the bits of 64-bit numbers (splitmix64's last steps)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: np.ndarray = values ^ (values >> np.uint64(31))
    return mixed
