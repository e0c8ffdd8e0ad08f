"""Laboratory values with the digits a report writes: a conversion of units carries more.

Words only: what is judged, stored and exported stays exact.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

# How laboratories write them. Markers are whole numbers from ten on.
_DECIMALS = {
    "bilirubin_mg_dl": 1,
    "albumin_g_dl": 1,
    "inr": 1,
    "hemoglobin_g_dl": 1,
    "leukocytes_10e9_l": 1,
    "neutrophils_10e9_l": 1,
    "creatinine_mg_dl": 1,
    "platelets_10e9_l": 0,
    "egfr_ml_min_1_73m2": 0,
}
_MARKERS = frozenset(
    {
        "chromogranin_a_ng_ml",
        "chromogranin_a_x_uln",
        "pancreastatin_pg_ml",
        "urine_5hiaa_mg_24h",
        "serotonin",
        "pancreatic_polypeptide",
        "gastrin",
        "insulin",
        "glucagon",
        "vip",
        "nt_probnp_pg_ml",
    }
)
_FEW = Decimal(10)
# Where limits stand: at halves and fives, and these.
_BETWEEN = frozenset(map(Decimal, ("1.7", "2.3", "2.8")))
_MOST_DECIMALS = 6


def figure(name: str, value: float) -> str:
    """A value as people write it, without its unit; not a laboratory value: six digits at most.

    A value beside a limit keeps the digits that tell on which side of it: 2.04 is not 2.0.
    """
    exact = Decimal(str(value))
    if name in _MARKERS:
        return _rounded(exact, 0 if abs(exact) >= _FEW else _fewest(exact))
    if name not in _DECIMALS:
        return f"{value:g}"
    for decimals in range(_DECIMALS[name], _MOST_DECIMALS):
        text = _rounded(exact, decimals)
        if Decimal(text) == exact or not _is_limit(Decimal(text), _DECIMALS[name]):
            return text
    return str(exact)


def _fewest(exact: Decimal) -> int:
    """One decimal, or none where it would be a zero."""
    return 0 if exact == exact.to_integral_value() else 1


def _rounded(exact: Decimal, decimals: int) -> str:
    return str(exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


def _is_limit(number: Decimal, decimals: int) -> bool:
    step = Decimal("0.5") if decimals else Decimal(5)
    return number % step == 0 or number in _BETWEEN
