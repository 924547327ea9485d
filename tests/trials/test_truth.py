"""The instrument against heads whose behaviour is known: every verdict must be the one that it implies.

Plain `pytest` has the whole table from readings that follow the rules, and one claim from the networks themselves. The
whole table from the networks, at the default sizes and at nine more seeds, is `thorough` and `long`.
"""

from functools import cache

import pytest

from harness.laws.book import conjectures, shipped
from harness.models.specimens.hand_built import BEHAVIOURS, ROTARY_BEHAVIOURS
from harness.models.specimens.rules import RULES
from harness.readings.loading import load_model
from harness.readings.projection import Projection, Sight
from harness.records.address import COMPONENTS, Address
from harness.runs.request import Request
from harness.runs.session import Session
from harness.trials.profile import Profile
from tests.support.by_rule import ByRule
from tests.support.truth import ACROSS, ACROSS_HEADS, CHAPTERS, GAUGE, IMPLIED, MEANS, OTHERS

pytestmark = pytest.mark.slow

PLACES = tuple((chapter, name) for chapter, names in CHAPTERS.items() for name in names)
"""Every conjecture that the table speaks of, in the order of its columns."""

MODELS = {"specimen": BEHAVIOURS, "specimen-rotary": ROTARY_BEHAVIOURS}

CELLS = tuple(
    (model, behaviour.head, component, getattr(behaviour, component))
    for model, behaviours in MODELS.items()
    for behaviour in behaviours
    for component in COMPONENTS
)
"""Model, head, component, and the rule that it reads by."""

OUTPUT = Projection.OUTPUT
BY_THE_NETWORK = "periodicity"
"""The chapter that is tried on the networks themselves."""

PLAIN = "the_third_period_reads_like_the_second"
"""The one of its claims that plain `pytest` tries."""

SMALL = Profile(search=30, census=100, nulls=0)
"""So many that one coincidence does not make a `mostly` a `refuted`, as it does among 60."""


def letter(rule, place):
    return IMPLIED[rule].replace(" ", "")[PLACES.index(place)]


def one_a_rule(found):
    """Of the cells that the claim speaks of, the first of each rule: equal rules read alike (`test_specimens`)."""
    chosen = {}
    for cell in CELLS:
        if cell[2] in found.components:
            chosen.setdefault(cell[3], cell)
    return chosen.values()


# Verdicts do not hang on how small a counterexample is made; at the default sizes and seed alone it is made small.


def every_one(found):
    return [cell for cell in CELLS if cell[2] in found.components]


def settled_by_architecture(found, model, head, component):
    """In layer 0, q, k and v see the token and its place; v the token alone where places turn q and k."""
    if found.sight is None or not head.startswith("0.") or component not in ("q", "k", "v"):
        return False
    return found.sight is Sight.PLACE or (model == "specimen-rotary" and component == "v")


SIZES = {
    "by rule": (SMALL, one_a_rule, ByRule, ()),
    "small": (SMALL, one_a_rule, load_model, (pytest.mark.thorough,)),
    "defaults": (Profile(nulls=0), one_a_rule, load_model, (pytest.mark.thorough,)),
    **{
        f"seed {seed}": (Profile(nulls=0, seed=seed), one_a_rule, load_model, (pytest.mark.long,))
        for seed in range(1, 10)
    },
    "every cell": (Profile(nulls=0), every_one, load_model, (pytest.mark.long,)),
}


@pytest.fixture(scope="module")
def sessions():
    """Of both specimens, by a profile and by what makes the model."""

    @cache
    def made(profile, model_of):
        found = {model: Session(Request(model=model, profile=profile)) for model in MODELS}
        for model, session in found.items():
            session.__dict__["model"] = model_of(model)
        return found

    return made


@pytest.fixture(scope="module", params=[pytest.param(size[:3], id=name, marks=size[3]) for name, size in SIZES.items()])
def trying(request, sessions):
    profile, chosen, model_of = request.param
    return sessions(profile, model_of), chosen


@pytest.fixture(scope="module")
def book():
    return conjectures(shipped())


def test_the_table_speaks_of_every_rule_and_every_claim(book):
    claims = {place for place, found in book.items() if not found.control}
    assert {*PLACES, *ACROSS} == {place for place in claims if place[0] not in OTHERS}
    assert {chapter for chapter, _ in book} >= OTHERS
    assert set(IMPLIED) == set(RULES)
    for rule, row in IMPLIED.items():
        assert [len(block) for block in row.split()] == [len(names) for names in CHAPTERS.values()], rule
        components = {component for _, _, component, of in CELLS if of == rule}
        for place in PLACES:
            assert letter(rule, place) in {*MEANS, ".", "?"}, (rule, place)
            assert (letter(rule, place) == ".") == (not components & set(book[place].components)), (rule, place)


def test_every_claim_is_obeyed_by_some_rule_and_broken_by_another():
    for place in PLACES:
        letters = {letter(rule, place) for rule in IMPLIED}
        assert "S" in letters, place
        assert letters & {"R", "M"}, place
    for i, place in enumerate(ACROSS):
        letters = {row.replace(" ", "")[i] for row in ACROSS_HEADS.values()}
        assert letters == {"S", "R"}, place


@pytest.mark.parametrize("place", PLACES, ids="::".join)
def test_every_specimen_head_gets_the_verdicts_its_construction_implies(place, trying, book):
    assert not wrong_verdicts(place, *trying, book)


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(place, marks=() if place[1] == PLAIN else pytest.mark.thorough)
        for place in PLACES
        if place[0] == BY_THE_NETWORK
    ],
    ids="::".join,
)
def test_the_networks_get_the_verdicts_that_their_rules_imply(place, sessions, book):
    assert not wrong_verdicts(place, sessions(SMALL, load_model), one_a_rule, book)


def wrong_verdicts(place, sessions, chosen, book):
    """The cells of a claim whose verdict or flags are not those that the table implies."""
    wrong = []
    for model, head, component, rule in chosen(book[place]):
        implied = letter(rule, place)
        if implied == "?":
            continue
        session = sessions[model]
        reader = session.head(Address(*map(int, head.split("."))), component)
        found = session.try_out(book[place], reader, shrinking=session.request.profile == Profile(nulls=0))
        flags = {"trivial"} if implied in "sc" else set()
        flags |= {"gauge"} if component in GAUGE else set()
        flags |= {"architectural"} if settled_by_architecture(book[place], model, head, component) else set()
        if found.verdict not in MEANS[implied] or set(found.flags.split()) != flags:
            wrong.append((model, head, component, rule, implied, found.verdict.value, found.flags, found.message))
    return wrong


@pytest.mark.parametrize("place", ACROSS, ids="::".join)
def test_every_specimen_head_relates_its_components_as_its_construction_implies(place, trying, book):
    sessions, _ = trying
    wrong = []
    (component,) = book[place].components
    for model, behaviours in MODELS.items():
        for behaviour in behaviours:
            implied = ACROSS_HEADS[behaviour.name].replace(" ", "")[ACROSS.index(place)]
            session = sessions[model]
            found = session.try_out(book[place], session.head(Address(*map(int, behaviour.head.split("."))), component))
            trivial = behaviour.name == "constant"  # of the others, some component says more than one token
            if found.verdict not in MEANS[implied] or ("trivial" in found.flags) != trivial:
                wrong.append((model, behaviour.head, implied, found.verdict.value, found.flags, found.message))
    assert not wrong


@pytest.mark.thorough
@pytest.mark.parametrize("model", MODELS)
def test_controls_come_out_right_on_every_specimen_head(model, book):
    session = Session(Request(model=model, profile=Profile(search=10, census=60, nulls=0)))
    controls = [found for found in book.values() if found.control]
    assert len(controls) >= 3
    for found in controls:
        for _, head, component, _ in (cell for cell in CELLS if cell[0] == model):
            address = Address(*map(int, head.split(".")))
            if component not in found.components or not found.scope.includes(address.layer, component, OUTPUT):
                continue
            cell = session.try_out(found, session.head(address, component))
            assert not cell.wrong, (cell.node, cell.verdict, cell.message)
