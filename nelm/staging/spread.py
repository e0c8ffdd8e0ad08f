"""Disease outside the liver, and the M category."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from nelm.logic import Kleene

# Regional nodes belong to the primary: they do not count as spread (operational).
REGIONAL = frozenset({"regional_lymph_node"})


class Spread(NamedTuple):
    """`extrahepatic_none` counts `present_unquantified` as present."""

    extrahepatic_class: str | None
    extrahepatic_none: Kleene
    extrahepatic_disease_present: Kleene
    m_category: str | None
    notes: tuple[str, ...]


def _class(values: Mapping[str, Any]) -> tuple[str | None, tuple[str, ...]]:
    peritoneal = values.get("peritoneal_carcinomatosis")
    if peritoneal == "diffuse_or_unresectable":
        return "significant", ()
    if values.get("unresectable_nodes_or_extraabdominal"):
        return "significant", ()
    reported: str | None = values.get("extrahepatic_disease")
    if reported not in (None, "none"):
        return reported, ()
    sites = values.get("extrahepatic_sites") or frozenset()
    if peritoneal == "limited" or sites - REGIONAL:
        return "present_unquantified", ("extrahepatic_conflict",) if reported == "none" else ()
    return reported, ()


def _m_category(in_liver: Kleene, outside: Kleene) -> str | None:
    if in_liver is None or outside is None:
        return None
    if in_liver:
        return "M1c" if outside else "M1a"
    return "M1b" if outside else None


def derive_spread(
    values: Mapping[str, Any], parameters: Mapping[str, Any], clear_liver: bool
) -> Spread:
    """Extrahepatic class (none, low_volume_indolent, significant, present_unquantified).

    Unknown if nothing was stated and no site is known: absence is only what someone stated.
    M category of what is there now (M1a liver, M1b elsewhere, M1c both); none without the pack
    `later`. Notes `extrahepatic_conflict`.

    Source: cloyd2020; rule operational; M category later (AJCC 8th).
    """
    found, notes = _class(values)
    none = None if found is None else found == "none"
    outside = None if none is None else not none
    in_liver = False if clear_liver else values.get("has_liver_metastases")
    staged = parameters["packs"].get("later", False)
    return Spread(found, none, outside, _m_category(in_liver, outside) if staged else None, notes)
