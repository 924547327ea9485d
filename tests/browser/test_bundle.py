"""The script of the pages is what its sources and its lock file say."""

import shutil
import subprocess

from tests.support.chromium import ASSETS, needed


def test_a_rebuild_gives_the_same_bytes(tmp_path):
    needed("npm", shutil.which("npm") is not None)
    needed("esbuild (npm ci in reports/assets)", (ASSETS / "node_modules" / "esbuild").is_dir())
    subprocess.run(["npm", "run", "--silent", "build", "--", str(tmp_path)], cwd=ASSETS, check=True)
    for name in ("site.js", "LICENSES.txt"):
        assert (tmp_path / name).read_bytes() == (ASSETS / name).read_bytes(), f"{name}: npm run build"


def test_the_lock_file_names_no_host():
    text = (ASSETS / "package-lock.json").read_text("utf-8")
    assert '"resolved"' not in text
    assert text.count('"integrity"') > 5


def test_every_package_in_the_bundle_has_its_licence():
    text = (ASSETS / "LICENSES.txt").read_text("utf-8")
    for name in ("cytoscape", "datatables.net", "echarts", "zrender", "tslib"):
        assert f"\n{name} " in text
        part = text.split(f"\n{name} ")[1].split("=" * 80)[0]
        assert "PERMISSION" in part.upper() or "LICENSE" in part.upper(), name
