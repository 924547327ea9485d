"""The specimens' heads of layer 1, which also find the token before, as the previous-token head of layer 0 left it.

Where a head must prefer the last of several keys, a match counts 64 and recency less than 48 in all; so it is the last
key that matches, or, where none does, the last of all, which is the query's own place.
"""

from __future__ import annotations

from harness.models.specimens.circuits import SHARP, Circuit, blank
from harness.models.specimens.places import Places
from harness.models.specimens.rules import MISSED
from harness.models.specimens.specimen_space import Reader, always, level, of_place, of_token, of_token_before, spoken
from harness.models.specimens.specimen_vocabulary import AGAIN, BLANK, BOS, LETTERS, NEW, VOWEL, class_of


def own() -> Reader:
    """Return the token there, spoken."""
    return of_token(lambda token: {spoken(token): 1.0})


def before() -> Reader:
    """Return the token before, spoken."""
    return of_token_before(lambda token: {spoken(token): 1.0})


def duplicate() -> Circuit:
    """Attend to the first earlier copy of the token, or to BOS in front without such a copy.

    A key that matches counts 64, and each key but BOS one for each step that it stands before the query: the first
    copy has 64 and its distance, the query's own place 64, all others less than 64. BOS at place j has 64 1/2 - j, more
    than the query's own place in front and less anywhere else; for a query that is BOS it does not matter which.

    Query and key both hold a little of blank: their product says the token where they are equal, else blank. The token
    blank itself is matched in silence.
    """
    match = of_token(lambda token: {2: 8.0} if token == BLANK else {spoken(token): 8.0}) + blank()
    distance = of_place(lambda place: {0: -float(place)}) + always({1: 1.0})
    bos = of_token(lambda token: {0: 64.5, 1: -1.0} if token == BOS else {})
    return Circuit(
        query=SHARP * (match + always({0: 1.0}) + of_place(lambda place: {1: float(place)})),
        key=match + distance + bos,
        value=of_token(lambda token: {spoken(NEW if token == BOS else AGAIN): 1.0}),
    )


def induction(places: Places) -> Circuit:
    """Match the token with the token before the key, and prefer the last.

    The query is level, so the product says the token before the key.
    """
    query, key = places.recency()
    return Circuit(query=SHARP * (8 * own() + level() + query), key=8 * before() + key, value=own())


def neighbours_class(places: Places) -> Circuit:
    """Attend to itself; the query is level, so the product says the class of the token before the key."""
    query, key = places.back(0)
    neighbours = of_token_before(lambda token: {spoken(class_of(token)): 1.0})
    return Circuit(
        query=SHARP * (of_token(lambda token: {spoken(class_of(token)): 1.0}) + level() + query),
        key=neighbours + key,
        value=neighbours,
    )


def last_other(places: Places) -> Circuit:
    """Attend to tokens that differ from the query's, and prefer the last.

    The query says 8 of everything but its own token, and the key 8 of its own: their product says the key's token
    where it differs, else blank, which both have a little of. A key that differs has 64 more than one that does not.
    Of the token blank, both are said in silence: coordinate 1 takes 64 away where it does not differ, 2 gives 64.
    """
    query, key = places.recency()
    less = of_token(lambda token: {1: -8.0} if token == BLANK else {spoken(token): -8.0})
    theirs = of_token(lambda token: {1: 8.0, 2: 64.0} if token == BLANK else {spoken(token): 8.0})
    return Circuit(
        query=SHARP * (8 * level() + less + 2 * blank() + always({2: 1.0}) + query),
        key=theirs + blank() + key,
        value=own(),
    )


def two_back(places: Places) -> Circuit:
    """Look one place back, where the token before it is to be had; the query is level, so the product says that."""
    query, key = places.back(1)
    return Circuit(query=SHARP * (blank() + level() + query), key=before() + key, value=before())


def majority() -> Circuit:
    """Attend to letters alike, and to others only without any letter; if it is even, vowel has 1/16 more.

    Of up to 63 letters, a majority has 8/63 or more.
    """
    classes = of_token(lambda token: {spoken(class_of(token)): 1.0})
    letters = of_token(lambda token: {0: 0.0 if token in LETTERS else -1.0})
    return Circuit(
        query=SHARP * (blank() + level() + always({0: 1.0})),
        key=classes + letters,
        value=8 * classes + always({spoken(VOWEL): 1 / 16}),
    )


def noisy_echo(places: Places) -> Circuit:
    """Attend to itself. The token may give 1/2 to blank and the token before 3/4: only both together outweigh it."""
    query, key = places.back(0)
    noise = of_token(lambda token: {spoken(BLANK): 0.5 if token == MISSED[1] else 0.0})
    noise_before = of_token_before(lambda token: {spoken(BLANK): 0.75 if token == MISSED[0] else 0.0})
    return Circuit(query=SHARP * (own() + level() + query), key=own() + key, value=own() + noise + noise_before)
