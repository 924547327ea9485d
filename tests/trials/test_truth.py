"""The instrument against heads whose behaviour is known: every verdict must be the one that it implies."""

import pytest
from truth import CONJECTURES, LETTERS, TRIVIAL, TRUTH

from harness.laws.book import conjectures, shipped
from harness.readings.address import COMPONENTS, Address
from harness.session import Request, Session
from harness.trials.profile import Profile

HALF = Profile(search=50, census=100, nulls=0)


@pytest.fixture(
    scope="module", params=[HALF, pytest.param(Profile(nulls=0), marks=pytest.mark.slow)], ids=["half", "defaults"]
)
def session(request):
    return Session(Request(model="specimen", profile=request.param))


@pytest.fixture(scope="module")
def book():
    return conjectures(shipped())


def test_the_table_speaks_of_every_cell_and_every_claim(book, session):
    columns = set(CONJECTURES)
    assert columns == {place for place, found in book.items() if not found.control}
    assert set(TRUTH) == {
        f"0.{head}-{part}" for head in range(session.model.backbone.shape.n_heads) for part in COMPONENTS
    }
    for cell, row in TRUTH.items():
        for place, letter in zip(CONJECTURES, row.replace(" ", ""), strict=True):
            assert (letter == ".") == (cell.partition("-")[2] not in book[place].components)


@pytest.mark.parametrize("place", CONJECTURES, ids="::".join)
def test_every_specimen_head_gets_the_verdicts_its_construction_implies(place, session, book):
    wrong = []
    for cell, row in TRUTH.items():
        address, _, component = cell.partition("-")
        letter = row.replace(" ", "")[CONJECTURES.index(place)]
        if letter == ".":
            continue
        found = session.try_out(book[place], session.head(Address(*map(int, address.split("."))), component))
        if found.verdict != LETTERS[letter] or (("trivial" in found.flags) != (cell in TRIVIAL)):
            wrong.append((cell, LETTERS[letter], found.verdict.value, found.flags, found.message))
    assert not wrong


@pytest.mark.slow
def test_controls_come_out_right_on_every_specimen_head(book):
    session = Session(Request(model="specimen", profile=Profile(search=10, census=60)))
    controls = [found for found in book.values() if found.control]
    assert len(controls) >= 3
    for found in controls:
        for head in range(session.model.backbone.shape.n_heads):
            for component in COMPONENTS:
                cell = session.try_out(found, session.head(Address(0, head), component))
                assert not cell.wrong, (cell.node, cell.verdict, cell.message)
