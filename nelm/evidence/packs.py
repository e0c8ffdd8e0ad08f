"""Knowledge packs switched as one, and the version of what the criteria know."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from nelm.evidence.parameters import Parameters
from nelm.evidence.sheets import read_sheet, sheet_bytes


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


@cache
def _digest() -> str:
    content = sha256()
    for name in ("citations.yaml", "parameters.yaml", "packs.yaml"):
        content.update(sheet_bytes(name))
    return content.hexdigest()[:8]


def knowledge_version(parameters: Parameters) -> str:
    """What judged: release, digest of the evidence sheets and the packs that are on.

    For example `2026.1-1f0c9a3e+later`.
    """
    on = "".join(f"+{name}" for name in sorted(PACKS) if parameters.has_pack(name))
    return f"{RELEASE}-{_digest()}{on}"
