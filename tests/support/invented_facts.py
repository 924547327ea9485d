"""Invented facts of a head, and invented nulls of a cell, for stores that tests write."""

import random
from collections.abc import Callable
from dataclasses import replace

from harness.graphs.facts import DIGITS as SHOWN
from harness.records.cell import Cell, Exhibit
from harness.records.comparison import NULLS, SURROGATE, Comparison, distance
from harness.trials.null import ALL_HEADS
from harness.trials.null import HEADS as FEW
from harness.trials.standing_out import DIGITS

ROLES = ("the token before", "itself", "the first position", "an earlier copy", "what followed an earlier copy")


def facts(head: str, text: Callable[[int], str], rng: random.Random, role: str = "") -> Exhibit:
    """What `harness.graphs.facts` files; a role that is given gets nearly all attention, and else none gets much."""

    def said() -> dict:
        first = rng.random()
        ids = rng.sample(range(7, 40), 5)
        shares = [round(share, SHOWN) for share in (first, *((1 - first) / 8 for _ in ids[1:]))]
        return {
            "positions": 700 + rng.randrange(99),
            "distinct": rng.randrange(5, 60),
            "covering": rng.choice((1, 2, 7)),
            "entropy": round(4 * rng.random(), SHOWN),
            "commonest": [[id, text(id), share] for id, share in zip(ids, shares, strict=True)],
        }

    def departure() -> dict:
        ids, z = ([rng.randrange(7, 40) for _ in range(12)] for _ in range(2))
        return {
            "ids": ids,
            "text": [*map(text, ids)],
            "z": [[id, text(id)] for id in z],
            "at": rng.randrange(12),
            "count": rng.randrange(1, 9),
        }

    def attended() -> dict:
        return {one: 0.9 if one == role else round(rng.random() / 3, SHOWN) for one in ROLES}

    kinds = ("random", "text")
    data = {
        "sequences": 32,
        "says": {part: {kind: said() for kind in kinds} for part in ("z", "v")},
        "attends": {kind: attended() for kind in kinds},
        "reads_bos": {kind: round(rng.random(), SHOWN) for kind in kinds},
        "departs": [departure() for _ in range(3)],
    }
    return Exhibit(head, "facts", "", data)


def beside(cell: Cell, rng: random.Random) -> Cell:
    """The cell with nulls around its degree, and a degree on natural text.

    The heads of the null models are the same for a whole layer, and few where a cell cannot stand out.
    """
    if cell.degree is None or cell.null_random is None:  # controls are compared with nothing
        return cell
    made = {}
    of_layer = random.Random(f"{cell.head.split('.')[0]} {cell.chapter} {cell.conjecture} {cell.component}")
    for name in NULLS:
        many = (
            1 if cell.component in ("q", "k", "qk") or name == SURROGATE else of_layer.choice((*[FEW] * 5, ALL_HEADS))
        )
        drawn = rng if name == SURROGATE else of_layer
        degrees = tuple(drawn.random() ** 2 for _ in range(many))
        apart = [cell.degree - one for one in degrees]
        low, excess, high = (min(apart), 0.0, max(apart)) if min(apart) < 0 < max(apart) else (min(apart, key=abs),) * 3
        below, above = 0.02 + rng.random() / 5, 0.02 + rng.random() / 5
        low, excess, high = round(max(-1.0, low - below), 3), round(excess, DIGITS), round(min(1.0, high + above), 3)
        made[name] = Comparison(tuple(round(degree, DIGITS) for degree in degrees), excess, low, high, 32)
    away = distance(made)
    found = replace(
        cell,
        comparisons=made,
        **{f"null_{name}": one.degree for name, one in made.items()},
        stands_out="" if abs(away) < 0.3 or cell.flags else "above" if away > 0 else "below",
    )
    if rng.random() < 0.5:
        text = rng.random()
        found = replace(
            found, text_degree=text, text_low=text * rng.random(), text_high=min(1.0, text + 0.2), text_n=32
        )
    return found
