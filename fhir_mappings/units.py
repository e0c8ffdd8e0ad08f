"""Units of values as they are sent, to the unit of the fact; a table, no unit algebra at run time.

UCUM code first, else the common spellings of the unit text. What is not in the table is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

TABLE = Path(__file__).with_name("units.yaml")
_BLANKS = str.maketrans({" ": None, "\u00a0": None, "µ": "u", "μ": "u"})

REFUSED_UNIT = "the unit cannot be converted to the unit of the fact"
NO_UNIT = "no unit where one is needed"


def folded_unit(text: str) -> str:
    """A unit text without blanks and case, micro signs as u: `x 10E3 / µL` is `x10e3/ul`."""
    return text.translate(_BLANKS).casefold()


@dataclass(frozen=True, slots=True)
class UnitTable:
    """Factors to one fact's unit, by UCUM code and its spellings; and which other units exist."""

    factors: Mapping[str, float]
    known: frozenset[str]
    bare: float | None

    def factor(self, code: str | None, unit: str | None) -> float | None:
        """What the value is multiplied with; None if the unit cannot be converted.

        Neither code nor unit: 1 where the fact or its code carries the unit, else None.
        """
        if code:
            found = self.factors.get(code)
            if found is not None:
                return found
            if code in self.known or not unit:
                return self.factors.get(folded_unit(code))
        if unit:
            found = self.factors.get(unit)
            return found if found is not None else self.factors.get(folded_unit(unit))
        return self.bare


@cache
def _table() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(TABLE.read_bytes(), Loader=yaml.CSafeLoader)
    return loaded


@cache
def _known() -> frozenset[str]:
    table = _table()
    codes = {code for target in table["targets"].values() for code in target}
    codes |= {code for analyte in table["molar"].values() for code in analyte}
    return frozenset(codes | set(table["known_elsewhere"]))


def factors_to(target: str, analyte: str | None = None) -> dict[str, float]:
    """UCUM code to factor for one target unit; an analyte adds its molar units.

    Source: terminology.md, "Units and conversions".
    """
    table = _table()
    factors = {code: float(factor) for code, factor in table["targets"].get(target, {}).items()}
    if analyte is not None:
        factors |= {code: 1.0 / amount for code, amount in table["molar"][analyte].items()}
    return factors


def analytes() -> list[str]:
    """The analytes whose molar units are converted."""
    return sorted(_table()["molar"])


@cache
def unit_table(
    target: str,
    analyte: str | None = None,
    bare: bool = False,
    day_in_code: bool = False,
    sent_in: str | None = None,
) -> UnitTable:
    """The table for a fact's unit, spellings included.

    bare: a number without unit counts (INR, counts, our own codes with the unit in the name).
    day_in_code: the code says "in 24 hour urine", so that `mg` alone means mg in 24 hours.
    sent_in: the unit in which a laboratory reports under its own code; a number without unit
        counts in it.

    Raises:
        ValueError: `sent_in` cannot be converted.
    """
    factors = factors_to(target, analyte)
    if day_in_code:
        factors |= {code.split("/")[0]: factor for code, factor in list(factors.items())}
    spelled = {
        folded_unit(form): factors[code]
        for code, forms in _table()["spellings"].items()
        if code in factors
        for form in forms
    }
    by_folded_code = {folded_unit(code): factor for code, factor in factors.items()}
    table = UnitTable(by_folded_code | spelled | factors, _known(), 1.0 if bare else None)
    if sent_in is None:
        return table
    factor = table.factor(None, sent_in)
    if factor is None:
        raise ValueError(sent_in)
    return UnitTable(table.factors, table.known, factor)
