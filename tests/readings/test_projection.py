"""Ways: what each projection is defined for, and what is known of it, checked against changes of basis by hand."""

from types import SimpleNamespace

import pytest
import torch

from harness.errors import AddressError
from harness.readings.activations import pairs
from harness.readings.decoder import way_out
from harness.readings.projection import Projection
from harness.records.address import COMPONENTS, Address

DEFINED = [(way, component) for way in Projection for component in COMPONENTS if way.defined_for(component)]
D_HEAD, D_MODEL = 4, 7


def test_only_the_circuit_of_qk_is_not_defined():
    assert {(way, part) for way in Projection for part in COMPONENTS} - set(DEFINED) == {(Projection.CIRCUIT, "qk")}
    with pytest.raises(AddressError, match="not defined for component qk; use output or seed, or another component"):
        Projection.CIRCUIT.check("qk")


def test_a_projection_goes_by_its_name():
    assert Projection.named("seed") is Projection.SEED
    with pytest.raises(
        AddressError, match="--projection 'ouput': this projection is not known; choose from output, seed, circuit"
    ):
        Projection.named("ouput")


@pytest.mark.parametrize(("way", "component"), DEFINED)
def test_a_reading_is_independent_of_the_basis_just_where_it_says_so(way, component):
    """Q and K, V and O in another basis: the model computes the same; does the projected vector stay?"""
    generator = torch.Generator().manual_seed(1)

    def random(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    W = {
        "Q": random(D_MODEL, D_HEAD),
        "K": random(D_MODEL, D_HEAD),
        "V": random(D_MODEL, D_HEAD),
        "O": random(D_HEAD, D_MODEL),
    }
    A, B = random(D_HEAD, D_HEAD), random(D_HEAD, D_HEAD)
    other = {"Q": W["Q"] @ A, "K": W["K"] @ torch.linalg.inv(A).T, "V": W["V"] @ B, "O": torch.linalg.inv(B) @ W["O"]}
    x = random(3, D_MODEL)

    def projected(W):
        backbone = SimpleNamespace(**{f"W_{name}": (lambda layer, head, m=matrix: m) for name, matrix in W.items()})
        c = {
            "q": x @ W["Q"],
            "k": x @ W["K"],
            "v": x @ W["V"],
            "z": torch.ones(3, 3, dtype=torch.float64).tril() @ x @ W["V"],
        }
        vectors = pairs(c["q"], c["k"]) if component == "qk" else c[component]
        return vectors @ way_out(backbone, Address(0, 0), component, way)

    before, after = projected(W), projected(other)
    assert torch.allclose(before, after, rtol=1e-9) == way.gauge_free(component)


def test_equal_names_mean_equal_matrices():
    backbone = SimpleNamespace(
        **{
            f"W_{name}": (lambda layer, head, shape=shape, n=n: torch.arange(28.0).reshape(shape) + n)
            for n, (name, shape) in enumerate({"Q": (7, 4), "K": (7, 4), "V": (7, 4), "O": (4, 7)}.items())
        }
    )
    by_name = {}
    for way, component in DEFINED:
        matrix = way_out(backbone, Address(0, 0), component, way)
        assert matrix.shape == (D_HEAD, D_MODEL)
        assert torch.equal(by_name.setdefault(way.matrix(component), matrix), matrix)
    assert len(by_name) == 4


def test_pairs_stand_row_after_row():
    q, k = torch.tensor([[1.0], [10.0], [100.0]]), torch.tensor([[2.0], [3.0], [5.0]])
    assert pairs(q, k)[:, 0].tolist() == [2, 20, 30, 200, 300, 500]
