"""The specimens' heads of layer 0: what their queries, keys and values read.

Every query is SHARP times something plain; leave SHARP out, and the score of query i for
key j is S * (q[i] . k[j]) with S = SHARP / sqrt(d_head) = 43. So keys whose product lies 1/2 below the best get e^-21
of its attention: attention is, to about eight digits, shared equally among the best. The element-wise product of q[i]
and k[j] has a definite largest spoken coordinate, not zeros only, where one of them is level (the same positive number
everywhere) plus something, and the other something alone; each head's docstring says what is done.

Counting up to m. Let N - 1 be how often x[i] has come before. The head attends equally to the N tokens equal to x[i],
itself among them, and to BOS: shares 1 / (N + 1) each. With value c - a in coordinate #(c - 1) for a token, and
b - c^2 / 2 for BOS, for all c up to m + 1, z is there

    (N (c - a) + b - c^2 / 2) / (N + 1)  =  (something of N alone - (N - c)^2 / 2) / (N + 1)

largest at c = N, by 1 / (2 (N + 1)); beyond the last c, at the last. Without BOS, z is c - a: largest at the last.
The numbers a = (m + 2) / 2 and b = 4 (m + 1) make no difference to which is largest: they keep it above zero, where all
other coordinates are, and the rest near zero.

All numbers are multiples of 1/16 and small: nothing is rounded before the scores are divided by sqrt(d_head).
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.models.specimens.places import Places
from harness.models.specimens.specimen_space import Reader, always, level, of_place, of_token, spoken
from harness.models.specimens.specimen_vocabulary import BLANK, BOS, COUNTS, EVEN, ODD, PLACES, class_of, parity_of

SHARP = 512.0


@dataclass(frozen=True)
class Circuit:
    """What a head's query, key and value read from the residual stream."""

    query: Reader
    key: Reader
    value: Reader


def constant() -> Circuit:
    """Say blank for everything; keys are weighed in silence: attention rests on BOS, and is uniform without
    one.
    """
    rest = of_token(lambda token: {0: 1.0 if token == BOS else 0.0})
    return Circuit(query=SHARP * (blank() + always({0: 1.0})), key=blank() + rest, value=blank())


def echo() -> Circuit:
    """Attend to tokens equal to the query's; the key is level, so the product says the query's token."""
    own = of_token(lambda token: {spoken(token): 1.0})
    return Circuit(query=SHARP * own, key=own + level() / 2, value=own)


def token_class() -> Circuit:
    """Attend to tokens of the query's class; the query is level, so the product says the key's class."""
    own = of_token(lambda token: {spoken(class_of(token)): 1.0})
    return Circuit(query=SHARP * (own + level() / 2), key=own, value=own)


def position() -> Circuit:
    """Attend to itself, places being all different; the key is level, so the product says the query's place."""
    own = of_place(lambda place: {spoken(PLACES[place]): 1.0})
    return Circuit(query=SHARP * own, key=own + level() / 2, value=own)


def position_parity() -> Circuit:
    """Attend to places of the query's parity.

    Coordinate `even` holds a sign and `odd` one half: the product holds the product of the signs, which is that of
    the distance, and one quarter.
    """
    signs = of_place(lambda place: {spoken(EVEN): 1.0 - 2 * (place % 2), spoken(ODD): 0.5})
    return Circuit(query=SHARP * signs, key=signs, value=of_place(lambda place: {spoken(parity_of(place)): 1.0}))


def previous_token(places: Places, told: Reader) -> Circuit:
    """Look one place back in silence; the query is level, so the product says the key's token.

    Args:
        told: what the query says of what it looks for, 1 in one coordinate.
    """
    own = of_token(lambda token: {spoken(token): 1.0})
    query, key = places.back(1)
    return Circuit(query=SHARP * (query + told + level()), key=own + key, value=own)


def place_before() -> Reader:
    """Return the place before, spoken."""
    return of_place(lambda place: {spoken(PLACES[max(place - 1, 0)]): 1.0})


def blank() -> Reader:
    """Blank, spoken."""
    return always({spoken(BLANK): 1.0})


def first_token() -> Circuit:
    """Weigh keys in silence: place 0 by 3 and place 1 by 2, but BOS by 2 less.

    The query is level, so the product says the key's place.
    """
    weight = of_place(lambda place: {0: (3.0, 2.0)[place] if place < 2 else 0.0})
    without_bos = of_token(lambda token: {0: -2.0 if token == BOS else 0.0})
    return Circuit(
        query=SHARP * (blank() + always({0: 1.0}) + level()),
        key=of_place(lambda place: {spoken(PLACES[place]): 1.0}) + weight + without_bos,
        value=of_token(lambda token: {spoken(token): 1.0}),
    )


def count(most: int) -> Circuit:
    """Return counts as said above, up to `most`: attends to tokens equal to the query's, and to BOS as much.

    Query and key both hold a half of blank: their product says the token where they are equal, else blank. For the
    token blank itself, equality is matched in silence. BOS weighs 1/2 and place 0 weighs 1/2, so that only BOS in
    front comes up to an equal token.
    """
    counted = tuple(enumerate(COUNTS[: most + 1], 1))
    middle, start = (most + 2) // 2, 4 * (most + 1)
    own = of_token(lambda token: {1: 1.0} if token == BLANK else {spoken(token): 1.0})
    bos = of_token(lambda token: {0: 0.5 if token == BOS else 0.0}) + of_place(lambda place: {0: 0.0 if place else 0.5})
    return Circuit(
        query=SHARP * (own + blank() / 2 + always({0: 1.0})),
        key=own + blank() / 2 + bos,
        value=of_token(
            lambda token: {spoken(id): start - c**2 / 2 if token == BOS else float(c - middle) for c, id in counted}
        ),
    )
