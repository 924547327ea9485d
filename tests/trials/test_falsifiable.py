"""What is true of every sound model comes out otherwise on a broken instrument, so it says that ours is sound."""

import pytest

from harness.laws.book import conjectures, shipped
from harness.records.address import Address
from harness.records.cell import Verdict
from harness.runs.request import Request
from harness.runs.session import Session
from harness.trials.census import census
from harness.trials.profile import Profile
from harness.trials.vacuity import says_nothing
from tests.support.sabotage import (
    SABOTAGE,
    by_a_broken_model,
    depends_on_how_many_there_are,
    depends_on_the_batch,
    says_another_token_each_time,
    spoils_the_first,
    spoils_the_last,
)

pytestmark = pytest.mark.slow

BOOK = conjectures(shipped())
SURE = {name: found for (_, name), found in BOOK.items() if found.control or found.architectural}
ECHO = Address(0, 1)


@pytest.fixture(scope="module")
def session():
    return Session(Request(model="specimen", profile=Profile(search=10, census=60), census_given=True))


@pytest.mark.parametrize(
    ("name", "component"),
    [(name, part) for name, found in SURE.items() for part in ("v", "qk") if part in found.components],
)
def test_a_claim_that_is_true_of_every_sound_model_comes_out_otherwise_on_a_broken_one(session, name, component):
    found, broken = SURE[name], SABOTAGE[name](session.model, ECHO, component)
    sound = session.try_out(found, session.head(ECHO, component), shrinking=False)
    otherwise = session.try_out(found, broken, shrinking=False)
    assert sound.verdict is not Verdict.ERROR, sound.message
    assert not sound.wrong, sound.message
    assert otherwise.verdict is not Verdict.ERROR, otherwise.message
    assert otherwise.wrong if found.control else otherwise.verdict is Verdict.REFUTED


def test_nothing_is_sabotaged_that_is_not_in_the_book():
    assert set(SABOTAGE) == set(SURE)


@pytest.mark.parametrize(
    "spoil", [depends_on_the_batch, depends_on_how_many_there_are, spoils_the_first, spoils_the_last]
)
def test_the_control_that_reads_twice_sees_every_dependence_on_the_batch_many_times_over(session, spoil):
    """Not by luck: a control that sees one sequence of 60 would let half of all such defects pass."""
    head = by_a_broken_model(spoil)(session.model, ECHO, "z")
    for seed in range(3):
        with head.model.as_for_a_control():
            found = census(
                SURE["reading_twice_gives_the_same_result"], head, number=60, seed=seed, lexicon=head.model.lexicon
            )
        assert found.violations > found.n / 6


def test_an_instrument_that_never_says_the_same_twice_is_caught(session):
    head = by_a_broken_model(says_another_token_each_time())(session.model, ECHO, "z")
    assert session.try_out(SURE["reading_twice_gives_the_same_result"], head).wrong


@pytest.mark.parametrize("name", [name for _, name in BOOK])
@pytest.mark.parametrize("pairs", [False, True])
def test_no_claim_of_the_book_compares_a_reading_with_itself(session, name, pairs):
    (found,) = [found for found in BOOK.values() if found.name == name]
    for seed in range(3):
        assert not says_nothing(found, pairs=pairs, seed=seed, lexicon=session.model.lexicon)
