"""How much of the liver is involved: type, burden band, distribution, clear liver."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

BURDEN_CUTS: tuple[float, ...] = (0, 10, 25, 50, 75)


class LiverExtent(NamedTuple):
    """`clear_liver` is never unknown: a missing count without complete response is not clear."""

    liver_type: str | None
    burden_band: str | None
    distribution: str | None
    clear_liver: bool
    notes: tuple[str, ...]


def _liver_type(values: Mapping[str, Any], type3_min_count: float) -> str | None:
    reported: str | None = values.get("reported_liver_type")
    if reported is not None:
        return reported
    count = values.get("liver_lesion_count")
    if count == 1:
        return "I"
    if values.get("liver_disease_diffuse"):
        return "III"
    if not count:
        return None
    if count < type3_min_count:
        return "II"
    bilobar = values.get("bilobar")
    return None if bilobar is None else "III" if bilobar else "II"


def _burden_band(percent: float | None) -> str | None:
    if percent is None:
        return None
    if percent == 0:
        return "0"
    low = max(cut for cut in BURDEN_CUTS if cut < percent)
    return {0: "(0,10]", 10: "(10,25]", 25: "(25,50]", 50: "(50,75]", 75: "(75,100]"}[int(low)]


def _distribution(values: Mapping[str, Any], liver_type: str | None, few: float) -> str | None:
    count = values.get("liver_lesion_count")
    if count == 0:
        return "none"
    if liver_type == "III":  # few lesions counted do not make diffuse disease oligometastatic
        return "multifocal_bilobar"
    if count is None:
        return None
    if count <= few:
        return "solitary" if count == 1 else "oligometastatic"
    bilobar = values.get("bilobar")
    if bilobar is None:
        return "multifocal"
    return "multifocal_bilobar" if bilobar else "multifocal_unilobar"


def derive_liver_extent(values: Mapping[str, Any], parameters: Mapping[str, Any]) -> LiverExtent:
    """Liver type I to III, burden band, distribution, and whether the liver is clear.

    A reported type wins. Burden bands are shares of liver volume in percent, upper end included.
    Clear: no lesion counted, or complete response with no count; a count above 0 decides against
    the response and notes `response_conflict`.

    Source: types lasalvia2016; bands lewis2012, mayo2013; distribution cloyd2020;
    derivation of type and counts operational.
    """
    count = values.get("liver_lesion_count")
    complete_response = values.get("recist_status") == "CR"
    liver_type = _liver_type(values, parameters["type3_min_count"])
    return LiverExtent(
        liver_type,
        _burden_band(values.get("liver_tumor_burden_percent")),
        _distribution(values, liver_type, parameters["oligometastatic_max_count"]),
        complete_response if count is None else count == 0,
        ("response_conflict",) if complete_response and count else (),
    )
