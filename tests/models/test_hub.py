"""Models of a hub: by name and revision, and without the hub where they were fetched before."""

import hashlib
import http.server
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest
import torch
from transformers import AutoModelForCausalLM

COMMIT = "c" * 40


@pytest.mark.parametrize("ask", ["fetch", "fetch_config"])
def test_what_was_fetched_before_is_found_without_a_hub(tiny_gpt2: Path, tmp_path: Path, ask: str) -> None:
    kept = tmp_path / "models--org--tiny"
    shutil.copytree(tiny_gpt2, kept / "snapshots" / "abc")
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text("abc", encoding="utf-8")
    script = f"from harness.models.sources import hub; print(hub.{ask}('org/tiny'))"
    found = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "HF_HUB_CACHE": str(tmp_path), "HF_ENDPOINT": "http://127.0.0.1:9"},
    )
    assert found.stdout.strip() == str(kept / "snapshots" / "abc")


class Hub(http.server.BaseHTTPRequestHandler):
    """What a hub answers for one model with one branch: the parts of its protocol that huggingface_hub asks for."""

    folder: Path
    asked: ClassVar[list[str]] = []

    def do_HEAD(self) -> None:  # named by the base class
        self.do_GET()

    def do_GET(self) -> None:
        self.asked.append(self.path)
        place = self.path.partition("?")[0].strip("/").split("/")
        if place[:4] == ["api", "models", "org", "tiny"]:
            revision = place[5] if len(place) > 5 else "main"
            if revision not in ("main", "step1000", COMMIT):
                return self.answer(
                    404, b"", {"X-Error-Code": "RevisionNotFound", "X-Error-Message": "no such revision"}
                )
            if "tree" in place:
                tree = [
                    {"type": "file", "path": file.name, "size": file.stat().st_size, "oid": "0" * 40}
                    for file in self.folder.iterdir()
                ]
                return self.answer(200, json.dumps(tree).encode(), {"Content-Type": "application/json"})
            files = [{"rfilename": file.name} for file in self.folder.iterdir()]
            said = {"_id": "1", "id": "org/tiny", "modelId": "org/tiny", "sha": COMMIT, "siblings": files}
            said |= {"private": False, "tags": [], "downloads": 0, "likes": 0}
            return self.answer(200, json.dumps(said).encode(), {"Content-Type": "application/json"})
        if place[:3] == ["org", "tiny", "resolve"] and (self.folder / place[4]).exists():
            whole = (self.folder / place[4]).read_bytes()
            return self.answer(200, whole, {"ETag": f'"{hashlib.sha1(whole).hexdigest()}"', "X-Repo-Commit": COMMIT})
        return self.answer(404, b"", {"X-Error-Code": "RepoNotFound"})

    def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hub(tiny_gpt2: Path, tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Asks for models of a hub of one's own, in a process of its own; gives what it prints."""
    folder = Path(shutil.copytree(tiny_gpt2, tmp_path / "served"))
    handler = type("Serving", (Hub,), {"folder": folder, "asked": []})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()

        def ask(script: str) -> str:
            begin = (
                "from harness.errors import ModelError\nfrom harness.models import catalogue, model_source\n"
                "def tried(ask, *given, **named):\n"
                "    try:\n        print(ask(*given, **named))\n    except ModelError as error:\n        print(error)\n"
            )
            found = subprocess.run(
                [sys.executable, "-c", begin + script],
                capture_output=True,
                text=True,
                check=False,
                cwd=Path(__file__).parents[2],
                env={
                    **{name: value for name, value in os.environ.items() if name != "HF_HUB_OFFLINE"},
                    "HF_HUB_CACHE": str(tmp_path / "kept"),
                    "HEADLAWS_CACHE": str(tmp_path / "cache"),
                    "HF_ENDPOINT": f"http://127.0.0.1:{server.server_address[1]}",
                },
            )
            assert found.returncode == 0, found.stderr
            return found.stdout.strip()

        ask.folder = folder  # type: ignore[attr-defined]
        yield ask
        server.shutdown()


@pytest.mark.thorough
def test_a_model_of_a_hub_by_name_and_by_revision(hub: Callable[..., str]) -> None:
    for name in ("org/tiny", "org/tiny@step1000"):
        assert hub(f"tried(lambda: catalogue.boot({name!r}).shape.n_layers)") == "3"
    assert hub("tried(model_source.chosen, 'org/tiny', 'step1000')") == "org/tiny@step1000"


@pytest.mark.slow
def test_a_revision_and_a_model_that_do_not_exist(hub: Callable[..., str]) -> None:
    assert hub("tried(catalogue.outline, 'org/tiny@step9')") == (
        "--revision 'step9': org/tiny has no such branch, tag or commit on the hub; look at the model's page there, or "
        "leave it out to get the newest."
    )
    said = hub("tried(catalogue.outline, 'org/none')")
    assert said.startswith("--model 'org/none': this is neither a built-in model")
    assert "\n" not in said


@pytest.mark.thorough
def test_a_hubs_pickles(hub: Callable[..., str]) -> None:
    folder = hub.folder  # type: ignore[attr-defined]
    weights = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).state_dict()
    torch.save(weights, folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    assert "its weights are pickles (*.bin)" in hub("tried(catalogue.boot, 'org/tiny')")
    allowed = "tried(model_source.chosen, 'org/tiny', allow_pickle=True)"
    assert hub(f"{allowed}\ntried(lambda: catalogue.boot('org/tiny').shape.vocab)") == "org/tiny\n50"
