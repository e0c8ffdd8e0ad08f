"""Resources as the FHIRPath rules of a mapping set see them; used only where it has any."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from fhir_mappings.mapping_rules import Key, PathRule

_DECODE = msgspec.json.Decoder().decode
_CODE_ELEMENTS = ("code", "medicationCodeableConcept")


def rewritten(raw: bytes | msgspec.Raw, paths: Sequence[PathRule]) -> bytes | msgspec.Raw:
    """A resource, Bundle or NDJSON file in which the rules that hold have taken over.

    The same bytes where none holds, and where the bytes cannot be read.
    """
    if not _may_hold(raw, paths):
        return raw
    try:
        content = _DECODE(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _lines(bytes(raw), paths)
    changed = _taken_over(content, paths)
    return raw if changed is content else msgspec.json.encode(changed)


def _may_hold(raw: bytes | msgspec.Raw, paths: Sequence[PathRule]) -> bool:
    """Whether any rule's code may stand in it: most results are passed over without decoding."""
    searched = bytes(raw)
    if b"\\" in searched:
        return True  # a code may be written with escapes
    return any(not rule.keys or any(one in searched for one in rule.needles) for rule in paths)


def _lines(raw: bytes, paths: Sequence[PathRule]) -> bytes:
    lines = raw.splitlines()
    if len(lines) < 2:
        return raw
    return b"\n".join(bytes(rewritten(line, paths)) if line.strip() else line for line in lines)


def _taken_over(content: Any, paths: Sequence[PathRule]) -> Any:
    if isinstance(content, list):
        found = [_taken_over(item, paths) for item in content]
        same = all(new is old for new, old in zip(found, content, strict=True))
        return content if same else found
    if not isinstance(content, dict):
        return content
    if content.get("resourceType") == "Bundle" or "resourceType" not in content:
        return _inside(content, paths)
    return _by_rule(content, paths)


def _inside(content: dict[str, Any], paths: Sequence[PathRule]) -> dict[str, Any]:
    """A Bundle or one of its entries: what it holds, looked at one by one."""
    for name in ("entry", "resource"):
        if name in content:
            held = content[name]
            found = _taken_over(held, paths)
            if found is not held:
                content = {**content, name: found}
    return content


def _by_rule(resource: dict[str, Any], paths: Sequence[PathRule]) -> dict[str, Any]:
    keys: set[Key] | None = None
    type_ = resource["resourceType"]
    for rule in paths if isinstance(type_, str) else ():
        if type_ not in rule.types:
            continue
        if rule.keys:
            keys = _keys_of(resource) if keys is None else keys
            if rule.keys.isdisjoint(keys):
                continue
        found = rule.take_over(resource)
        if found is not None:
            return found
    return resource


def _keys_of(resource: dict[str, Any]) -> set[Key]:
    keys: set[Key] = set()
    for element in _CODE_ELEMENTS:
        concept = resource.get(element)
        codings = concept.get("coding") if isinstance(concept, dict) else None
        for coding in codings if isinstance(codings, list) else ():
            if isinstance(coding, dict):
                system, code = coding.get("system"), coding.get("code")
                if isinstance(system, str | None) and isinstance(code, str):
                    keys.add((system, code))
    return keys
