"""Observations: what a value says, which do not count, and that each says why."""

from typing import Any

import pytest

from fhir_mappings import observation_readings, values
from fhir_mappings.body_fluids import OTHER_FLUID
from fhir_mappings.drafts import MODIFIED, NO_CODE, NO_RULE
from fhir_mappings.units import NO_UNIT, REFUSED_UNIT
from tests.fhir_mappings.resources import (
    ICD,
    LOINC,
    coded,
    flags,
    observation,
    ours,
    quantity,
    reading,
    reasons,
    stated,
)

BILIRUBIN, KI67, CGA = "1975-2", "29593-1", "9811-1"


@pytest.mark.parametrize(
    ("code", "value", "unit", "fact", "expected"),
    [
        ("1975-2", 1.2, "mg/dL", "bilirubin_mg_dl", 1.2),
        ("14631-6", 34.2, "umol/L", "bilirubin_mg_dl", 2.0),
        ("1751-7", 38, "g/L", "albumin_g_dl", 3.8),
        ("6301-6", 1.1, "{INR}", "inr", 1.1),
        ("777-3", 150, "10*3/uL", "platelets_10e9_l", 150),
        ("777-3", 150000, "/uL", "platelets_10e9_l", 150),
        ("718-7", 12.5, "g/dL", "hemoglobin_g_dl", 12.5),
        ("59260-0", 8.0, "mmol/L", "hemoglobin_g_dl", 12.8908),
        ("6690-2", 5.1, "10*9/L", "leukocytes_10e9_l", 5.1),
        ("751-8", 3.1, "10*9/L", "neutrophils_10e9_l", 3.1),
        ("2160-0", 0.9, "mg/dL", "creatinine_mg_dl", 0.9),
        ("14682-9", 88.4, "umol/L", "creatinine_mg_dl", 1.0),
        ("98979-8", 70, "mL/min/{1.73_m2}", "egfr_ml_min_1_73m2", 70),
        ("49013-6", 120, "pg/mL", "pancreastatin_pg_ml", 120),
        ("1695-6", 12, "mg/(24.h)", "urine_5hiaa_mg_24h", 12),
        ("14573-0", 52.3, "umol/(24.h)", "urine_5hiaa_mg_24h", 10),
        ("27057-9", 300, "ng/mL", "serotonin", 300),
        ("2333-3", 100, "pg/mL", "gastrin", 100),
        ("20448-7", 12, "u[IU]/mL", "insulin", 12),
        ("33762-6", 400, "ng/L", "nt_probnp_pg_ml", 400),
        ("29593-1", 12, "%", "ki67_primary_percent", 12),
    ],
)
def test_a_laboratory_value_arrives_in_the_unit_of_its_fact(
    code: str, value: float, unit: str, fact: str, expected: float
) -> None:
    assert stated(observation(code, quantity(value, unit)))[fact] == pytest.approx(expected)


@pytest.mark.parametrize("unit", ["K/uL", "x10E3/uL", "thou/uL", "G/l", "10^9/L", "x 10E3 / µL"])
def test_common_spellings_of_a_unit_are_understood(unit: str) -> None:
    platelets = observation("777-3", {"valueQuantity": {"value": 150, "unit": unit}})
    assert stated(platelets)["platelets_10e9_l"] == 150


def test_the_ucum_code_wins_over_the_unit_text() -> None:
    sent = {"valueQuantity": {"value": 17.1, "unit": "mg/dL", "code": "umol/L"}}
    assert stated(observation(BILIRUBIN, sent))["bilirubin_mg_dl"] == 1


def test_a_code_of_another_quantity_is_refused_although_the_unit_text_would_fit() -> None:
    sent = {"valueQuantity": {"value": 600, "unit": "g/L", "code": "umol/L"}}
    assert reasons(observation("1751-7", sent)) == [REFUSED_UNIT]


@pytest.mark.parametrize("code", [BILIRUBIN, CGA, KI67, "1695-6", "777-3"])
def test_a_number_without_the_unit_it_needs_is_refused(code: str) -> None:
    for sent in (quantity(1.1), {"valueString": "1.1"}, {"valueInteger": 2}):
        assert stated(observation(code, sent)) == {}
        assert reasons(observation(code, sent)) == [NO_UNIT]


@pytest.mark.parametrize("sent", [quantity(1.1), {"valueString": " 1.1 "}, quantity(1.1, "1")])
def test_inr_needs_no_unit(sent: dict[str, Any]) -> None:
    assert stated(observation("6301-6", sent)) == {"inr": 1.1}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12 %", 12),
        ("12%", 12),
        (">20 %", {"min": 20, "min_open": True}),
        ("<= 2%", {"max": 2}),
        ("≥ 20 %", {"min": 20}),
    ],
)
def test_a_text_that_is_wholly_a_number_counts(text: str, expected: Any) -> None:
    ki67 = observation(KI67, {"valueString": text})
    assert stated(ki67)["ki67_primary_percent"] == expected


@pytest.mark.parametrize(
    "text",
    ["about 12 %", "12 % (hot spot)", "5-10 %", "up to 5 %", "1,1 %", "twelve", "", "12 % %"],
)
def test_any_other_text_is_refused(text: str) -> None:
    assert stated(observation(KI67, {"valueString": text})) == {}
    assert len(reasons(observation(KI67, {"valueString": text}))) == 1


@pytest.mark.parametrize(
    ("comparator", "expected"),
    [
        ("<", {"max": 3, "max_open": True}),
        ("<=", {"max": 3}),
        (">", {"min": 3, "min_open": True}),
        (">=", {"min": 3}),
    ],
)
def test_a_comparator_gives_a_range(comparator: str, expected: Any) -> None:
    ki67 = observation(KI67, quantity(3, "%", comparator))
    assert stated(ki67)["ki67_primary_percent"] == expected


def test_an_unknown_comparator_is_refused() -> None:
    assert reasons(observation(KI67, quantity(3, "%", "ad"))) == [values.COMPARATOR]


def test_a_range_stays_a_range() -> None:
    sent = {"valueRange": {"low": {"value": 5}, "high": {"value": 10, "unit": "%"}}}
    assert stated(observation(KI67, sent))["ki67_primary_percent"] == {"min": 5, "max": 10}


def test_a_reversed_range_is_refused() -> None:
    ends = {"low": {"value": 10, "unit": "%"}, "high": {"value": 5, "unit": "%"}}
    assert reasons(observation(KI67, {"valueRange": ends})) == [values.EMPTY_RANGE]


def test_a_fraction_is_not_taken_for_a_percentage() -> None:
    assert reasons(observation(KI67, quantity(0.12, "1"))) == [values.FRACTION]


@pytest.mark.parametrize(
    ("code", "value", "unit"), [(KI67, 140, "%"), (BILIRUBIN, 500, "mg/dL"), ("777-3", -1, "/uL")]
)
def test_what_is_not_possible_is_refused(code: str, value: float, unit: str) -> None:
    assert reasons(observation(code, quantity(value, unit))) == [values.OUT_OF_RANGE]


@pytest.mark.parametrize("status", ["registered", "cancelled", "entered-in-error", "unknown", "x"])
def test_a_status_that_does_not_count_is_listed(status: str) -> None:
    sent = observation(BILIRUBIN, quantity(1, "mg/dL"), status=status)
    assert stated(sent) == {}
    assert len(reasons(sent)) == 1


def test_a_missing_status_does_not_count() -> None:
    sent = observation(BILIRUBIN, quantity(1, "mg/dL"))
    del sent["status"]
    assert stated(sent) == {}


def test_a_preliminary_result_counts_with_its_flag() -> None:
    sent = observation(BILIRUBIN, quantity(1, "mg/dL"), status="preliminary")
    assert flags(sent, "bilirubin_mg_dl") == ("preliminary",)


def test_a_value_stated_to_be_missing_is_no_value_and_no_absence() -> None:
    reason = {"coding": [{"code": "not-performed"}]}
    sent = ours("bilobar", {"valueBoolean": False}, dataAbsentReason=reason)
    assert reasons(sent) == [values.ABSENT_REASON]
    assert stated(sent) == {}


def test_two_values_in_one_observation_are_refused() -> None:
    sent = observation(BILIRUBIN, quantity(1, "mg/dL") | {"valueString": "2 mg/dL"})
    assert reasons(sent) == [values.TWO_VALUES]


def test_an_unknown_modifier_extension_stops_reading() -> None:
    sent = observation(BILIRUBIN, quantity(1, "mg/dL"), modifierExtension=[{"url": "x"}])
    assert reasons(sent) == [MODIFIED]


def test_a_code_that_is_not_mapped_is_listed_with_the_code() -> None:
    line = reading(observation("2951-2", quantity(140, "mmol/L"))).not_understood[0]
    assert (line.source, line.code, line.reason) == ("Observation/o1", "2951-2", NO_RULE)


def test_an_observation_without_code_is_listed() -> None:
    sent = observation(BILIRUBIN, quantity(1, "mg/dL"))
    del sent["code"]
    assert reasons(sent) == [NO_CODE]


@pytest.mark.parametrize(
    ("code", "value", "unit"),
    [
        ("10471-1", 300, "ng/mL"),  # tissue stain
        ("53047-7", 300, "ug/L"),  # body fluid
        ("31203-3", 3, "mg/L"),  # a concentration in 24 h urine
        ("11145-0", 5, "mg/g{creat}"),  # per creatinine
        ("1693-1", 20, "ng/mL"),  # in serum
        ("1968-7", 0.3, "mg/dL"),  # direct bilirubin
        ("5894-1", 80, "%"),  # Quick
        ("92891-1", 2.5, "{INR}"),  # a goal
        ("54347-0", 600, "umol/L"),  # molar albumin
        ("85330-9", 12, "%"),  # breast cancer
        ("85300-2", 2, "{score}"),  # a breast cancer score
    ],
)
def test_another_quantity_is_refused_with_its_reason(code: str, value: float, unit: str) -> None:
    sent = observation(code, quantity(value, unit))
    assert stated(sent) == {}
    assert reasons(sent)[0] not in (NO_RULE, NO_UNIT)


def test_a_refused_code_wins_over_the_text_beside_it() -> None:
    sent = observation(coded("1968-7", text="Bilirubin"), quantity(0.3, "mg/dL"))
    assert stated(sent) == {}


def test_an_unknown_loinc_code_wins_over_the_text_beside_it() -> None:
    urine = observation(coded("1977-8", text="Bilirubin"), quantity(1, "mg/dL"))
    assert reasons(urine) == [NO_RULE]


def test_a_name_counts_where_only_a_local_code_is_present() -> None:
    local = observation(coded("BIL", "urn:lab", " Total  BILIRUBIN"), quantity(1, "mg/dL"))
    assert stated(local) == {"bilirubin_mg_dl": 1}
    assert flags(local, "bilirubin_mg_dl") == ("by_text",)


def test_a_name_does_not_count_for_another_body_fluid() -> None:
    sent = observation(
        {"text": "Bilirubin"}, quantity(1, "mg/dL"), specimen={"display": "Urine, random"}
    )
    assert reasons(sent) == [OTHER_FLUID]


@pytest.mark.parametrize(
    "where",
    [
        {"bodySite": {"text": "ascitic fluid"}},
        {"specimen": {"display": "Urine, random"}},
        {"specimen": {"display": "Sammelurin"}},
        {"bodySite": {"coding": [{"display": "Pleurapunktat"}]}},
    ],
)
def test_a_code_of_the_blood_does_not_count_in_another_body_fluid(where: dict[str, Any]) -> None:
    sent = observation("1751-7", quantity(11, "g/L"), **where)
    assert stated(sent) == {}
    assert reasons(sent) == [OTHER_FLUID]


def test_a_specimen_of_blood_and_5hiaa_in_urine_count() -> None:
    blood = {"display": "Blood, taken during surgery"}
    assert stated(observation("1975-2", quantity(1, "mg/dL"), specimen=blood))
    urine = {"display": "24 h urine"}
    assert stated(observation("1695-6", quantity(9, "mg/(24.h)"), specimen=urine))


def test_a_result_without_any_date_is_flagged_as_undated() -> None:
    sent = observation("1975-2", quantity(1, "mg/dL"))
    del sent["effectiveDateTime"]
    assert reading(sent).statements[0].effective is None
    assert flags(sent, "bilirubin_mg_dl") == ("undated",)


def test_chromogranin_in_mass_units_gives_value_and_multiple_of_its_upper_limit() -> None:
    sent = observation(
        CGA, quantity(300, "ng/mL"), referenceRange=[{"high": {"value": 100, "unit": "ng/mL"}}]
    )
    assert stated(sent) == {"chromogranin_a_ng_ml": 300, "chromogranin_a_x_uln": 3}
    assert reading(sent).statements[0].upper_limit == 100


@pytest.mark.parametrize(("code", "unit"), [("25587-7", "nmol/L"), ("30169-7", "U/L")])
def test_chromogranin_in_other_units_gives_only_the_multiple(code: str, unit: str) -> None:
    limit = [{"high": {"value": 6, "unit": unit}}]
    assert stated(observation(code, quantity(12, unit), referenceRange=limit)) == {
        "chromogranin_a_x_uln": 2
    }


def test_chromogranin_in_other_units_without_upper_limit_is_refused() -> None:
    assert reasons(observation("25587-7", quantity(12, "nmol/L"))) == [
        observation_readings.NO_LIMIT
    ]


@pytest.mark.parametrize("text", ["<100", "0 - 100 ng/mL", "up to 100 ng/mL", "≤ 100"])
def test_an_upper_limit_in_words_counts_and_says_so(text: str) -> None:
    sent = observation(CGA, quantity(300, "ng/mL"), referenceRange=[{"text": text}])
    assert stated(sent)["chromogranin_a_x_uln"] == 3
    assert flags(sent, "chromogranin_a_x_uln") == ("by_text",)
    assert flags(sent, "chromogranin_a_ng_ml") == ()


@pytest.mark.parametrize("text", ["normal below 100", "<100 (fasting)", ">100", "0-100 U/L", "100"])
def test_no_other_words_are_an_upper_limit(text: str) -> None:
    sent = observation(CGA, quantity(300, "ng/mL"), referenceRange=[{"text": text}])
    assert stated(sent) == {"chromogranin_a_ng_ml": 300}


def test_a_comparator_stays_in_the_multiple_of_the_upper_limit() -> None:
    limit = [{"high": {"value": 100}}]
    sent = observation(CGA, quantity(500, "ng/mL", ">"), referenceRange=limit)
    assert stated(sent)["chromogranin_a_x_uln"] == {"min": 5, "min_open": True}


def test_an_observation_without_date_takes_its_release_and_says_so() -> None:
    sent = observation(BILIRUBIN, quantity(1, "mg/dL"), issued="2026-05-02T10:00:00Z")
    del sent["effectiveDateTime"]
    (only,) = reading(sent).statements
    assert (only.effective, only.flags) == ("2026-05-02T10:00:00Z", ("released",))


def test_the_oid_of_a_code_system_is_the_same_system() -> None:
    sent = observation(coded(BILIRUBIN, "urn:oid:2.16.840.1.113883.6.1"), quantity(1, "mg/dL"))
    assert stated(sent) == {"bilirubin_mg_dl": 1}


def test_no_reason_repeats_a_value() -> None:
    secret = "patient Doe 4711"
    sent = [
        observation(BILIRUBIN, {"valueString": secret}, status=status)
        for status in ("final", secret)
    ]
    assert secret not in str([reading(one).not_understood for one in sent])


def test_systems_are_not_mixed_up() -> None:
    assert stated(observation(coded(BILIRUBIN, ICD), quantity(1, "mg/dL"))) == {}
    assert stated(observation({"coding": [{"code": BILIRUBIN}]}, quantity(1, "mg/dL"))) == {}
    assert stated(observation(coded(BILIRUBIN, LOINC), quantity(1, "mg/dL"))) != {}


@pytest.mark.parametrize(
    ("code", "unit", "value"),
    [
        ("777-3", "Tsd/µl", 210),
        ("777-3", "Tsd./µl", 210),
        ("777-3", "/nl", 210),
        ("777-3", "Giga/l", 210),
        ("62238-1", "ml/min/1,73m²", 58),
        ("62238-1", "ml/min/1.73", 58),
        ("62238-1", "ml/min/1,73qm", 58),
    ],
)
def test_units_as_german_laboratories_write_them(code: str, unit: str, value: float) -> None:
    sent = observation(code, {"valueQuantity": {"value": value, "unit": unit}})
    assert list(stated(sent).values()) == [value]


def test_a_clearance_without_its_area_is_another_quantity() -> None:
    sent = observation("62238-1", {"valueQuantity": {"value": 58, "unit": "ml/min"}})
    assert reasons(sent) == [REFUSED_UNIT]


@pytest.mark.parametrize("text", ["1,1", "< 1,1", "1,15 INR"])
def test_a_decimal_comma_is_named_as_the_reason(text: str) -> None:
    sent = observation("6301-6", {"valueString": text})
    assert stated(sent) == {}
    assert reasons(sent) == [values.DECIMAL_COMMA]
