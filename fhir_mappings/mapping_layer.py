"""One YAML file of rules: read with the line of every part, and known by a digest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import yaml

from nelm.errors import Refused

# What a file may hold: the sections of the shipped files.
SECTIONS = ("presence", "observations", "findings", "procedures", "regimens", "drugs",
            "body_sites", "local", "single_drugs", "combinations")  # fmt: skip

TABLES = frozenset({"local", "single_drugs"})
Place = tuple[str | int, ...]


class MappingSetRefused(Refused):
    """A mapping set that contradicts the catalog or itself; the message names file and rule."""


@dataclass(frozen=True, slots=True)
class Layer:
    """Rules to be laid over others, as the bytes of one YAML file; `name` is for people."""

    name: str
    raw: bytes

    @property
    def digest(self) -> str:
        """What tells this content from any other: twelve hexadecimal digits of its SHA-256."""
        return hashlib.sha256(self.raw).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Content:
    """What a layer holds, and in which line each part begins.

    A place is the way to a part, such as ("observations", 0, "fact"). twice: keys that one table
    holds twice, of which YAML would silently keep the last.
    """

    sections: dict[str, Any]
    lines: dict[Place, int]
    twice: tuple[Place, ...]

    def line(self, place: Place) -> int:
        """The line of a part, or of the nearest whole it stands in; 1 for the file."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def read_layer(layer: Layer) -> Content:
    """The sections of a layer.

    Raises:
        MappingSetRefused: not YAML, an unknown section, a section of another shape, no rule.
    """
    name = layer.name
    try:
        tree = yaml.compose(layer.raw, Loader=yaml.CSafeLoader)
        content = yaml.load(layer.raw, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark is not None else ""
        raise MappingSetRefused(f"Mapping set {name} is not YAML{line}.") from error
    except RecursionError as error:
        raise MappingSetRefused(f"Mapping set {name} is nested too deeply.") from error
    if not isinstance(content, dict):
        raise MappingSetRefused(
            f"Mapping set {name} has no sections. Sections: {', '.join(SECTIONS)}."
        )
    _check_sections(content, name)
    lines: dict[Place, int] = {}
    twice = tuple(_walk(tree, (), lines))
    return Content(content, lines, twice)


def _check_sections(content: dict[Any, Any], where: str) -> None:
    """Refuses what is no section of a mapping set, and a file without any rule."""
    known = ", ".join(SECTIONS)
    for name, rows in content.items():
        if name not in SECTIONS:
            near = get_close_matches(str(name), SECTIONS, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"Sections: {known}."
            raise MappingSetRefused(f"{where}: {name} is no section of a mapping set. {hint}")
        shape, word = (dict, "a table") if name in TABLES else (list, "a list of rules")
        if not isinstance(rows, shape):
            raise MappingSetRefused(f"{where}: {name} must be {word}.")
    if not any(content.values()):
        raise MappingSetRefused(f"{where}: holds no rule. Sections: {known}.")


def _walk(node: Any, place: Place, lines: dict[Place, int]) -> Iterator[Place]:
    """Notes the line of every part; gives the places of keys that stand twice."""
    lines[place] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield from _walk(item, (*place, number), lines)
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            inner = (*place, str(key.value))
            if str(key.value) in seen:
                yield inner
            seen.add(str(key.value))
            yield from _walk(value, inner, lines)
            lines[inner] = key.start_mark.line + 1
