"""Pictures of a report: `python -m tests.browser.screenshots`, of the first layer of the default model, made anew.

Writes those of `SHOTS` to `.github/pictures`, each of one screen, for the page that explains a report. `--store FILE`
shows a run of yours. `--all DIR` takes index, head page and drawer at three widths, light and dark, to be looked at.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from reports.pages.site_writer import build
from tests.support.chromium import browser

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / ".github" / "pictures"
SCREEN = {"width": 1180, "height": 780}
LAW = "repetition.a_repeat_adds_no_new_attention_tokens"
INDEX, HEAD, DRAWER = "index.html", "heads/0.0.html", f"heads/0.0.html#cell=0.0-z-{LAW}"
SHOTS = (
    ("standing", INDEX, "#standing", "light"),
    ("index", INDEX, "#matrix", "light"),
    ("head", HEAD, "#card h3 >> nth=0", "light"),
    ("drawer", DRAWER, "#verdicts", "light"),
    ("conjecture", f"laws/{LAW}.html", "#parts", "dark"),
)
WIDTHS = (1440, 1024, 390)


def run(folder: Path) -> Path:
    """Sweep the first layer of the default model: some minutes."""
    store = folder / "store.db"
    command = [sys.executable, "-c", "import sys; from harness.cli import main; sys.exit(main())", "sweep"]
    options = ["--head", "0.*", "--store", str(store), "--report", str(folder / "first")]
    subprocess.run([*command, *options], cwd=folder, check=True)
    return store


def shoot(site: Path, out: Path) -> None:
    """Take the pictures, each with its section at the top."""
    with browser() as chromium:
        for name, page, section, scheme in SHOTS:
            shot(chromium, site, page, section, scheme, SCREEN, out / f"{name}.png")


def shoot_all(site: Path, out: Path) -> None:
    """Take index, head page and drawer at each width, light and dark."""
    with browser() as chromium:
        for name, page in {"index": INDEX, "head": HEAD, "drawer": DRAWER}.items():
            for width in WIDTHS:
                for scheme in ("light", "dark"):
                    size = {"width": width, "height": 900}
                    shot(chromium, site, page, "main", scheme, size, out / f"{name}-{width}-{scheme}.png")


def shot(chromium: Any, site: Path, page: str, section: str, scheme: str, size: dict[str, int], file: Path) -> None:
    """Take one picture of a page, its section at the top."""
    file.parent.mkdir(parents=True, exist_ok=True)
    opened = chromium.new_page(viewport=size, color_scheme=scheme)
    path, mark, place = page.partition("#")
    opened.goto((site / path).as_uri() + mark + place)
    opened.locator(section).evaluate("section => section.scrollIntoView()")
    opened.wait_for_timeout(800)
    opened.screenshot(path=file)
    opened.close()
    print(file)


def main() -> None:
    """Make them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", type=Path, help="a store to show instead of a new run")
    parser.add_argument("--out", type=Path, default=PICTURES)
    parser.add_argument("--all", type=Path, help="a folder for every width and colour scheme, and no other picture")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = given.store or run(Path(folder))
        site = build(store, Path(folder) / "site").parent
        shoot_all(site, given.all) if given.all else shoot(site, given.out)


if __name__ == "__main__":
    main()
