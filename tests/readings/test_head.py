"""Heads of the specimen: they read what their definitions say, whichever way they are asked."""

import pytest

from harness.errors import AddressError, SequenceError
from harness.models.specimens.hand_built import BEHAVIOURS, expected
from harness.records.address import COMPONENTS

SEQUENCES = [(1, 2, 3, 1), (5,), (26, 26), (7, 3, 7, 3, 7)]
HEADS = [behaviour.head for behaviour in BEHAVIOURS]


@pytest.mark.parametrize("bos", [True, False])
@pytest.mark.parametrize("address", HEADS)
def test_every_component_reads_what_the_heads_definition_says(specimen, address, bos):
    head = specimen.head(address, bos=bos)
    for component in COMPONENTS:
        for ids, reading in zip(SEQUENCES, head.component(component).read(SEQUENCES), strict=True):
            truth = expected(address, component, ids, bos=bos)
            assert (reading.rows if component == "qk" else reading.rows[0]) == truth, (component, ids)
            assert not reading.near_ties.any()


def test_one_by_one_together_afresh_and_in_float64_are_the_same(specimen):
    head = specimen.head("0.7").component("qk")
    together = head.read(SEQUENCES)
    assert together == [head(ids) for ids in SEQUENCES]
    assert together == [head.afresh(ids) for ids in SEQUENCES]
    assert together == head.in_float64.read(SEQUENCES)
    assert head.read([]) == []


def test_a_heads_reading_holds_all_components_by_name(specimen):
    reading = specimen.head("0.1")((7, 9))
    assert list(reading) == list(COMPONENTS)
    assert len(reading) == 5
    for component in COMPONENTS:
        assert getattr(reading, component) is reading[component], "made once"
    assert reading.ids == (7, 9)
    with pytest.raises(KeyError):
        reading["w"]


def test_a_reading_knows_its_sequence(specimen):
    reading = specimen.head("0.1").component("v")([7, 9])
    assert reading.ids == reading.sequence == (7, 9)
    assert reading.margins.min() > 0
    assert (reading.runners_up != reading.tokens).all()


@pytest.mark.parametrize("ids", ["79", 5, (7, 1000), (), (7.5,)])
def test_what_is_no_sequence_is_refused_at_every_door(specimen, ids):
    head = specimen.head("0.1")
    for door in (head, head.component("v"), head.component("v").afresh, lambda ids: head.component("v").read([ids])):
        with pytest.raises(SequenceError):
            door(ids)


@pytest.mark.parametrize(
    ("name", "says"), [("w", "this component is not known"), ("q k", "names 2 components"), ("", "names 0 components")]
)
def test_a_component_is_one_and_has_a_name(specimen, name, says):
    with pytest.raises(AddressError, match=says):
        specimen.head("0.1").component(name)


def test_heads_show_themselves(specimen):
    head = specimen.head("0.1", projection="seed")
    assert repr(head) == "Head(0.1, 'specimen', projection='seed')"
    assert repr(head.component("qk")) == "head 0.1-qk"
    assert repr(head((7, 9))) == "HeadReading(0.1, ids=(7, 9))"
    assert (head.component("v").layer, head.component("v").gauge_free) == (0, False)
    assert specimen.head("0.1").component("v").gauge_free
