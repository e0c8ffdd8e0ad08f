"""Observations of tissue, imaging and state: whose, where, how worded, present or absent."""

from typing import Any

import pytest

from fhir_mappings import observation_readings, values
from fhir_mappings.drafts import NO_RULE
from fhir_mappings.units import REFUSED_UNIT
from tests.fhir_mappings.resources import (
    OURS,
    SNOMED,
    coded,
    flags,
    observation,
    ours,
    quantity,
    reading,
    reasons,
    stated,
)

KI67, ECOG = "29593-1", "89247-1"
LIVER = {"bodySite": coded("10200004", SNOMED)}


@pytest.mark.parametrize(
    ("elements", "fact", "expected_flags"),
    [
        ({}, "ki67_primary_percent", ("specimen_unknown",)),
        ({"specimen": {"display": "Liver, core biopsy"}}, "ki67_metastasis_percent", ()),
        (LIVER, "ki67_metastasis_percent", ()),
        ({"bodySite": {"text": "Ileum"}}, "ki67_primary_percent", ()),
        ({"specimen": {"display": "Biopsy"}}, "ki67_primary_percent", ("specimen_unknown",)),
        ({"bodySite": {"text": "Mesenteric lymph node metastasis"}}, "ki67_metastasis_percent", ()),
    ],
)
def test_the_specimen_decides_whose_ki67_it_is(
    elements: dict[str, Any], fact: str, expected_flags: tuple[str, ...]
) -> None:
    sent = observation(KI67, quantity(5, "%"), **elements)
    assert stated(sent) == {fact: 5}
    assert flags(sent, fact) == expected_flags


def test_a_contained_specimen_is_followed() -> None:
    specimen = {"resourceType": "Specimen", "id": "s", "type": {"text": "Liver tissue"}}
    sent = observation(KI67, quantity(5, "%"), specimen={"reference": "#s"}, contained=[specimen])
    assert "ki67_metastasis_percent" in stated(sent)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (coded("1663004", SNOMED), {"reported_grade": "G2"}),
        (coded("1286893008", SNOMED), {"reported_grade": "G2"}),
        (coded("373375007", SNOMED), {"differentiation": "well"}),
        ({"text": " grade 2 "}, {"reported_grade": "G2"}),
        ({"text": "NEC"}, {"reported_grade": "NEC"}),
    ],
)
def test_a_grade_is_read_from_codes_and_listed_forms(answer: Any, expected: Any) -> None:
    assert stated(observation("33732-9", {"valueCodeableConcept": answer})) == expected


@pytest.mark.parametrize("text", ["G2 or G3", "Grade", "not G1", "G4"])
def test_no_grade_comes_from_other_words(text: str) -> None:
    sent = observation("33732-9", {"valueCodeableConcept": {"text": text}})
    assert reasons(sent) == [values.UNKNOWN_ANSWER]


def test_answers_that_disagree_are_refused() -> None:
    codings = [{"system": SNOMED, "code": code} for code in ("54102005", "1663004")]
    sent = observation("33732-9", {"valueCodeableConcept": {"coding": codings}})
    assert reasons(sent) == [values.CONFLICTING]


@pytest.mark.parametrize(
    "sent",
    [
        {"valueInteger": 1},
        {"valueCodeableConcept": coded("LA9623-5")},
        {"valueCodeableConcept": coded("422512005", SNOMED)},
        {"valueCodeableConcept": {"text": "ECOG 1"}},
        {"valueString": "ECOG 1"},
        {"valueString": "1"},
        quantity(1, "{score}"),
    ],
)
def test_ecog_is_read_in_all_its_forms(sent: dict[str, Any]) -> None:
    assert stated(observation(ECOG, sent)) == {"ecog": 1}


def test_half_an_ecog_grade_is_refused() -> None:
    assert reasons(observation(ECOG, quantity(1.5, "{score}"))) == [values.NOT_WHOLE]


@pytest.mark.parametrize(
    ("answer", "status", "judged"),
    [
        (coded("LA28370-7"), "PD", False),
        ({"text": "Partial response"}, "PR", False),
        (coded("268910001", SNOMED), "PR", True),
        (coded("359746009", SNOMED), "SD", True),
        (coded("271299001", SNOMED), "PD", True),
    ],
)
def test_responses_by_recist_and_by_clinical_judgement_are_told_apart(
    answer: Any, status: str, judged: bool
) -> None:
    sent = observation("97509-4", {"valueCodeableConcept": answer})
    assert stated(sent) == {"recist_status": status}
    assert ("clinical_judgement" in flags(sent, "recist_status")) is judged


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (coded("2667000", SNOMED), "patent"),
        (coded("LA9634-2"), "patent"),
        ({"text": "absent"}, "patent"),
        (coded("52101004", SNOMED), "thrombosis_extent_unknown"),
    ],
)
def test_a_finding_stated_as_absent_or_present_counts(sent: Any, expected: str) -> None:
    thrombosis = observation(coded("17920008", SNOMED), {"valueCodeableConcept": sent})
    assert stated(thrombosis) == {"portal_vein": expected}


def test_a_finding_named_in_words_counts_with_a_stated_value() -> None:
    sent = observation({"text": "Ascites"}, {"valueString": "none"})
    assert stated(sent) == {"ascites": "none"}
    assert flags(sent, "ascites") == ("by_text",)


def test_a_finding_without_value_says_nothing() -> None:
    assert reasons(observation(coded("389026000", SNOMED), {})) == [values.NO_VALUE]


@pytest.mark.parametrize(
    "value",
    [
        {"valueRatio": {"numerator": {"value": 4}, "denominator": {"value": 2, "code": "mm2"}}},
        {"valueDateTime": "2026-01-01"},
        {"valueTime": "10:00:00"},
        {"valuePeriod": {"start": "2026-01-01"}},
        {"valueSampledData": {"origin": {"value": 1}, "data": "1 2"}},
    ],
)
def test_a_value_of_a_type_that_is_not_read_is_never_said_to_be_missing(
    value: dict[str, Any],
) -> None:
    sent = observation("1975-2", value)
    assert stated(sent) == {}
    assert reasons(sent) == ["no value, or one of a type that is not read"]


def test_absence_of_ascites_is_a_statement() -> None:
    sent = observation(coded("389026000", SNOMED), {"valueBoolean": False})
    assert stated(sent) == {"ascites": "none"}


def test_components_are_read_each_under_its_own_code() -> None:
    panel = observation(
        coded("60567-5"),
        {},
        component=[
            {"code": coded(KI67), **quantity(4, "%")},
            {"code": coded("33732-9"), "valueCodeableConcept": coded("1663004", SNOMED)},
        ],
    )
    assert stated(panel) == {"ki67_primary_percent": 4, "reported_grade": "G2"}


def test_what_is_not_mapped_in_a_panel_is_listed() -> None:
    parts = [{"code": coded(KI67), **quantity(4, "%")}, {"code": coded("8480-6")}]
    sent = observation("60567-5", {}, component=parts)
    assert stated(sent) == {"ki67_primary_percent": 4}
    assert reasons(sent) == [NO_RULE]


def test_a_panel_that_is_mapped_and_holds_nothing_mapped_is_not_silent() -> None:
    sent = observation(KI67, {}, component=[{"code": coded("8480-6")}])
    assert reasons(sent) == [values.NO_VALUE]


def test_a_panel_of_which_nothing_is_mapped_is_one_line() -> None:
    parts = [{"code": coded("8480-6"), **quantity(120, "mm[Hg]")}]
    assert reasons(observation("85354-9", {}, component=parts)) == [NO_RULE]


def test_a_lesion_counts_with_the_liver_as_its_site() -> None:
    sent = observation("21889-1", quantity(2.5, "cm"), bodySite=coded("277957003", SNOMED))
    assert stated(sent)["liver_lesion"] == {
        "id": "Observation/o1",
        "size_mm": 25,
        "lobe": "left",
        "targets_only": False,
    }


def test_a_lesion_of_an_unstated_site_may_be_the_primary() -> None:
    assert reasons(observation("21889-1", quantity(25, "mm"))) == [observation_readings.NOT_LIVER]


def test_the_words_of_the_focus_may_place_a_lesion() -> None:
    focus = [{"reference": "BodyStructure/7", "display": "Metastasis, liver segment VI"}]
    sent = observation("21889-1", quantity(2, "cm"), focus=focus)
    assert stated(sent)["liver_lesion"]["lobe"] == "right"


def test_a_count_under_a_general_code_needs_the_liver() -> None:
    number = coded("246206008", SNOMED)
    assert stated(observation(number, {"valueInteger": 3})) == {}
    assert stated(observation(number, {"valueInteger": 3}, **LIVER)) == {"liver_lesion_count": 3}


@pytest.mark.parametrize(
    ("fact", "sent", "expected"),
    [
        ("liver_tumor_burden_percent", {"valueInteger": 30}, 30),
        ("krenning_score", {"valueInteger": 3}, 3),
        ("bilobar", {"valueBoolean": True}, True),
        ("bilobar", {"valueCodeableConcept": coded("2667000", SNOMED)}, False),
        ("reported_resectability", {"valueCodeableConcept": coded("r0", OURS)}, "r0"),
        ("reported_resectability", {"valueString": "Unresectable"}, "unresectable"),
        ("extrahepatic_disease", {"valueCodeableConcept": {"text": "none"}}, "none"),
        ("portal_vein", {"valueString": "Portal vein patent"}, "patent"),
        ("progressed_on", {"valueCodeableConcept": coded("ssa", OURS)}, "ssa"),
        ("primary_status", {"valueCodeableConcept": coded("in_situ", OURS)}, "in_situ"),
        ("lung_shunt_percent", quantity(8, "%"), 8),
        ("future_liver_remnant_percent", quantity(35), 35),
        ("mitoses_per_2mm2", quantity(3, "/(2.mm2)"), 3),
    ],
)
def test_our_own_codes_state_any_fact(fact: str, sent: dict[str, Any], expected: Any) -> None:
    assert stated(ours(fact, sent))[fact] == expected


def test_mitoses_per_high_power_fields_are_refused() -> None:
    sent = observation({"text": "Mitotic count"}, quantity(3, "/10 HPF"))
    assert reasons(sent) == [REFUSED_UNIT]


def test_the_margin_of_a_liver_specimen_is_not_that_of_the_primary() -> None:
    margin = {"valueCodeableConcept": coded("258254000", SNOMED)}
    assert stated(observation("84892-9", margin)) == {"primary_status": "resected_r0"}
    assert stated(observation("84892-9", margin, **LIVER)) == {}


def test_histology_says_that_there_is_a_neuroendocrine_tumor() -> None:
    icdo = "http://terminology.hl7.org/CodeSystem/icd-o-3"
    sent = observation("31206-6", {"valueCodeableConcept": coded("8240/3", icdo)})
    assert stated(sent) == {"has_neuroendocrine_tumor": True, "differentiation": "well"}
    assert reading(sent).sign


def test_the_method_of_a_krenning_score_gives_the_modality() -> None:
    score = ours("krenning_score", {"valueInteger": 3}, method=coded("764695006", SNOMED))
    assert stated(score) == {"krenning_score": 3, "sstr_modality": "ga68_pet"}
    other = ours("krenning_score", {"valueInteger": 3}, method={"text": "by eye"})
    assert stated(other) == {"krenning_score": 3}


def test_a_lesion_without_a_size_is_listed() -> None:
    assert reasons(observation("21889-1", {}, **LIVER)) == [values.NO_VALUE]
    sized = {"valueRange": {"low": {"value": 1, "unit": "cm"}, "high": {"value": 2}}}
    lesion = stated(observation("21889-1", sized, **LIVER))["liver_lesion"]
    assert lesion["size_mm"] == {"min": 10, "max": 20}


def test_presence_of_what_has_no_absence_counts_and_its_absence_says_nothing() -> None:
    bone = coded("94222008", SNOMED)
    assert stated(observation(bone, {"valueBoolean": True})) == {"extrahepatic_sites": "bone"}
    assert stated(observation(bone, {"valueBoolean": False})) == {}
    assert len(reasons(observation(bone, {"valueBoolean": False}))) == 1
    assert len(reasons(observation(coded("788390005", SNOMED), {"valueBoolean": True}))) == 1
