"""YAML (and so JSON) as people write it, read without guessing: a key given twice is refused."""

from __future__ import annotations

from typing import Any

import yaml

from nelm_cds.errors import CommandRefused


class _Refused(yaml.YAMLError):
    """What YAML itself would let pass, or fall over; says what, where and the way out."""


class _Loader(yaml.CSafeLoader):
    """Makes nothing but plain values."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen and isinstance(key, yaml.ScalarNode):
                line = key.start_mark.line + 1
                raise _Refused(f"{key.value} stands twice near line {line}. Keep one of them")
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)

    def construct_yaml_timestamp(self, node: yaml.ScalarNode) -> Any:
        try:
            return super().construct_yaml_timestamp(node)
        except ValueError:
            line = node.start_mark.line + 1
            raise _Refused(
                f"{node.value} near line {line} is no day of the calendar. Write it as 2026-03-15"
            ) from None


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.construct_yaml_timestamp)


def read_yaml(content: bytes, path: str) -> Any:
    """The plain value of a YAML or JSON file that the caller named.

    Raises:
        CommandRefused: it is neither, gives a key twice or a day that does not exist; the message
            names file and line.
    """
    try:
        return yaml.load(content, Loader=_Loader)  # noqa: S506  a safe loader made stricter
    except _Refused as refusal:
        raise CommandRefused(f"{path}: {refusal}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        place = getattr(getattr(problem, "problem_mark", None), "line", None)
        line = f" near line {place + 1}" if place is not None else ""
        raise CommandRefused(f"{path}: neither JSON nor YAML{line}. Correct it") from None
