"""YAML (and so JSON) as people write it, read without guessing: a key given twice is refused."""

from __future__ import annotations

from typing import Any

import yaml

from nelm_cds.errors import CommandRefused


class _TwiceGiven(yaml.YAMLError):
    def __init__(self, key: object, line: int) -> None:
        super().__init__(f"{key} stands twice near line {line}")


class _Loader(yaml.CSafeLoader):
    """Makes nothing but plain values."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen and isinstance(key, yaml.ScalarNode):
                raise _TwiceGiven(key.value, key.start_mark.line + 1)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def read_yaml(content: bytes, path: str) -> Any:
    """The plain value of a YAML or JSON file that the caller named.

    Raises:
        CommandRefused: it is neither, or gives a key twice; the message names file and line.
    """
    try:
        return yaml.load(content, Loader=_Loader)  # noqa: S506  a safe loader made stricter
    except _TwiceGiven as twice:
        raise CommandRefused(f"{path}: {twice}. Keep one of them") from None
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        place = getattr(getattr(problem, "problem_mark", None), "line", None)
        line = f" near line {place + 1}" if place is not None else ""
        raise CommandRefused(f"{path}: neither JSON nor YAML{line}. Correct it") from None
