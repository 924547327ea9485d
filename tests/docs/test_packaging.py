"""The package: its licence text, its metadata, and each upper bound on a dependency with the reason why it stands."""

import ast
import importlib.metadata
import inspect
import tomllib
import zipfile

import pytest
from packaging.requirements import Requirement

from tests.support.documents import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NEEDED = {(one := Requirement(line)).name: one for line in PROJECT["dependencies"]}


def leans_on_internals_of_hypothesis():
    """The bound may go when no module imports hypothesis.internal or a private strategy any more."""
    tree = ast.parse((ROOT / "harness" / "laws" / "sampling.py").read_text(encoding="utf-8"))
    names = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return any(name.startswith(("hypothesis.internal", "hypothesis.strategies._internal")) for name in names)


def prepares_with_transformer_lens():
    """The bound may go when models are prepared without TransformerLens."""
    return "transformer_lens" in (ROOT / "harness" / "models" / "bridge.py").read_text(encoding="utf-8")


def makes_models_from_configurations():
    """The bound may go when no module looks into transformers' models."""
    return any("transformers" in file.read_text("utf-8") for file in (ROOT / "harness" / "models").rglob("*.py"))


def pulls_cuda():
    """The pin may go when torch from the package index no longer needs CUDA on Linux."""
    version = importlib.metadata.version("torch")
    if "+" in version:
        pytest.skip(f"torch {version} is not from the package index, so it does not show what that one needs")
    return any("cuda" in line or "nvidia" in line for line in importlib.metadata.requires("torch") or ())


BOUNDED = {
    "hypothesis": leans_on_internals_of_hypothesis,
    "transformer-lens": prepares_with_transformer_lens,
    "transformers": makes_models_from_configurations,
    "torch": pulls_cuda,
}


def test_every_upper_bound_has_a_reason():
    bounded = {
        name for name, one in NEEDED.items() if any(part.operator in ("==", "<", "<=", "~=") for part in one.specifier)
    }
    assert bounded <= set(BOUNDED)


@pytest.mark.parametrize("name", sorted(BOUNDED))
def test_the_reason_of_an_upper_bound_still_stands(name):
    if not any(part.operator in ("==", "<", "<=", "~=") for part in NEEDED[name].specifier):
        pytest.skip(f"{name} has no upper bound")
    assert BOUNDED[name](), f"{name}: its upper bound may go"


def test_the_internals_of_hypothesis_are_as_sampling_needs_them():
    from hypothesis import given
    from hypothesis.internal.conjecture.providers import PrimitiveProvider
    from hypothesis.strategies import integers

    assert {"min_value", "max_value", "weights", "shrink_towards"} <= set(
        inspect.signature(PrimitiveProvider.draw_integer).parameters
    )
    assert {"p"} <= set(inspect.signature(PrimitiveProvider.draw_boolean).parameters)
    test = given(x=integers())(lambda x: None)
    assert set(test.hypothesis._given_kwargs) == {"x"}
    assert callable(test.hypothesis.inner_test)


def test_what_is_installed_is_what_the_package_asks_for():
    for name, one in NEEDED.items():
        assert one.specifier.contains(importlib.metadata.version(name), prereleases=True), name


def test_the_docs_name_the_torch_that_the_package_asks_for():
    page = (ROOT / ".github" / "docs" / "how-to" / "gpus.md").read_text(encoding="utf-8")
    named = page.partition("pip install torch==")[2].split()[0]
    assert NEEDED["torch"].specifier.contains(named)


def test_every_python_that_is_promised_has_an_environment_of_tox():
    promised = {line.rpartition(" ")[2] for line in PROJECT["classifiers"] if "Python :: 3." in line}
    assert promised == {"3.11", "3.12", "3.13"}
    tox = (ROOT / "tox.ini").read_text(encoding="utf-8")
    assert "[testenv:py{312,313}]" in tox
    assert PROJECT["requires-python"] == ">=3.11"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel as `python -m build` does."""
    builder = pytest.importorskip("hatchling.builders.wheel").WheelBuilder(str(ROOT))
    (made,) = builder.build(directory=str(tmp_path_factory.mktemp("dist")), versions=["standard"])
    return zipfile.ZipFile(made)


def test_the_wheel_carries_the_licence_and_the_metadata(wheel):
    names = wheel.namelist()
    texts = {name.partition("licenses/")[2] for name in names if "licenses/" in name}
    assert texts == {".github/LICENSE", "reports/assets/LICENSES.txt"}
    (metadata,) = (name for name in names if name.endswith("METADATA"))
    said = wheel.read(metadata).decode()
    assert "License-Expression: MIT\n" in said
    assert "Keywords: attention," in said


def test_the_wheel_has_what_runs_need_and_no_tests(wheel):
    names = set(wheel.namelist())
    for needed in (
        "properties/repetition.py",
        "harness/records/schema.sql",
        "reports/assets/site.js",
        "reports/py.typed",
    ):
        assert needed in names
    assert not [name for name in names if name.startswith(("tests/", ".github/")) or "node_modules" in name]


def test_the_citation_names_this_version():
    text = (ROOT / ".github" / "CITATION.bib").read_text(encoding="utf-8")
    assert text.startswith("@software{")
    assert text.count("{") == text.count("}")
    assert f"version = {{{PROJECT['version']}}}" in text


@pytest.mark.parametrize("name", ["test.yml", "nightly.yml"])
def test_the_workflows_run_what_is_there(name):
    yaml = pytest.importorskip("yaml")
    text = (ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8")
    jobs = yaml.safe_load(text)["jobs"]
    lines = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    assert any(".ci/run" in line if name == "test.yml" else "headlaws nightly" in line for line in lines)
    assert (ROOT / ".ci" / "run").exists()
