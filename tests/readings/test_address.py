"""Addresses: everything that may be written after --head, and what is said of everything else."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import AddressError
from harness.records.address import COMPONENTS, Address, addresses, components


def named(*written, n_layers=6, n_heads=4):
    return [str(address) for address in addresses(written, n_layers=n_layers, n_heads=n_heads, model="m")]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (["0.0"], ["0.0"]),
        (["5.3"], ["5.3"]),
        (["0.*"], ["0.0", "0.1", "0.2", "0.3"]),
        (["*.3"], ["0.3", "1.3", "2.3", "3.3", "4.3", "5.3"]),
        (["2-3.0-1"], ["2.0", "2.1", "3.0", "3.1"]),
        (["2-2.1"], ["2.1"]),
        (["1.1", "0.*", "1.1"], ["0.0", "0.1", "0.2", "0.3", "1.1"]),
        ([], []),
    ],
)
def test_a_specification_names_its_heads_each_once_in_order(written, expected):
    assert named(*written) == expected


def test_all_is_every_head():
    assert named("all") == named("*.*") == [f"{layer}.{head}" for layer, head in product(range(6), range(4))]


def test_order_is_by_number_and_not_by_text():
    assert named("*.0", n_layers=12)[1:3] == ["1.0", "2.0"]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 40), st.integers(0, 40))
def test_what_an_address_says_names_it(layer, head):
    assert named(str(Address(layer, head)), n_layers=41, n_heads=41) == [f"{layer}.{head}"]


@pytest.mark.parametrize(
    "written",
    ["", "foo", "0", "0.", ".0", "0.0.0", "-1.0", "1.-1", "0,0", " 0.0", "0.0 ", "1-.0", "ALL", "0.0\n", "1e3.0"],
)
def test_what_is_no_head_is_told_how_one_is_written(written):
    with pytest.raises(AddressError, match=r"write layer\.head") as refused:
        named(written)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("6.0", "layer 6 does not exist; m has layers 0-5. Did you mean '5.0'?"),
        ("99.9", "layer 99 does not exist; m has layers 0-5. Did you mean '5.3'?"),
        ("0.4", "head 4 does not exist; m has heads 0-3. Did you mean '0.3'?"),
        ("*.4", "head 4 does not exist; m has heads 0-3. Did you mean '0.3'?"),
        ("4-6.1", "layer 6 does not exist; m has layers 0-5. Did you mean '4.1'?"),
        ("3-2.0", "the range runs backwards; write the smaller number first."),
        ("0.3-1", "the range runs backwards; write the smaller number first."),
        (f"0.0-{10**30}", "does not exist"),
    ],
)
def test_a_head_that_is_not_there_is_told_the_nearest_that_is(written, says):
    with pytest.raises(AddressError) as refused:
        named(written)
    assert str(refused.value).startswith(f"--head {written!r}: ")
    assert says in str(refused.value)


def test_what_is_suggested_can_be_asked_for():
    with pytest.raises(AddressError, match=r"m has layer 0 only\. Did you mean '0\.0'") as refused:
        named("3.7", n_layers=1, n_heads=1)
    assert named(str(refused.value).split("'")[-2], n_layers=1, n_heads=1) == ["0.0"]


def test_components_come_each_once_in_the_order_in_which_they_are_shown():
    assert components(["qk", "v q", "z,v", ""]) == ("q", "v", "z", "qk")
    assert components(COMPONENTS[::-1]) == COMPONENTS


@pytest.mark.parametrize("written", ["w", "Q", "q w", "kq"])
def test_what_is_no_component_is_told_what_is(written):
    with pytest.raises(AddressError, match=r"this component is not known; choose from q, k, v, z, qk\."):
        components([written])
