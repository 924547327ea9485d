"""Null models: the architecture stays, what was learnt goes; made once, told apart by what they are made of."""

import json
import shutil
from pathlib import Path

import pytest
import torch

from harness.errors import CacheError, ModelError
from harness.models import cache, catalogue
from harness.models.backbone import Backbone
from harness.models.network import Network
from harness.models.nulls import null_models, null_weights
from harness.models.nulls.null_models import Kind, Null

pytestmark = pytest.mark.slow

IDS = torch.randint(50, (2, 9), generator=torch.Generator().manual_seed(0))
SPECTRA = ("W_Q", "W_K", "W_V", "W_O")
BOTH = pytest.mark.parametrize("which", ["tiny_gpt2", "tiny_llama"])


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HEADLAWS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def path(which: str, request: pytest.FixtureRequest) -> Path:
    found: Path = request.getfixturevalue(which)
    return found


def made(path: Path) -> tuple[Backbone, dict[Kind, Null]]:
    backbone = catalogue.boot(str(path))
    return backbone, catalogue.nulls(str(path), backbone)


@BOTH
def test_shape_preparation_and_tokens_stay_and_the_fingerprint_does_not(path: Path, place: Path) -> None:
    backbone, found = made(path)
    loaded = {kind: null.load() for kind, null in found.items()}
    assert set(loaded) == set(Kind)
    for kind, null in loaded.items():
        assert (null.shape, null.preparation) == (backbone.shape, backbone.preparation)
        assert (null.bos, null.special) == (backbone.bos, backbone.special)
        assert null.fingerprint == found[kind].fingerprint
        for layer in null.activations(IDS, range(3)).values():
            assert bool(torch.isfinite(layer.z).all())
    assert len({backbone.fingerprint, *(null.fingerprint for null in loaded.values())}) == 3


@BOTH
def test_every_block_of_a_head_keeps_its_spectrum_and_turns_its_vectors(path: Path, place: Path) -> None:
    """Of the plain weights: preparation folds the norms in afterwards, as it does for the model."""
    null_weights.save_rotated(path, place / "plain", seed=null_models.SEED)
    from harness.models.bridge import attention_of
    from harness.models.transformers_model import load

    attention, outputs, d_head = attention_of(path)
    assert (len(attention), len(outputs), d_head) == (3, 3, 8)
    before, after = dict(load(path).named_parameters()), dict(load(place / "plain").named_parameters())
    assert list(before) == list(after)
    turned = 0
    for name, old in before.items():
        new = after[name]
        if old.ndim < 2:
            assert torch.equal(old, new)
            continue
        heads = blocks(name, old, new, attention, outputs)
        for one, other in heads:
            torch.testing.assert_close(torch.linalg.svdvals(one), torch.linalg.svdvals(other), rtol=1e-4, atol=1e-6)
            assert not torch.allclose(one, other, atol=1e-2)
        turned += len(heads) > 1
    assert turned == (2 * 3 if "gpt2" in path.name else 4 * 3)


def blocks(
    name: str, old: torch.Tensor, new: torch.Tensor, attention: set[str], outputs: set[str]
) -> list[tuple[torch.Tensor, torch.Tensor]]:
    module = name.removesuffix(".weight")
    if not any(module.startswith(f"{within}.") for within in attention):
        return [(old, new)]
    inputs_first = module.endswith(("c_attn", "c_proj"))
    axis = int((module in outputs) != inputs_first)
    return list(zip(old.split(8, axis), new.split(8, axis), strict=True))


def test_tied_embeddings_stay_tied(tiny_llama: Path, place: Path) -> None:
    from harness.models.transformers_model import load

    for save in (null_weights.save_random, null_weights.save_rotated):
        save(tiny_llama, place / save.__name__, seed=0)
        model = load(place / save.__name__)
        assert model.lm_head.weight is model.model.embed_tokens.weight


def test_a_seed_gives_the_same_weights_and_leaves_the_callers_random_state(tiny_llama: Path, place: Path) -> None:
    from harness.models.fingerprint import weights_sha256

    state = torch.get_rng_state()
    sums = []
    for number, seed in enumerate((0, 0, 1)):
        for save in (null_weights.save_random, null_weights.save_rotated):
            into = place / f"{number}-{save.__name__}"
            save(tiny_llama, into, seed=seed)
            sums.append(weights_sha256(into))
    assert torch.equal(torch.get_rng_state(), state)
    assert sums[:2] == sums[2:4]
    assert not set(sums[:2]) & set(sums[4:])


def test_random_weights_are_the_architectures_own_initialisation(tiny_llama: Path, place: Path) -> None:
    from harness.models.transformers_model import load

    null_weights.save_random(tiny_llama, place / "random", seed=0)
    weights = dict(load(place / "random").named_parameters())
    assert float(weights["model.layers.1.mlp.up_proj.weight"].detach().std()) == pytest.approx(0.02, rel=0.1)
    assert bool((weights["model.norm.weight"] == 1).all())


def test_they_are_made_once(tiny_llama: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, first = made(tiny_llama)
    monkeypatch.setattr(null_weights, "save_rotated", None)
    monkeypatch.setattr(null_weights, "save_random", None)
    _, again = made(tiny_llama)
    assert {kind: null.fingerprint for kind, null in first.items()} == {
        kind: null.fingerprint for kind, null in again.items()
    }
    assert sorted(path.name.split("-")[1] for path in place.glob("null-*") if path.is_dir()) == ["random", "rotated"]


def test_what_another_configuration_makes_of_the_same_weights_is_another_null(
    tiny_llama: Path, place: Path, tmp_path: Path
) -> None:
    other = Path(shutil.copytree(tiny_llama, tmp_path / "other"))
    config = json.loads((other / "config.json").read_text())
    config["rms_norm_eps"] = 0.1
    (other / "config.json").write_text(json.dumps(config))
    assert not {null.fingerprint for null in made(tiny_llama)[1].values()} & {
        null.fingerprint for null in made(other)[1].values()
    }


def test_weights_that_changed_since_they_were_loaded_are_refused(tiny_llama: Path, place: Path, tmp_path: Path) -> None:
    copied = Path(shutil.copytree(tiny_llama, tmp_path / "copied"))
    backbone = catalogue.boot(str(copied))
    null_weights.save_random(tiny_llama, copied, seed=5)
    with pytest.raises(ModelError, match="its weights changed after they were loaded"):
        catalogue.nulls(str(copied), backbone)


def test_a_damaged_null_is_refused_in_one_line(tiny_llama: Path, place: Path) -> None:
    made(tiny_llama)
    (weights,) = place.glob("null-rotated-*/model.safetensors")
    weights.write_bytes(weights.read_bytes()[:-9])
    with pytest.raises(CacheError, match="is damaged"):
        made(tiny_llama)


@pytest.mark.parametrize("error", [KeyError(140), ModelError("odd.")])
def test_an_architecture_that_cannot_be_told_apart_is_refused_in_one_line(
    tiny_llama: Path, place: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(source: Path) -> None:
        raise error

    monkeypatch.setattr(null_weights, "attention_of", fail)
    with pytest.raises(
        ModelError, match=r"^the null with rotated weights cannot be made from .*llama \((Key|Model)Error"
    ):
        made(tiny_llama)
    assert not list(place.glob("null-rotated-*.part"))


def test_what_is_left_of_other_versions_goes(tiny_llama: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(tiny_llama)
    monkeypatch.setattr(null_models.fingerprint, "versions", lambda: {"torch": "another"})
    made(tiny_llama)
    assert len([path for path in place.glob("null-*") if path.is_dir()]) == 2
    assert all(cache.check(path) for path in place.glob("null-*") if path.is_dir())


@pytest.fixture
def gained(tiny_llama: Path, tmp_path: Path) -> Path:
    """The tiny Llama with gains that say something."""
    from harness.models.transformers_model import load

    model = load(tiny_llama)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 1:
                parameter.copy_(torch.linspace(0.5, 2.0, len(parameter)))
    model.save_pretrained(tmp_path / "gained")
    return tmp_path / "gained"


def halves(path: Path, kind: str = "default") -> dict[Kind, Null]:
    """As the default model's are made: of its prepared weights, in half precision."""
    from harness.models import bridge, folds, unembedding
    from harness.models.transformers_model import load

    stored = path.parent / "stored"
    if not stored.exists():
        prepared = catalogue.boot(str(path))
        assert isinstance(prepared, Network)
        stored.mkdir()
        weights, config = bridge.plain_weights(prepared.bridge), prepared.bridge.original_model.config
        unembedding.save(config, weights, stored, gains=folds.gains(load(path)))
    backbone = catalogue.boot(str(path), preparation=kind)
    assert isinstance(backbone, Network)
    return null_models.of_stored(stored, backbone)


@pytest.mark.parametrize("kind", ["default", "none"])
def test_in_half_precision_they_are_the_same_up_to_its_rounding(gained: Path, place: Path, kind: str) -> None:
    backbone = catalogue.boot(str(gained), preparation=kind)
    whole = {name: null.load() for name, null in catalogue.nulls(str(gained), backbone).items()}
    half = halves(gained, kind)
    for name, one in whole.items():
        other = half[name].load()
        assert (other.shape, other.preparation, other.dtype) == (one.shape, one.preparation, torch.float32)
        assert half[name].fingerprint == other.fingerprint != one.fingerprint
        for head in range(4):
            for W in SPECTRA:
                left, right = getattr(one, W)(1, head), getattr(other, W)(1, head)
                torch.testing.assert_close(left, right, rtol=2**-11, atol=1e-6)
                before, after = torch.linalg.svdvals(left), torch.linalg.svdvals(right)
                assert float((before - after).abs().max()) < 5e-4 * float(before[0])
        torch.testing.assert_close(one.W_E, other.W_E, rtol=2**-11, atol=1e-6)
        torch.testing.assert_close(one.W_U, other.W_U, rtol=0, atol=2**-10 * float(one.W_U.abs().max()))
        for layer, found in other.activations(IDS, range(3)).items():
            expected = one.activations(IDS, [layer])[layer].z
            torch.testing.assert_close(found.z, expected, rtol=0, atol=0.01 * float(expected.abs().max()))


def test_what_is_loaded_twice_is_the_same_model(gained: Path, place: Path) -> None:
    for null in halves(gained).values():
        one, other = null.load(), null.load()
        assert one.activations(IDS, [2])[2].z.equal(other.activations(IDS, [2])[2].z)


def test_in_half_precision_they_are_made_once(gained: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = halves(gained)
    monkeypatch.setattr(null_weights, "save_half", None)
    again = halves(gained)
    assert {kind: null.fingerprint for kind, null in first.items()} == {
        kind: null.fingerprint for kind, null in again.items()
    }


def test_those_of_an_older_version_go(gained: Path, place: Path) -> None:
    made(gained)  # as older versions had them: without a dtype in their record
    other = shutil.copytree(next(place.glob("null-random-*-*/")), place / "null-random-another-model")
    record = json.loads((other / cache.RECORD).read_text())
    record["details"]["of"] = "another"
    (other / cache.RECORD).write_text(json.dumps(record))
    halves(gained)
    kept = {path.name: cache.check(path).details for path in place.glob("null-*") if path.is_dir()}
    assert sorted(details.get("dtype", "") for details in kept.values()) == ["", "float16", "float16"]
    assert other.name in kept


def test_the_specimens_nulls_are_made_in_memory(place: Path) -> None:
    backbone = catalogue.boot("specimen")
    found = {kind: null.load() for kind, null in catalogue.nulls("specimen", backbone).items()}
    assert not place.exists()
    again = catalogue.nulls("specimen", backbone)
    for kind, null in found.items():
        assert null.shape == backbone.shape
        assert null.fingerprint == again[kind].fingerprint != backbone.fingerprint
    for head in range(8):
        for W in SPECTRA:
            old, new = getattr(backbone, W)(0, head), getattr(found[Kind.ROTATED], W)(0, head)
            before, after = torch.linalg.svdvals(old), torch.linalg.svdvals(new)
            # the largest is up to 45,000, others are 1: float32 cannot hold the small ones beside it
            torch.testing.assert_close(after, before, rtol=1e-4, atol=1e-5 * float(before.max()))
            assert not torch.allclose(new, old, atol=1e-2)
