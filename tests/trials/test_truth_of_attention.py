"""Roles of heads and pairs of heads, where the truth is known: the specimens, and attention written by hand."""

import numpy as np
import pytest

from harness.laws.book import conjectures, shipped
from harness.models.specimens.hand_built import BEHAVIOURS
from harness.readings.attention import of_weights
from harness.records.address import ATTENTION, Address, Pair
from harness.runs.request import Request
from harness.runs.session import Session
from harness.trials.profile import Profile
from harness.trials.trial import trial
from tests.support.by_rule import ByRule
from tests.support.scripted import Scripted
from tests.support.truth import MEANS
from tests.support.truth_of_attention import ATTENDS, PAIRS, ROLES

pytestmark = pytest.mark.slow

LETTERS = {**MEANS, "U": {"undecided"}}
PROFILE = Profile(nulls=0)


@pytest.fixture(scope="module")
def book():
    return conjectures(shipped())


SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(1, 10))]


@pytest.fixture(scope="module", params=SEEDS, ids="seed {}".format)
def session(request):
    """The specimen: by seed 0 its readings come from the rules, where it attends always from the network."""
    made = Session(Request(model="specimen", profile=Profile(nulls=0, seed=request.param)))
    if request.param == 0:
        made.__dict__["model"] = ByRule()
    return made


def try_out(session, claim, head):
    return session.try_out(claim, head, shrinking=session.request.profile.seed == 0)


def address(written):
    return Address(*map(int, written.split(".")))


def test_the_table_speaks_of_every_role_and_every_head(book):
    assert {("roles", name) for name in ROLES} == {place for place in book if place[0] == "roles"}
    assert set(ATTENDS) == {behaviour.name for behaviour in BEHAVIOURS}


@pytest.mark.parametrize("role", ROLES)
def test_every_specimen_head_plays_the_roles_that_its_construction_implies(role, session, book):
    wrong = []
    for behaviour in BEHAVIOURS:
        letter = ATTENDS[behaviour.name][ROLES.index(role)]
        if letter == "?":
            continue
        head = session.head(address(behaviour.head), ATTENTION)
        found = session.try_out(book["roles", role], head, shrinking=False)  # each sequence a run of the network
        if found.verdict not in LETTERS[letter] or "trivial" in found.flags or "gauge" in found.flags:
            wrong.append((behaviour.head, behaviour.name, letter, found.verdict.value, found.flags, found.message))
    assert not wrong


class Attending(Scripted):
    """A head that gives all its attention to one place for each query, by a rule."""

    name = ATTENTION

    def __call__(self, ids):
        ids = tuple(ids)
        weights = np.zeros((len(ids), len(ids) + 1))
        for i in range(len(ids)):
            weights[i, self.rule(ids, i) + 1] = 1.0
        return of_weights(ids, weights, relative=0.0)

    @property
    def in_float64(self):
        return self


def copy(ids, i):
    return max((j for j in range(i) if ids[j] == ids[i]), default=i)


def follower(ids, i):
    return max((j + 1 for j in range(i) if ids[j] == ids[i]), default=i)


RULES = {
    "the_head_attends_to_the_token_before": lambda ids, i: i - 1,
    "the_head_attends_to_an_earlier_copy_of_the_token": copy,
    "the_head_attends_to_the_token_after_an_earlier_copy": follower,
    "the_head_attends_to_the_first_position": lambda ids, i: -1,
    "the_head_attends_to_its_own_position": lambda ids, i: i,
}


@pytest.mark.parametrize("role", ROLES)
def test_attention_written_by_hand_plays_its_own_role_and_no_other(role, book):
    for rule in ROLES:
        cell = trial(book["roles", role], Attending(RULES[rule]), PROFILE)
        if rule == role:
            assert (cell.verdict, cell.degree) == ("satisfied", 1.0)
        elif {rule, role} != {ROLES[2], ROLES[4]} and {rule, role} != {ROLES[1], ROLES[4]}:
            assert cell.verdict == "refuted", (rule, cell.verdict)


@pytest.mark.parametrize("pair", PAIRS, ids="+".join)
def test_pairs_of_specimen_heads_share_what_their_readings_share(pair, session, book):
    claims = (
        book["pairs", "two_heads_of_a_layer_share_an_attention_token"],
        book["pairs", "two_heads_of_a_layer_share_at_most_four_attention_tokens"],
    )
    wrong = []
    for component, letters in PAIRS[pair].items():
        for claim, letter in zip(claims, letters, strict=True):
            found = try_out(session, claim, session.head(Pair(*map(address, pair)), component))
            if found.verdict not in LETTERS[letter]:
                wrong.append((component, claim.name, letter, found.verdict.value, found.message))
    assert not wrong
