"""Prints the part of requirements.lock that the running service needs, hashes included.

Runs inside an environment where the whole lock is installed: the closure of the dependencies
of pyproject.toml is read from the installed packages, so one lock file is enough.
"""

import re
import sys
import tomllib
from importlib.metadata import distribution
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_ROOT = Path(__file__).parents[1]


def main() -> int:
    declared = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    wanted = closure([Requirement(line) for line in declared])
    blocks = locked_blocks((_ROOT / "requirements.lock").read_text())
    missing = sorted(wanted - blocks.keys())
    if missing:
        sys.stderr.write(f"requirements.lock lacks {', '.join(missing)}: make the lock again\n")
        return 2
    sys.stdout.write("".join(blocks[name] for name in sorted(wanted)))
    return 0


def closure(requirements: list[Requirement]) -> set[str]:
    """The names of everything these requirements need, themselves included."""
    found: set[str] = set()
    seen: set[tuple[str, str]] = set()
    waiting = [
        (requirement, extra) for requirement in requirements for extra in _extras(requirement)
    ]
    while waiting:
        requirement, extra = waiting.pop()
        name = canonicalize_name(requirement.name)
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        found.add(name)
        for line in distribution(name).requires or []:
            needed = Requirement(line)
            if _applies(needed.marker, extra):
                waiting += [(needed, each) for each in _extras(needed)]
    return found


def _extras(requirement: Requirement) -> set[str]:
    return {"", *requirement.extras}


def _applies(marker: Marker | None, extra: str) -> bool:
    return marker is None or marker.evaluate({"extra": extra})


def locked_blocks(lock: str) -> dict[str, str]:
    """Each package's lines of the lock, by name."""
    blocks: dict[str, str] = {}
    for block in re.split(r"^(?=[A-Za-z0-9])", lock, flags=re.MULTILINE):
        name = re.match(r"[A-Za-z0-9._-]+", block)
        if name:
            blocks[canonicalize_name(name[0])] = block
    return blocks


if __name__ == "__main__":
    sys.exit(main())
