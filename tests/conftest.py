"""What all tests share. Tests that need the real language model are marked `real`, those that take long `slow`.

Both run only when asked for: `pytest -m 'real or slow'`. So do those marked `thorough`, which the check before landing
leaves out, `long`, which take half an hour, and `browser`, which need Chromium.
"""

import concurrent.futures.process  # noqa: F401  # runs inside tests forget what they import, and workers' classes must stay
import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest_plugins = ["pytester"]

APART = ("real", "slow", "thorough", "long", "browser")
"""Marks of tests that run only when asked for."""


@pytest.hookimpl(tryfirst=True)  # before xdist's own, which reads what is set here
def pytest_cmdline_main(config):
    """Share out plain `pytest` among the cores, one thread each: threads of several processes would spin in turn."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    plain = config.args_source is pytest.Config.ArgsSource.TESTPATHS and not hasattr(config, "workerinput")
    alone = config.option.collectonly or config.option.usepdb or getattr(config.option, "numprocesses", 0) is not None
    if plain and cores > 1 and not alone:
        config.option.numprocesses = cores
        config.option.dist = "worksteal"
        os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_collection_modifyitems(config, items):
    """Leave out the real model and what is slow unless `-m` asks for it: plain `pytest` downloads nothing."""
    if config.option.markexpr:
        return
    kept = [item for item in items if not any(map(item.get_closest_marker, APART))]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


@pytest.hookimpl(trylast=True)
def pytest_collection_finish():
    """Keep the garbage collector away from the libraries: tests ask it to look through all there is."""
    gc.freeze()


@pytest.fixture(scope="session")
def specimen():
    """The hand-built model."""
    from harness import load_model

    return load_model("specimen")


@pytest.fixture(scope="session")
def smollm2():
    """The default model."""
    from harness import load_model

    return load_model("smollm2-135m")


@pytest.fixture
def loaded_once(smollm2, monkeypatch):
    """Whoever loads the default model gets the weights that are there, in a model that has read nothing yet."""
    from harness.models import catalogue

    real = catalogue.boot

    def boot(name, **how):
        asked = {"dtype": "float32", "device": "cpu", "preparation": "default"} | how
        if (name, *asked.values()) == (catalogue.DEFAULT, "float32", "cpu", "default"):
            return smollm2.backbone
        return real(name, **how)

    monkeypatch.setattr(catalogue, "boot", boot)


@pytest.fixture(scope="session")
def saved_at_random(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Makes a model of random weights, saved as transformers saves them: no download, a fraction of a second."""

    def save(kind: Callable[[Any], Any], config: Any, name: str) -> Path:
        import torch

        from harness.models.silence import silence

        folder = tmp_path_factory.mktemp("tiny") / name
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            torch.manual_seed(0)
            model = kind(config)
            for parameter in model.parameters():  # norms and biases too, so that folding has something to fold
                parameter += 0.15 * torch.randn_like(parameter)
        with silence():  # a test may look at what the command itself says
            model.save_pretrained(folder)
        return folder

    return save


@pytest.fixture(scope="session")
def tiny_gpt2(saved_at_random: Callable[..., Path]) -> Path:
    """A GPT-2 of 3 layers x 4 heads, 50 tokens: absolute positions, LayerNorm, biases everywhere."""
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(
        n_layer=3, n_head=4, n_embd=32, vocab_size=50, n_positions=64, bos_token_id=0, eos_token_id=0, attn_pdrop=0.0
    )
    return saved_at_random(GPT2LMHeadModel, config, "gpt2")


@pytest.fixture(scope="session")
def tiny_llama(saved_at_random: Callable[..., Path]) -> Path:
    """A Llama of 3 layers x 4 heads in 2 groups, 50 tokens: rotary positions, RMS norm, no biases."""
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
        hidden_size=32,
        intermediate_size=48,
        vocab_size=50,
        max_position_embeddings=64,
        tie_word_embeddings=True,
    )
    return saved_at_random(LlamaForCausalLM, config, "llama")


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Gives `headlaws` arguments that it is to refuse, and what it says of them: one line, and exit status 4."""

    def ask(*arguments: str) -> str:
        from harness.cli import main

        monkeypatch.setattr(sys, "argv", ["headlaws", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        assert left.value.code == 4
        (line,) = capsys.readouterr().err.strip().splitlines()
        assert line.startswith("headlaws: ")
        return line

    return ask


@pytest.fixture(autouse=True)
def cache_of_its_own(request, monkeypatch, tmp_path_factory):
    """What tests on small models remember is not kept among what people keep."""
    if not request.node.get_closest_marker("real"):
        monkeypatch.setenv("HEADLAWS_CACHE", str(tmp_path_factory.getbasetemp() / "headlaws-cache"))


@pytest.fixture(autouse=True)
def nothing_read_before(monkeypatch):
    """No test is answered with what another one read; those that are about that ask for it."""
    monkeypatch.setenv("HEADLAWS_READINGS", "0")


@pytest.fixture
def unexhibited(monkeypatch):
    """Runs in the test's own process file neither plots nor growth nor graphs nor facts of heads."""
    from harness.runs import filing

    monkeypatch.setattr(filing, "exhibited", lambda *_: [])
