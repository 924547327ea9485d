"""Checkpoints by a pattern: which folders, and in which order."""

import pytest

from harness.errors import ModelError
from harness.models.checkpoints import expanded, is_pattern, natural, refuse_pattern, series


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Three checkpoints, a folder that is none, and a file, in the current folder."""
    for name in ("step-10", "step-9", "step-100", "step-none"):
        (tmp_path / "runs" / name).mkdir(parents=True)
        if name != "step-none":
            (tmp_path / "runs" / name / "config.json").write_text("{}")
    (tmp_path / "runs" / "step-1.log").write_text("loss")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "runs"


@pytest.mark.parametrize("written", ["runs/step-*", "runs/step-[19]*", "runs/*", "r?ns/step-*", "./runs/step-*/"])
def test_folders_of_models_in_the_order_of_their_numbers(folders, written):
    found = [name.removeprefix("./") for name in expanded(written)]
    assert found == ["runs/step-9", "runs/step-10", "runs/step-100"]
    assert expanded(str(folders / "step-*")) == [str(folders / name[5:]) for name in found]


def test_a_home_folder_is_found(folders, monkeypatch):
    monkeypatch.setenv("HOME", str(folders.parent))
    assert expanded("~/runs/step-9*") == [str(folders / "step-9")]


def test_a_single_match_is_a_list_of_one_and_any_other_name_itself(folders):
    assert expanded("runs/step-[9]") == ["runs/step-9"]
    for name in ("gpt2", "smollm2-135m", "runs/step-9", "org/name@main"):
        assert expanded(name) == [name]


def test_a_folder_that_is_called_so_is_no_pattern(folders):
    (folders / "step-[9]").mkdir()
    assert not is_pattern("runs/step-[9]")
    assert expanded("runs/step-[9]") == ["runs/step-[9]"]
    refuse_pattern("runs/step-[9]")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("runs/stop-*", "'runs/stop-*': no folder matches that has a config.json; give a pattern"),
        ("runs/step-n*", "'runs/step-n*': no folder of the 1 places that match has a config.json; give a pattern"),
    ],
)
def test_no_match_is_refused_with_what_to_do(folders, written, said):
    with pytest.raises(ModelError) as refused:
        expanded(written)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_one_model_is_not_several(folders):
    with pytest.raises(ModelError, match=r"this is a pattern, but only one model is allowed here; .* 'headlaws sweep'"):
        refuse_pattern("runs/step-*")
    refuse_pattern("runs/step-9")


def test_words_that_differ_in_numbers_alone_are_in_their_order_and_others_as_given(folders):
    assert series(["runs/step-10", "runs/step-100", "runs/step-9"]) == ["runs/step-9", "runs/step-10", "runs/step-100"]
    assert series(["runs/step-10", "gpt2", "runs/step-9"]) == ["runs/step-10", "gpt2", "runs/step-9"]
    assert series(["runs/step-9/", "runs/step-*"]) == ["runs/step-9", "runs/step-10", "runs/step-100"]


def test_numbers_of_any_length_sort():
    names = [f"run{a}/step-{b}" for a in (2, 10) for b in (1, 3, 20, 0)]
    assert sorted(names, key=natural) == [f"run{a}/step-{b}" for a in (2, 10) for b in (0, 1, 3, 20)]
