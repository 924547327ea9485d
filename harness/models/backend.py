"""Backend: stands in for an archive's own build system, so that pip can fetch the archive without running it.

pip asks every source archive for its metadata, and for that would run the archive's own setup.py. Handed a build
backend of a few lines that answers in its place (PEP 517, with --no-build-isolation), it builds nothing, runs nothing
of the archive and fetches nothing else.
"""

from __future__ import annotations

import os
from pathlib import Path

OPTIONS = ("--no-binary", ":all:", "--use-pep517", "--no-build-isolation")
"""With these pip asks the backend that it finds, where an archive names none of its own."""

_BACKEND = '''\
"""Stands in for setuptools while pip asks an archive for its name: answers, and builds nothing."""
import os
class __legacy__:
    def get_requires_for_build_wheel(config_settings=None):
        return []
    def prepare_metadata_for_build_wheel(folder, config_settings=None):
        os.mkdir(os.path.join(folder, "{name}-{version}.dist-info"))
        with open(os.path.join(folder, "{name}-{version}.dist-info", "METADATA"), "w") as file:
            file.write("Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
        return "{name}-{version}.dist-info"
'''


def stand_in(folder: Path, requirement: str) -> dict[str, str]:
    """Put the backend for `name==version` into a folder; what comes back makes pip find it, as environment variables.

    Only for archives without a pyproject.toml: such a file may name another backend, which pip would then run.
    """
    name, _, version = requirement.partition("==")
    package = folder / "backend" / "setuptools"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "build_meta.py").write_text(_BACKEND.format(name=name, version=version), encoding="utf-8")
    found = (str(package.parent), os.environ.get("PYTHONPATH", ""))
    return {"PYTHONPATH": os.pathsep.join(part for part in found if part)}
