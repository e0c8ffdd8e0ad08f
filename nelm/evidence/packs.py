"""Knowledge packs switched as one, and the version of what the criteria know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from nelm.evidence.parameters import Parameters
from nelm.evidence.sheets import read_sheet


@dataclass(frozen=True, slots=True)
class PackItem:
    """One piece of evidence in a pack, with its citation."""

    id: str
    text: str
    cites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pack:
    """Evidence that an institution switches on or off as one."""

    id: str
    title: str
    default: bool
    items: tuple[PackItem, ...]


_SHEET = read_sheet("packs.yaml")
RELEASE: str = _SHEET["release"]
PACKS: dict[str, Pack] = {
    name: Pack(
        name,
        entry["title"],
        entry["default"],
        tuple(PackItem(one["id"], one["text"], tuple(one["cites"])) for one in entry["items"]),
    )
    for name, entry in _SHEET["packs"].items()
}


# What holds knowledge: the sheets, the criteria, and what derives, orders, dates and suggests.
KNOWLEDGE: tuple[str, ...] = (
    "evidence/*.yaml",
    "options/*.py",
    "staging/*.py",
    "catalog.py",
    "follow_up.py",
    "freshness.py",
    "strategy.py",
    "work_up.py",
    "work_up_rules.py",
)
_PACKAGE = Path(__file__).parent.parent


def knowledge_digest(package: Path = _PACKAGE) -> str:
    """Changes with whatever may change a verdict or the evidence shown with it.

    Taken from the text itself, so that nothing can be left out: criteria with their conditions,
    titles and citations, thresholds, outcome figures, strengths, staging, strategy, work-up. Lines
    that hold nothing but a comment do not count. The same in every process and Python.
    """
    content = sha256()
    for pattern in KNOWLEDGE:
        for file in sorted(package.glob(pattern)):
            content.update(f"{file.name}\n".encode())
            content.update(b"\n".join(_telling_lines(file.read_bytes())))
    return content.hexdigest()[:8]


def _telling_lines(text: bytes) -> Iterator[bytes]:
    for line in text.splitlines():
        stripped = line.strip()
        if stripped and not stripped.startswith(b"#"):
            yield line.rstrip()


@cache
def _digest() -> str:
    return knowledge_digest()


def knowledge_version(parameters: Parameters) -> str:
    """What judged: release, digest of what it knew and the packs that are on.

    For example `2026.1-1f0c9a3e+later`. An institution's own thresholds stand beside it.
    """
    on = "".join(f"+{name}" for name in sorted(PACKS) if parameters.has_pack(name))
    return f"{RELEASE}-{_digest()}{on}"
