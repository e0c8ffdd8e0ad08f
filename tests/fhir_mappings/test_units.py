"""The unit table agrees with UCUM, and every molar factor with the molar mass behind it."""

from typing import Any

import pytest
import ucumvert
import yaml

from fhir_mappings.units import TABLE, factors_to, unit_table
from nelm.catalog import CATALOG

CONTENT: dict[str, Any] = yaml.safe_load(TABLE.read_text())
# Targets that are counts or ratios of one report: nothing for UCUM to convert.
COUNTS = {"lesions", "segments", "{xULN}", "", "years", "months"}
# UCUM spellings of targets that are ours, and codes whose annotation ucumvert does not read.
UCUM_OF = {
    "/2mm2": "/(2.mm2)",
    "mL/min/{1.73_m2}": "mL/min",
    "{mitoses}/mm2": "/mm2",
    "{mitoses}/(2.mm2)": "/(2.mm2)",
}
OTHER_THAN_UCUM = {"mL/min/1.73.m2"}
# Molar masses in g/mol, from terminology.md "Units and conversions".
MASSES = {
    "bilirubin": 584.67,
    "creatinine": 113.12,
    "hemoglobin": 16114,
    "5hiaa": 191.19,
    "serotonin": 176.22,
    "gastrin": 2098.2,
    "glucagon": 3482.8,
    "vip": 3325.9,
    "pancreatic_polypeptide": 4181.8,
    "nt_probnp": 8460,
}
MOLAR_TARGETS = {
    "bilirubin": "mg/dL",
    "creatinine": "mg/dL",
    "hemoglobin": "g/dL",
    "5hiaa": "mg/(24.h)",
    "serotonin": "ng/mL",
    "gastrin": "pg/mL",
    "insulin": "u[IU]/mL",
    "glucagon": "pg/mL",
    "vip": "pg/mL",
    "pancreatic_polypeptide": "pg/mL",
    "nt_probnp": "pg/mL",
}
PAIRS = [
    (target, code, factor)
    for target, factors in CONTENT["targets"].items()
    for code, factor in factors.items()
    if target not in COUNTS and code not in OTHER_THAN_UCUM
]
MOLAR = [
    (analyte, code, amount)
    for analyte, amounts in CONTENT["molar"].items()
    for code, amount in amounts.items()
    if analyte in MASSES
]


@pytest.fixture(scope="module")
def ucum() -> Any:
    return ucumvert.PintUcumRegistry()


def in_pint(ucum: Any, code: str) -> Any:
    return ucum.from_ucum(UCUM_OF.get(code, code))


@pytest.mark.parametrize(("target", "code", "factor"), PAIRS)
def test_every_factor_is_that_of_ucum(ucum: Any, target: str, code: str, factor: float) -> None:
    converted = (1 * in_pint(ucum, code)).to(in_pint(ucum, target))
    ours = in_pint(ucum, target)
    assert (converted / ours).to("dimensionless").magnitude == pytest.approx(factor)


@pytest.mark.parametrize(("analyte", "code", "amount"), MOLAR)
def test_every_molar_factor_follows_from_the_molar_mass(
    ucum: Any, analyte: str, code: str, amount: float
) -> None:
    target = MOLAR_TARGETS[analyte]
    mass = in_pint(ucum, target)
    ratio = (1 * mass / (MASSES[analyte] * in_pint(ucum, "g") / in_pint(ucum, "mol"))) / (
        1 * in_pint(ucum, code)
    )
    assert ratio.to("dimensionless").magnitude == pytest.approx(amount, rel=0.005)


@pytest.mark.parametrize("analyte", MOLAR_TARGETS)
def test_converting_there_and_back_gives_the_value_again(analyte: str) -> None:
    table = factors_to(MOLAR_TARGETS[analyte], analyte)
    for code, amount in CONTENT["molar"][analyte].items():
        assert 3.7 * amount * table[code] == pytest.approx(3.7)


def test_every_numeric_fact_has_a_table_for_its_unit() -> None:
    units = {k.unit or "" for k in CATALOG.values() if k.kind in ("number", "integer")}
    assert units <= set(CONTENT["targets"])


def test_every_spelling_means_a_code_of_the_table() -> None:
    known = {code for factors in CONTENT["targets"].values() for code in factors}
    known |= {code for amounts in CONTENT["molar"].values() for code in amounts}
    assert set(CONTENT["spellings"]) <= known | set(CONTENT["known_elsewhere"])


@pytest.mark.parametrize(
    ("target", "unit"),
    [
        ("g/dL", "umol/L"),
        ("mg/(24.h)", "mg/L"),
        ("mg/(24.h)", "mg/g{creat}"),
        ("ng/mL", "U/L"),
        ("ng/mL", "nmol/L"),
        ("mL/min/{1.73_m2}", "mL/min"),
        ("/2mm2", "/10 HPF"),
        ("mm", "in"),
    ],
)
def test_another_quantity_has_no_factor(target: str, unit: str) -> None:
    table = unit_table(target)
    assert table.factor(unit, None) is None
    assert table.factor(None, unit) is None


def test_milligrams_alone_are_those_of_a_day_only_where_the_code_says_so() -> None:
    assert unit_table("mg/(24.h)", "5hiaa").factor("mg", None) is None
    assert unit_table("mg/(24.h)", "5hiaa", False, True).factor("mg", None) == 1
