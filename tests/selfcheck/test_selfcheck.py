"""`headlaws selfcheck`: right where the instrument is right, and loud where anything in it is broken."""

import json
import sys
from dataclasses import replace

import pytest
import torch
from click.testing import CliRunner

from harness.cli import headlaws, main
from harness.cli.selfcheck import NAMES
from harness.readings.decoding import top_two
from harness.readings.model import Model
from harness.selfcheck.checks import CheckedModel
from harness.selfcheck.run import CHECKS, Result, examine, judgement

pytestmark = pytest.mark.slow

READINGS = ("device", "exactness", "determinism", "basis")


class Wrapped:
    """A backbone that does one thing wrong, on its device alone or in float64 as well."""

    def __init__(self, backbone, *, everywhere=False):
        self._backbone, self._everywhere = backbone, everywhere
        self.fingerprint = f"{backbone.fingerprint}/{type(self).__name__}"

    def __getattr__(self, name):
        return getattr(self._backbone, name)

    def activations(self, ids, layers, lengths=None):
        return {layer: self.broken(made) for layer, made in self._backbone.activations(ids, layers).items()}

    def in_float64(self):
        backbone = self._backbone.in_float64()
        return type(self)(backbone, everywhere=True) if self._everywhere else backbone


class Honest(Wrapped):
    def broken(self, made):
        return made


class Disturbed(Wrapped):
    """Queries a thousandth off, as a product in too few digits would leave them."""

    def broken(self, made):
        noise = torch.randn(made.q.shape, generator=torch.Generator().manual_seed(0), dtype=made.q.dtype)
        return replace(made, q=made.q + 1e-3 * made.q.norm(dim=-1, keepdim=True) * noise)


class Gibberish(Wrapped):
    """One token's column of the unembedding comes out large."""

    def broken(self, made):
        return made

    @property
    def W_U(self):
        found = self._backbone.W_U.clone()
        found[:, 7] = 9 * found.abs().sum(1) * found[:, 1].sum().sign()
        return found


class Unmasked(Wrapped):
    """Each position sees those after it."""

    def broken(self, made):
        scores = torch.einsum("bqhd,bkhd->bhqk", made.q, made.k) / made.q.shape[-1] ** 0.5
        pattern = scores.softmax(-1)
        return replace(made, pattern=pattern, z=torch.einsum("bhqk,bkhd->bqhd", pattern, made.v))


class Batched(Wrapped):
    """The first sequence of a batch of several gets the second one's values."""

    def broken(self, made):
        if len(made.v) < 2:
            return made
        return replace(made, v=torch.cat([made.v[1:2], made.v[1:]]))


def mistaken(found):
    """A decode that gives the runner-up for every seventh vector, and calls it safe."""
    tokens = found.tokens.clone()
    tokens[::7] = found.runners_up[::7]
    return replace(found, tokens=tokens)


def failing(subject, names):
    return [result.name for result in examine(subject, names) if not result.right]


@pytest.mark.parametrize("name", [name for name in NAMES if name != "calibration"])
def test_each_check_is_right_on_an_instrument_that_is(specimen, name):
    (result,) = examine(CheckedModel(Model(Honest(specimen.backbone)), specimen.in_float64), [name])
    assert result.right, result
    assert result.n >= 9


@pytest.mark.parametrize(
    ("kind", "names", "caught"),
    [
        (Disturbed, ("device", "exactness"), ["device"]),
        (Gibberish, ("device", "exactness"), ["device"]),
        (Unmasked, ("device", "exactness"), ["device"]),
        (Batched, ("determinism",), ["determinism"]),
    ],
)
def test_a_device_that_computes_wrongly_is_caught_and_named(specimen, kind, names, caught):
    assert failing(CheckedModel(Model(kind(specimen.backbone)), specimen.in_float64), names) == caught


@pytest.mark.thorough
def test_a_library_that_drops_the_causal_mask_in_every_dtype_is_caught_by_the_controls(specimen):
    model = Model(Unmasked(specimen.backbone, everywhere=True))
    assert failing(CheckedModel(model, model.in_float64), ("device", "controls")) == ["controls"]


def test_a_decode_that_is_wrong_for_some_rows_is_caught_by_more_than_one(specimen, monkeypatch):
    monkeypatch.setattr(
        "harness.readings.decoder.top2", lambda vectors, folded, **how: mistaken(top_two.top2(vectors, folded, **how))
    )
    monkeypatch.setattr("harness.selfcheck.checks.load_model", lambda name: Model(specimen.backbone))
    subject = CheckedModel(Model(specimen.backbone), specimen.in_float64)
    assert {"specimens", "exactness"} <= set(failing(subject, ("specimens", "exactness")))


def test_a_basis_that_is_not_undone_is_caught_by_the_gauge(specimen, monkeypatch):
    monkeypatch.setattr("harness.readings.checks.gauge.Regauged.W_O", lambda self, *at: self._backbone.W_O(*at))
    subject = CheckedModel(Model(specimen.backbone), specimen.in_float64)
    assert failing(subject, ("gauge",)) == ["gauge"]


def test_a_verdict_that_is_surer_than_it_may_be_is_caught_by_the_calibration(specimen, monkeypatch):
    from harness.trials import calibration
    from harness.trials.verdict import figures

    def uncorrected(cell, **more):
        return figures(cell, **{**more, "family": 1})

    monkeypatch.setattr("harness.selfcheck.checks.QUICK", 60)
    subject = CheckedModel(specimen, specimen.in_float64)
    assert failing(subject, ("calibration",)) == []
    sloppy = calibration.Instrument(figures=uncorrected)
    monkeypatch.setattr(
        "harness.selfcheck.checks.calibrate",
        lambda families: calibration.calibrate(families=families, instrument=sloppy),
    )
    assert failing(subject, ("calibration",)) == ["calibration"]


def test_a_check_that_breaks_or_compares_nothing_fails(specimen, monkeypatch):
    class Raising(Wrapped):
        def broken(self, made):
            raise RuntimeError("no kernel\nfor this")

    (result,) = examine(CheckedModel(Model(Raising(specimen.backbone)), specimen.in_float64), ["exactness"])
    assert (result.right, result.n, result.where) == (False, 0, "RuntimeError: no kernel for this")
    monkeypatch.setattr("harness.selfcheck.checks.BEHAVIOURS", ())
    (empty,) = examine(CheckedModel(specimen, specimen.in_float64), ["specimens"])
    assert (empty.right, empty.where) == (False, "nothing could be compared")


# The command


def run(*arguments):
    return CliRunner().invoke(headlaws, ["selfcheck", *arguments], standalone_mode=False)


def test_the_command_knows_every_check():
    assert tuple(check.name for check in CHECKS) == NAMES


def test_one_table_and_a_plain_last_line_no_wider_than_80():
    done = run("--model", "specimen", *(word for name in READINGS for word in ("--only", name)))
    assert (done.return_value, done.exception) == (0, None)
    lines = done.output.splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert lines[-1] == "All right: everything that was checked can be trusted on this machine."
    for name in READINGS:
        assert any(line.split()[:1] == [name] and "right" in line for line in lines)


def test_on_a_device_whose_results_are_wrong_it_fails_loudly_and_names_the_check(specimen, monkeypatch):
    def load(name, *, dtype="float32", device="cpu", checking=True):
        return specimen.in_float64 if dtype == "float64" else Model(Disturbed(specimen.backbone))

    monkeypatch.setattr("harness.readings.loading.load_model", load)
    done = run("--model", "specimen", "--only", "device", "--only", "exactness")
    assert (done.return_value, done.exception) == (1, None)
    assert "WRONG" in done.output
    assert " ".join(done.output.split()).endswith(
        "NOT RIGHT. device: distrust this device or dtype: use --device cpu --dtype float32 (first: 0.0-q)."
    )
    told = json.loads(run("--model", "specimen", "--only", "device", "--json").output)
    assert (told["right"], told["checks"][0]["name"]) == (False, "device")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--model", "specimen", "--only", "nope"), "nope"),
        (("--model", "specimen", "--device", "nope"), "specimen is exact"),
        (("--dtype", "int3"), "int3"),
    ],
)
def test_a_wrong_argument_is_one_line_and_status_4(arguments, says, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["headlaws", "selfcheck", *arguments])
    with pytest.raises(SystemExit) as left:
        main()
    out, err = capsys.readouterr()
    assert (left.value.code, out) == (4, "")
    assert says in err
    assert err.count("\n") == 1


def test_nothing_is_downloaded_unasked(monkeypatch):
    from harness.cli import selfcheck

    monkeypatch.setattr("harness.models.sources.smollm2.in_cache", lambda: False)
    assert selfcheck.cached() == "specimen"


def test_the_judgement_names_every_check_that_failed():
    one = Result("a", "", 1, 1, "here", "this", 0.0)
    assert judgement([one, replace(one, name="b", distrust="that")]) == (
        "NOT RIGHT. a: distrust this (first: here). b: distrust that (first: here)."
    )


@pytest.mark.thorough
@pytest.mark.real
def test_all_is_right_with_the_default_model_here():
    done = run("--model", "smollm2-135m")
    assert (done.return_value, done.exception) == (0, None), done.output
