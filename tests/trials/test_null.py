"""Beside a head's degree: the same claim on its nulls. Counted once, remembered by all that it depends on."""

from dataclasses import replace

import pytest
from hypothesis import given

from harness import agree, conjecture, constant, is_prefix, load_model, words
from harness.errors import ModelError
from harness.laws.book import conjectures, shipped
from harness.readings.projection import Projection
from harness.records.address import Address
from harness.records.cell import Verdict
from harness.trials.null import without_learning
from harness.trials.profile import Profile
from harness.trials.standing_out import standing_out
from harness.trials.trial import beside_nulls, null_counts_remembered, trial, tried
from harness.trials.verdict import corrected
from tests.support.scripted import Scripted, echo, nothing

PROFILE = Profile()


class Null:
    """A null model whose every head is a line of Python, some by another; it counts what it is asked for."""

    def __init__(self, rule, others=None, **more):
        self.rule, self.others, self.more, self.read = rule, others or {}, more, 0

    def head(self, address):
        self.read += 1
        return Scripted(self.others.get(address, self.rule), **self.more)


class Nulls(dict):
    missing = ""

    @property
    def fingerprints(self):
        return {kind: f"{kind}-{null.rule.__name__}" for kind, null in self.items()}


def beside(rule, *, random, rotated):
    """A head with its nulls."""
    head = Scripted(rule)
    head.bos = True
    head.model.nulls = Nulls(
        {
            kind: made if isinstance(made, Null) else Null(made)
            for kind, made in (("random", random), ("rotated", rotated))
        }
    )
    return head


def parity(ids):
    return [i % 2 for i in range(len(ids))]


@pytest.fixture(autouse=True)
def place(request, tmp_path, monkeypatch):
    """Nothing is remembered from one test to the next; the default model's nulls are not made anew for that."""
    if not request.node.get_closest_marker("real"):
        monkeypatch.setenv("HEADLAWS_CACHE", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def is_constant():
    @conjecture(components="v", source="a test")
    @given(S=words(min_length=2))
    def a_reading_is_constant(head, S):
        """Every entry reads the same."""
        assert constant(head(S))

    return a_reading_is_constant.conjecture


@pytest.fixture(scope="module")
def is_echo():
    @conjecture(components="v", source="a test")
    @given(S=words(max_length=2))
    def a_reading_reads_its_sequence_twice_alike(head, S):
        """As it says."""
        assert agree(head(S), head(S))

    return a_reading_reads_its_sequence_twice_alike.conjecture


def test_degrees_stand_beside_each_other_and_either_null_is_enough(is_constant):
    cell = trial(is_constant, beside(nothing, random=nothing, rotated=parity), PROFILE)
    assert (cell.verdict, cell.degree, cell.null_random) == (Verdict.SATISFIED, 1.0, 1.0)
    assert 0.4 < cell.null_rotated < 0.7
    assert "untrained" in cell.flags.split()
    assert "untrained" in trial(is_constant, beside(nothing, random=parity, rotated=nothing), PROFILE).flags
    assert "untrained" not in trial(is_constant, beside(nothing, random=parity, rotated=echo), PROFILE).flags


def test_what_is_refuted_carries_no_flag_but_its_degrees(is_constant):
    cell = trial(is_constant, beside(echo, random=nothing, rotated=nothing), PROFILE)
    assert (cell.verdict, cell.flags, cell.null_random, cell.null_rotated) == (Verdict.REFUTED, "", 1.0, 1.0)


@pytest.mark.slow
def test_what_holds_mostly_may_be_untrained(is_constant):
    def seldom(ids):
        return echo(ids) if sum(ids) % 101 == 0 else nothing(ids)

    profile = Profile(search=1500)
    cell = trial(is_constant, beside(seldom, random=nothing, rotated=parity), profile)
    assert (cell.verdict, cell.flags) == (Verdict.MOSTLY, "untrained")


def test_a_verdict_that_is_raised_when_all_cells_are_there_gets_its_flag(is_constant):
    one = trial(is_constant, beside(nothing, random=nothing, rotated=parity), Profile(census=60, first=0), family=2)
    assert (one.verdict, one.flags) == (Verdict.UNDECIDED, "trivial")
    sure = replace(one, verdict=Verdict.SATISFIED, p_value=0.0)
    raised = corrected([one, sure], alpha=0.05)[0]
    assert (raised.verdict, raised.flags) == (Verdict.SATISFIED, "trivial untrained")


def test_near_ties_count_against_a_null(is_constant):
    """Taken at their word they break the claim, with the benefit of the doubt they do not."""
    doubtful = Null(echo, doubtful=lambda ids: range(len(ids)))
    found = without_learning(is_constant, beside(nothing, random=doubtful, rotated=parity), PROFILE)
    assert len(found.counted["random"]) == 3
    assert all(one.violations == 0 for one in found.counted["random"])
    assert all(one.near_ties > 12 for one in found.counted["random"])
    assert not found.holds


def test_sixty_sequences_without_a_violation_are_just_enough(is_constant):
    head = beside(nothing, random=nothing, rotated=parity)
    assert [one.n for one in without_learning(is_constant, head, PROFILE).counted["random"]] == [60, 60, 60]
    assert without_learning(is_constant, head, PROFILE).holds
    sized = without_learning(is_constant, head, Profile(epsilon=0.01))
    assert (sized.counted["random"][0].n, sized.holds) == (299, True)


def test_a_null_that_breaks_the_claim_is_counted_no_further_than_its_degree(is_constant):
    found = without_learning(is_constant, beside(nothing, random=echo, rotated=nothing), PROFILE).counted
    assert {(one.n, one.holds(PROFILE)) for one in found["random"]} == {(16, False)}
    assert {one.n for one in found["rotated"]} == {60}


def test_of_a_head_that_breaks_the_claim_it_is_not_asked_whether_the_nulls_hold_it(is_constant):
    def sequences(rule):
        asked = []

        def noted(ids):
            asked.append(ids)
            return nothing(ids)

        head = beside(rule, random=noted, rotated=nothing)
        cell = beside_nulls(is_constant, head, PROFILE, tried(is_constant, head, PROFILE))
        return cell, len(asked)

    broken, few = sequences(echo)
    assert broken.p_at_best is not None, "its census ended early"
    assert few == 3 * 16
    holding, more = sequences(nothing)
    assert holding.flags.split() == ["trivial", "untrained"]
    assert more > 3 * 44, "and what was counted for the one does not do for the other"
    assert sequences(echo)[1] == 0, "but the other way round it does"


def test_one_violation_in_the_first_stage_may_be_too_few_to_end_it(is_constant):
    """Of 299 sequences one may break the claim at epsilon 0.02."""
    profile = Profile(epsilon=0.02, nulls=299)
    once = iter([True])

    def seldom(ids):
        return echo(ids) if len(set(ids)) > 1 and next(once, False) else nothing(ids)

    found = without_learning(is_constant, beside(nothing, random=seldom, rotated=nothing), profile).counted["random"]
    assert [(one.n, one.violations, one.holds(profile)) for one in found] == [(299, 1, True), *[(299, 0, True)] * 2]
    assert min(found[0].shares) < 1


def test_they_are_the_first_of_the_censuss_sequences(is_constant):
    asked = []

    def noted(ids):
        asked.append(tuple(ids))
        return nothing(ids)

    trial(is_constant, beside(noted, random=nothing, rotated=nothing), Profile(search=0))
    whole = list(dict.fromkeys(asked))
    asked.clear()
    without_learning(is_constant, beside(nothing, random=noted, rotated=noted), Profile(nulls=59))
    assert list(dict.fromkeys(asked)) == whole[:59]


def test_controls_are_not_counted_and_no_nulls_leaves_them_alone(is_constant):
    class Untouched(Scripted):
        @property
        def model(self):
            raise AssertionError("nobody asks for nulls")

        @model.setter
        def model(self, made):
            pass

    control = replace(is_constant, control=type(is_constant.control)("holds"))
    assert not without_learning(control, Untouched(nothing), PROFILE).counted
    assert not without_learning(is_constant, Untouched(nothing), Profile(nulls=0)).counted


def test_what_a_null_cannot_do_is_said_and_nothing_against_the_head(is_constant):
    def broken(ids):
        raise ModelError("layer 3 gives NaN.")

    cell = trial(is_constant, beside(nothing, random=broken, rotated=nothing), PROFILE)
    assert (cell.verdict, cell.null_random, cell.null_rotated) == (Verdict.SATISFIED, None, 1.0)
    assert cell.message == "not counted on random weights: layer 3 gives NaN."


# Remembered


def counted(is_constant, head, profile=PROFILE):
    """What came of it, and how many nulls were read for it."""
    found = without_learning(is_constant, head, profile)
    return found, sum(null.read for null in head.model.nulls.values())


def test_a_second_run_reads_no_null(is_constant):
    first, read = counted(is_constant, beside(nothing, random=nothing, rotated=parity))
    assert read == 6
    again, read = counted(is_constant, beside(nothing, random=nothing, rotated=parity))
    assert (again, read) == (first, 0)


def other_layer(head):
    head.layer, head.address = 1, Address(1, 3)


def other_component(head):
    head.name = "z"


def other_projection(head):
    head.way = Projection.SEED


def without_bos(head):
    head.bos = False


def other_weights(head):
    for null in head.model.nulls.values():
        null.rule = echo


def other_vocabulary(head):
    head.model.lexicon = head.model.lexicon._replace(words=tuple(range(2, 31)))


@pytest.mark.parametrize(
    "change", [other_layer, other_component, other_projection, without_bos, other_weights, other_vocabulary]
)
def test_another_head_or_null_is_counted_by_itself(is_constant, change):
    assert counted(is_constant, beside(nothing, random=nothing, rotated=parity))[1] == 6
    head = beside(nothing, random=nothing, rotated=parity)
    change(head)
    assert counted(is_constant, head)[1] == (2 if change is other_projection else 6)


def test_what_cannot_stand_out_is_held_against_one_head_of_each_null(is_constant):
    """A basis-dependent component, as v is by the seed notebook's way, and an architectural claim."""
    head = beside(nothing, random=nothing, rotated=parity)
    head.name = "q"
    assert counted(is_constant, head)[1] == 2
    architectural = replace(is_constant, architectural=True)
    assert counted(architectural, beside(nothing, random=nothing, rotated=parity))[1] == 2


def test_another_head_of_the_layer_is_held_against_the_same(is_constant):
    first, _ = counted(is_constant, beside(nothing, random=nothing, rotated=parity))
    head = beside(nothing, random=nothing, rotated=parity)
    head.address = Address(0, 4)
    assert counted(is_constant, head) == (first, 0)


def test_more_sequences_and_those_of_another_seed_are_counted_by_themselves(is_constant):
    counted(is_constant, beside(nothing, random=nothing, rotated=parity))
    for profile, times in ((Profile(nulls=61), 6), (Profile(seed=1), 6), (PROFILE, 0)):
        assert counted(is_constant, beside(nothing, random=nothing, rotated=parity), profile)[1] == times


def test_another_claim_is_counted_by_itself_also_when_only_its_file_has_changed(is_constant, is_echo, monkeypatch):
    def fresh():
        return beside(nothing, random=nothing, rotated=parity)

    counted(is_constant, fresh())
    assert counted(is_echo, fresh())[1] == 6
    monkeypatch.setattr("harness.trials.depends.linecache.getlines", lambda file: ["another = 1"])
    assert counted(is_constant, fresh())[1] == 6


def test_what_another_instrument_has_counted_is_counted_again(is_constant, monkeypatch):
    counted(is_constant, beside(nothing, random=nothing, rotated=parity))
    monkeypatch.setattr("harness.trials.null.instrument", lambda: "another")
    assert counted(is_constant, beside(nothing, random=nothing, rotated=parity))[1] == 6


def test_a_bound_asked_for_does_not_change_what_was_counted(is_constant):
    counted(is_constant, beside(nothing, random=nothing, rotated=parity))
    again, read = counted(is_constant, beside(nothing, random=nothing, rotated=parity), Profile(confidence=0.9))
    assert (read, again.holds) == (0, True)


def test_a_damaged_memory_is_made_anew(is_constant, place):
    first, _ = counted(is_constant, beside(nothing, random=nothing, rotated=parity))
    for file in place.glob("null-censuses.db*"):
        file.unlink()
    (place / "null-censuses.db").write_bytes(b"\x00 no database" * 500)
    again, read = counted(is_constant, beside(nothing, random=nothing, rotated=parity))
    assert (again, read) == (first, 6)
    assert counted(is_constant, beside(nothing, random=nothing, rotated=parity)) == (first, 0)


# Where a cell may stand out

NINE = [Address(0, one) for one in range(9)]
FIRST = NINE[::3]


def place_alone(ids):
    return range(len(ids))


@pytest.fixture(scope="module")
def is_periodic():
    @conjecture(components="v", source="a test")
    @given(S=words(min_length=2))
    def a_sequence_said_again_reads_as_it_did(head, S):
        """The second saying reads as the first."""
        assert agree(head(S * 2)[len(S) :], head(S))

    return a_sequence_said_again_reads_as_it_did.conjecture


@pytest.mark.slow
def test_a_cell_that_may_stand_out_is_held_against_more_heads(is_periodic):
    cell = trial(is_periodic, beside(echo, random=place_alone, rotated=place_alone), PROFILE)
    assert [len(cell.comparisons[kind].degrees) for kind in ("random", "rotated")] == [9, 9]
    assert cell.p_above < 1e-6
    ordinary = trial(is_periodic, beside(echo, random=echo, rotated=echo), PROFILE)
    assert [len(ordinary.comparisons[kind].degrees) for kind in ("random", "rotated")] == [3, 3]


@pytest.mark.parametrize("like_it", [one for one in NINE if one not in FIRST])
def test_it_does_not_stand_out_where_one_of_them_does_the_same(is_periodic, like_it):
    rotated = Null(place_alone, others={like_it: echo})
    cell = trial(is_periodic, beside(echo, random=place_alone, rotated=rotated), PROFILE)
    assert (cell.p_above, cell.comparisons["rotated"].excess) == (1.0, 0.0)
    assert not standing_out([cell], alpha=0.05)[0].stands_out


def test_what_depends_on_the_basis_is_held_against_as_many_where_it_may_stand_out(is_periodic):
    head = beside(echo, random=place_alone, rotated=place_alone)
    head.name = "q"
    cell = tried(is_periodic, head, PROFILE)
    assert "gauge" not in cell.flags.split()  # as a discovery has it
    cell = beside_nulls(is_periodic, head, PROFILE, cell)
    assert [len(cell.comparisons[kind].degrees) for kind in ("random", "rotated")] == [9, 9]
    assert cell.p_above < 1e-6


def test_what_was_counted_on_them_is_remembered(is_periodic):
    first = trial(is_periodic, beside(echo, random=place_alone, rotated=place_alone), PROFILE)
    head = beside(echo, random=place_alone, rotated=place_alone)
    assert null_counts_remembered(is_periodic, head, PROFILE, tried(is_periodic, head, PROFILE))
    again = trial(is_periodic, head, PROFILE)
    assert sum(null.read for null in head.model.nulls.values()) == 0
    assert (again.comparisons, again.p_above) == (first.comparisons, first.p_above)


# On the specimen


@pytest.fixture(scope="module")
def book():
    return conjectures(shipped())


def flags(book, place, specimen, component, address="0.1"):
    cell = trial(book[place], specimen.head(address).component(component), Profile(search=20))
    assert cell.verdict is Verdict.SATISFIED
    assert cell.null_random is not None
    assert cell.null_rotated is not None
    return cell.flags.split()


@pytest.mark.slow
@pytest.mark.parametrize("component", ["q", "z", "qk"])
def test_what_every_causal_layer_obeys_is_untrained(specimen, component):
    @conjecture(components="q z qk", source="a test")
    @given(S=words(max_length=8))
    def what_comes_later_changes_nothing(head, S):
        """A sequence reads as any longer one begins."""
        assert is_prefix(head(S), head(S * 2))

    law = what_comes_later_changes_nothing.conjecture
    cell = trial(law, specimen.head("0.1").component(component), Profile(search=20))
    assert (cell.verdict, cell.null_random, cell.null_rotated) == (Verdict.SATISFIED, 1.0, 1.0)
    assert "untrained" in cell.flags.split()


@pytest.mark.slow
@pytest.mark.parametrize("component", ["q", "k", "v"])
def test_in_a_single_layer_the_order_of_earlier_tokens_is_nothing_learnt(specimen, book, component):
    """There q, k and v are functions of a place and its token, whatever the weights."""
    law = ("extension", "swapping_the_two_previous_tokens_does_not_change_the_reading")
    assert "untrained" in flags(book, law, specimen, component)


@pytest.mark.parametrize("component", ["q", "k", "v"])
def test_that_echo_repeats_itself_is_its_own(specimen, book, component):
    """Untrained weights hear a place as loudly as a token, so a third saying reads new tokens."""
    law = ("repetition", "a_repeat_adds_no_new_attention_tokens")
    assert "untrained" not in flags(book, law, specimen, component)


def test_that_the_constant_head_is_constant_is_its_own(specimen, book):
    law = ("repetition", "repetitions_of_different_tokens_read_alike")
    assert "untrained" not in flags(book, law, specimen, "v", address="0.0")


@pytest.mark.slow
def test_nulls_are_loaded_when_they_are_first_needed(book):
    law = book["repetition", "a_repeat_adds_no_new_attention_tokens"]
    for loaded in (("random", "rotated"), ()):
        model = load_model("specimen")
        trial(law, model.head("0.1").component("v"), Profile(search=5, census=60))
        assert tuple(model.nulls.loaded) == loaded


@pytest.mark.real
def test_the_default_model_beside_its_nulls(smollm2, book):
    """In layer 0, rotary, a value is a function of its token alone, whatever the weights; a query's place turns it."""
    assert set(smollm2.nulls) == {"random", "rotated"}
    law = book["extension", "the_reading_of_a_new_token_does_not_depend_on_the_past"]
    cell = trial(law, smollm2.head("0.0").component("v"), PROFILE)
    assert (cell.verdict, cell.null_random, cell.null_rotated) == (Verdict.SATISFIED, 1.0, 1.0)
    assert "untrained" in cell.flags.split()
    law = book["repetition", "repetitions_of_different_tokens_read_alike"]
    cell = trial(law, smollm2.head("0.0").component("v"), PROFILE)
    assert cell.null_random < 0.1
    assert cell.null_rotated < 0.1
    for null in smollm2.nulls.values():
        assert null.backbone.shape == smollm2.backbone.shape
        assert null.backbone.preparation == smollm2.backbone.preparation
