"""The mapping of orders, read from `mapping_sets/default/orders.yaml` into frozen look-ups.

Says which codes and texts stand for which option or work-up item; `orders` applies it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import msgspec
import yaml

OrderKind = Literal["ServiceRequest", "MedicationRequest"]
DEFAULT_FILE = Path(__file__).parent / "mapping_sets" / "default" / "orders.yaml"
Key = tuple[str, str]


class _Send(msgspec.Struct, forbid_unknown_fields=True):
    system: str
    code: str
    display: str


class _Order(msgspec.Struct, forbid_unknown_fields=True):
    kind: OrderKind
    display: str
    send: _Send | None = None
    refines: str | None = None
    regimen: list[list[str]] = []
    codes: dict[str, list[str]] = {}
    texts: list[str] = []
    liver_codes: dict[str, list[str]] = {}
    liver_texts: list[str] = []


class _Drug(msgspec.Struct, forbid_unknown_fields=True):
    order: str | None = None
    codes: dict[str, list[str]] = {}
    texts: list[str] = []


class _File(msgspec.Struct, forbid_unknown_fields=True):
    version: int
    systems: dict[str, str]
    liver: dict[str, list[str]]
    orders: dict[str, _Order]
    drugs: dict[str, _Drug]


class Sent(msgspec.Struct, frozen=True):
    """How we write an order: its resource type, and what its CodeableConcept holds."""

    kind: OrderKind
    display: str
    coding: tuple[str, str, str] | None


class OrderMapping(msgspec.Struct, frozen=True):
    """Look-ups by (system, code) and by folded text; values are order ids or ingredients."""

    code_system: str
    sent: MappingProxyType[str, Sent]
    refines: MappingProxyType[str, str]
    codes: MappingProxyType[Key, str]
    texts: MappingProxyType[str, str]
    liver_codes: MappingProxyType[Key, str]
    liver_texts: MappingProxyType[str, str]
    liver: frozenset[Key]
    drug_codes: MappingProxyType[Key, str]
    drug_texts: MappingProxyType[str, str]
    drug_orders: MappingProxyType[str, str]
    regimens: MappingProxyType[str, tuple[frozenset[str], ...]]


def fold(text: str) -> str:
    """The text in lower case with single spaces: how texts are compared."""
    return re.sub(r"\s+", " ", text.strip().lower())


@lru_cache(maxsize=8)
def load_order_mapping(
    canonical_base: str = "urn:nelm-cds", path: Path | None = None
) -> OrderMapping:
    """The orders of the shipped mapping set, or of a file of the same form.

    Raises:
        ValueError: the file does not have that form, or two orders claim the same code or text.
    """
    with (path or DEFAULT_FILE).open("rb") as stream:
        content = yaml.load(stream, Loader=yaml.CSafeLoader)
    file = msgspec.convert(content, _File)
    code_system = f"{canonical_base}:codes"
    codes = _by_code(file.orders, "codes", file)
    codes.update({(code_system, order): order for order in file.orders})
    refines = {name: order.refines for name, order in file.orders.items() if order.refines}
    return OrderMapping(
        code_system,
        MappingProxyType({name: _sent(order, file) for name, order in file.orders.items()}),
        MappingProxyType(refines),
        MappingProxyType(codes),
        MappingProxyType(_by_text(file.orders, "texts")),
        MappingProxyType(_by_code(file.orders, "liver_codes", file)),
        MappingProxyType(_by_text(file.orders, "liver_texts")),
        frozenset(_keys(file.liver, file)),
        MappingProxyType(
            _unique((k, n) for n, d in file.drugs.items() for k in _keys(d.codes, file))
        ),
        MappingProxyType(_by_text(file.drugs, "texts")),
        MappingProxyType({name: drug.order for name, drug in file.drugs.items() if drug.order}),
        MappingProxyType(_regimens(file)),
    )


def _regimens(file: _File) -> dict[str, tuple[frozenset[str], ...]]:
    return {
        name: tuple(frozenset(part) for part in order.regimen)
        for name, order in file.orders.items()
        if order.regimen
    }


def _sent(order: _Order, file: _File) -> Sent:
    send = order.send
    coding = (file.systems[send.system], send.code, send.display) if send else None
    return Sent(order.kind, order.display, coding)


def _keys(codes: dict[str, list[str]], file: _File) -> list[Key]:
    return [(file.systems[system], code) for system, listed in codes.items() for code in listed]


def _by_code(named: dict[str, Any], field: str, file: _File) -> dict[Key, str]:
    return _unique(
        (key, name) for name, entry in named.items() for key in _keys(getattr(entry, field), file)
    )


def _by_text(named: dict[str, Any], field: str) -> dict[str, str]:
    return _unique(
        (fold(text), name) for name, entry in named.items() for text in getattr(entry, field)
    )


def _unique(pairs: Any) -> dict[Any, str]:
    found: dict[Any, str] = {}
    for key, name in pairs:
        if found.setdefault(key, name) != name:
            raise ValueError(f"{key} stands for {found[key]} and for {name}")
    return found
