"""The README's pictures: `python -m tests.browser.screenshots`, of the first layer of the default model, made anew.

Writes index, head and conjecture to `.github/pictures`, each of one screen; `--store FILE` shows a run of yours.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from reports.pages.site_writer import build
from tests.support.chromium import browser

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / ".github" / "pictures"
SCREEN = {"width": 1180, "height": 780}
SHOTS = (
    ("index", "index.html", "#matrix", "light"),
    ("head", "heads/0.0.html", "#plots", "light"),
    ("conjecture", "laws/repetition.a_repeat_adds_no_new_attention_tokens.html", "#parts", "dark"),
)


def run(folder: Path) -> Path:
    """Sweep the first layer of the default model: some minutes."""
    store = folder / "store.db"
    command = [sys.executable, "-c", "import sys; from harness.cli import main; sys.exit(main())", "sweep"]
    options = ["--head", "0.*", "--store", str(store), "--report", str(folder / "first")]
    subprocess.run([*command, *options], cwd=folder, check=True)
    return store


def shoot(site: Path, out: Path) -> None:
    """Take the pictures, each with its section at the top."""
    out.mkdir(parents=True, exist_ok=True)
    with browser() as chromium:
        for name, page, section, scheme in SHOTS:
            opened = chromium.new_page(viewport=SCREEN, color_scheme=scheme)
            opened.goto((site / page).as_uri())
            opened.locator(section).evaluate("section => section.scrollIntoView()")
            opened.wait_for_timeout(800)
            opened.screenshot(path=out / f"{name}.png")
            print(out / f"{name}.png")


def main() -> None:
    """Make them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", type=Path, help="a store to show instead of a new run")
    parser.add_argument("--out", type=Path, default=PICTURES)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = given.store or run(Path(folder))
        shoot(build(store, Path(folder) / "site").parent, given.out)


if __name__ == "__main__":
    main()
