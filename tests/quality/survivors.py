"""Holds what mutmut found against the list of survivors: `mutmut run && python tests/quality/survivors.py`.

Fails where a mutant survived that is not on the list, where the list has one that no longer survives, and where fewer
than 85 in 100 were killed. A survivor is named by its function and its changed lines, since mutmut's numbers move.
"""

import subprocess
import sys
import tomllib
from pathlib import Path

KILLED = {"killed", "timeout"}
LEAST = 0.85
LIST = Path(__file__).with_name("survivors.toml")


def output(*arguments: str) -> str:
    done = subprocess.run([sys.executable, "-m", "mutmut", *arguments], capture_output=True, text=True, check=True)
    return done.stdout


def results() -> dict[str, str]:
    """Each mutant's name, and what became of it."""
    lines = [line.strip() for line in output("results", "--all", "true").splitlines() if "__mutmut_" in line]
    return {name: verdict.strip() for name, _, verdict in (line.partition(":") for line in lines)}


def change(mutant: str) -> tuple[str, str, str]:
    """The function, the line as it is, and the line as it was changed."""
    lines = [line for line in output("show", mutant).splitlines() if not line.startswith(("---", "+++"))]
    before, after = (" ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+")
    return mutant.partition("__mutmut_")[0], before, after


def main() -> int:
    found = results()
    survived = {change(name) for name, verdict in found.items() if verdict not in KILLED}
    entries = tomllib.loads(LIST.read_text(encoding="utf-8"))["survivor"]
    listed = {(entry["function"], entry["before"], entry["after"]) for entry in entries if entry["reason"]}
    killed = sum(verdict in KILLED for verdict in found.values())
    print(f"{killed} of {len(found)} mutants killed ({killed / max(1, len(found)):.1%}), {len(survived)} survived")
    for function, before, after in sorted(survived - listed):
        print(f"not on the list: {function}\n    - {before}\n    + {after}")
    for function, before, after in sorted(listed - survived):
        print(f"on the list, but it does not survive: {function}\n    - {before}\n    + {after}")
    return int(survived != listed or not found or killed < LEAST * len(found))


if __name__ == "__main__":
    sys.exit(main())
