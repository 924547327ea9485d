"""The grammar: every transformation says where its tokens come from, and arrays agree with the words of a chapter."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import harness
from harness.discovery.degrees import by_rule, degrees
from harness.discovery.law import SEQUENCES, Law, Setting, laws, settings
from harness.discovery.places import PLACES, change
from harness.discovery.relation import RELATIONS
from harness.discovery.samples import drawn
from harness.discovery.simple_readers import ALL, AsHead, Eyes, SimpleReader, readers
from harness.discovery.transformation import ANY, NOWHERE, TEXT, TRANSFORMATIONS, Piece, edits, kept, transformation
from harness.errors import ConjectureError
from harness.laws.agreement import agreements
from harness.laws.families import Edit, drawing_from, words
from harness.laws.sampling import sample
from harness.readings.lexicon import Lexicon

pytestmark = pytest.mark.slow

LEXICON = Lexicon(words=tuple(range(1, 27)), special=(0,), text=(5, 9, 14, 5, 3) * 12, classes=(5, 21))
SETTINGS = settings(text=True)


@pytest.fixture(scope="module")
def samples():
    return drawn(SETTINGS, seed=3, lexicon=LEXICON)


@pytest.mark.parametrize("place", range(len(SETTINGS)), ids=["-".join(setting) for setting in SETTINGS])
def test_a_token_that_came_along_is_the_one_that_stood_there(samples, place):
    sampled = samples[place]
    for edit in sampled.edits:
        assert len(edit.R) == len(edit.origins) > 0
        assert all(NOWHERE <= origin < len(edit.S) for origin in edit.origins)
        for left, right in (one.of(edit) for one in PLACES.values()):
            assert all(0 <= i < len(edit.R) for i in right)
            assert all(0 <= i < max(len(edit.S), len(edit.R)) for i in left)
    assert sum(edit.R != edit.S for edit in sampled.edits) > len(sampled.edits) / 2, "it does something"


def test_every_transformation_has_its_own_effect():
    """No two do the same to one sequence that has copies, with the same draws."""
    seen = {}
    for name, one in TRANSFORMATIONS.items():
        with drawing_from(LEXICON):
            made = tuple(
                sample(edits(one, st.just((1, 2, 3, 1, 5, 6, 2))), seed=0, name=f"the same draw {i}") for i in range(20)
            )
        assert seen.setdefault(made, name) == name


def test_places_lie_where_they_say():
    edit = Edit(S=(7, 8, 9), R=(7, 5, 8, 9), origins=(0, NOWHERE, 1, 2))
    assert change(edit) == 1
    expected = {
        "the_last_place": ([2], [3]),
        "the_first_place": ([0], [0]),
        "places_before_the_change": ([0], [0]),
        "places_after_the_change": ([1, 2], [2, 3]),
        "exchanged_places": ([], []),
        "place_for_place": ([1, 2], [1, 2]),
        "place_for_place_from_the_end": ([0, 1, 2], [1, 2, 3]),
        "one_place_later": ([0, 1, 2], [1, 2, 3]),
        "new_places_and_those_before": ([0], [1]),
        "the_last_place_and_the_one_before": ([2], [3]),
    }
    for name, (left, right) in expected.items():
        found = PLACES[name].of(edit)
        assert (list(found[0]), list(found[1])) == (left, right), name
    exchanged = Edit(S=(7, 8), R=(7, 5), origins=(0, 1))
    assert PLACES["exchanged_places"].of(exchanged) == ([1], [1])
    assert PLACES["the_last_place"].of(Edit((7,), (7,), (0,))) == ((), ()), "where nothing changed nothing is compared"


@pytest.mark.filterwarnings("ignore:Using `assume`")  # outside a property test, where it holds
@pytest.mark.parametrize("pairs", [False, True])
@pytest.mark.parametrize("facts", [(ALL,), ("the first token",), ("the distance",), ("the token before",)])
@pytest.mark.parametrize("few", [False, True])
def test_arrays_agree_with_the_words_of_a_chapter(samples, pairs, facts, few):
    """The degree on arrays is the mean share of the assertion that the chapter has, law by law."""
    reader = SimpleReader(facts, few=few)
    if reader not in readers(pairs=pairs) and facts != (ALL,):
        return
    eyes = Eyes(LEXICON)
    for sampled in samples[::7]:
        for found in degrees(sampled, by_rule(sampled, [reader], eyes, pairs=pairs), pairs=pairs):
            shares = asserted(found.law, sampled.edits, AsHead(reader, eyes, pairs=pairs))
            assert found.met == len(shares)
            assert found.of[0] == pytest.approx(np.mean(shares)), found.law.name


def asserted(law, some, head):
    """The share of each edit that has the places, by the words themselves."""
    word = getattr(harness, law.compared.comparison.words[0])
    places = getattr(harness, law.compared.places.name)
    shares = []
    for edit in some:
        if places.of(edit)[1]:
            with agreements() as log:
                word(*places(head, edit))
            shares += [one.share for one in log]
    return shares


def test_names_are_sentences_of_their_own_and_fit_into_a_line():
    every = [law for setting in settings(text=True) for law in laws(setting)]
    assert len({law.name for law in every}) == len(every)
    assert all(len(f"def {law.name}(head, edit):") <= 120 for law in every)
    assert all(law.says.startswith("When ") and law.says.endswith(".") for law in every)
    assert {word for law in every for word in law.words} <= set(harness.__all__)


def test_who_adds_a_transformation_and_a_relation_has_laws_of_them(monkeypatch):
    monkeypatch.setattr("harness.discovery.transformation.TRANSFORMATIONS", dict(TRANSFORMATIONS))
    monkeypatch.setattr("harness.discovery.law.TRANSFORMATIONS", _Merged := dict(TRANSFORMATIONS))

    @transformation("every second token is dropped")
    def dropping_every_second_token(draw, S):
        return kept(S)[::2]

    try:
        _Merged["dropping_every_second_token"] = dropping_every_second_token
        (law, *_) = laws(Setting("dropping_every_second_token", "random"))
        assert law.name == "dropping_every_second_token_keeps_the_last_reading"
        assert law.says == "When every second token is dropped, the last position keeps its reading."
        with drawing_from(LEXICON):
            edit = sample(edits(dropping_every_second_token, words(min_length=5, max_length=5)), seed=0)
        assert edit.origins == (0, 2, 4)
    finally:
        TRANSFORMATIONS.pop("dropping_every_second_token", None)


@pytest.mark.parametrize(
    ("says", "over", "named"),
    [
        ("a token is dropped.", ("random",), "nothing_yet"),
        ("", ("random",), "nothing_yet"),
        ("a token is dropped", ("verse",), "nothing_yet"),
        ("a token is dropped", ("random",), "reversing"),
    ],
)
def test_a_transformation_that_is_written_wrong_is_refused(says, over, named):
    def make(draw, S):
        return kept(S)

    make.__name__ = named
    with pytest.raises(ConjectureError, match=r"give|there is"):
        transformation(says, over=over)(make)
    assert "nothing_yet" not in TRANSFORMATIONS


@given(st.lists(st.integers(0, 9), min_size=4, max_size=9).map(tuple))
def test_pieces_of_a_whole_sequence_are_the_sequence(S):
    assert [piece.token for piece in kept(S)] == list(S)
    assert kept(S, 1) == [Piece(token, i) for i, token in enumerate(S)][1:]


def test_kinds_of_sequence_are_all_there():
    assert tuple(SEQUENCES) == ANY
    assert not any(setting.over == TEXT for setting in settings(text=False))
    assert len(RELATIONS) * 2 >= sum(1 for _ in laws(Setting("reversing", "random")))
    assert isinstance(next(laws(Setting("reversing", "random"))), Law)
