"""The same disease as US Core, mCODE, German (MII, ISiK) and registry data write it."""

from typing import Any

import pytest

from tests.fhir_mappings.resources import (
    ICD,
    LOINC,
    RXNORM,
    SNOMED,
    coded,
    condition,
    facts,
    flags,
    given,
    observation,
    procedure,
    quantity,
    request,
    stated,
    therapies,
)

Json = dict[str, Any]

BAND = "X" * 3  # how registries write a Ki-67 that is no number
NAACCR = "http://terminology.hl7.org/CodeSystem/naaccrCodes"
UCUM = "http://unitsofmeasure.org"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VERIFIED = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
MCODE = "http://hl7.org/fhir/us/mcode/StructureDefinition"
GM = "http://fhir.de/CodeSystem/bfarm/icd-10-gm"
ATC_DE = "http://fhir.de/CodeSystem/bfarm/atc"

STATUSES: Json = {
    "clinicalStatus": coded("active", CLINICAL),
    "verificationStatus": coded("confirmed", VERIFIED),
}


def concept(*codings: tuple[str, str, str], text: str | None = None) -> Json:
    listed = [{"system": system, "code": code, "display": name} for system, code, name in codings]
    return {"coding": listed} | ({"text": text} if text else {})


def measured(value: float, unit: str, code: str) -> Json:
    return {"valueQuantity": {"value": value, "unit": unit, "system": UCUM, "code": code}}


# --- US Core ------------------------------------------------------------------------------------


def test_us_core_problems_and_laboratory_results() -> None:
    liver = concept(
        (SNOMED, "94381002", "Secondary malignant neoplasm of liver"),
        (ICD, "C7B.02", "Secondary carcinoid tumors of liver"),
        text="Carcinoid metastatic to liver",
    )
    category = {"category": [concept((CATEGORY, "laboratory", "Laboratory"), text="Laboratory")]}
    bilirubin = concept((LOINC, "1975-2", "Bilirubin.total"), text="BILIRUBIN TOTAL")
    found = facts(
        condition(liver, **STATUSES, id="liver"),
        observation(bilirubin, measured(0.8, "mg/dL", "mg/dL"), **category),
        observation(coded("777-3"), measured(210, "10*3/uL", "10*3/uL"), **category, id="plt"),
    )
    assert found["has_liver_metastases"] is True
    assert found["has_neuroendocrine_tumor"] is True
    assert (found["bilirubin_mg_dl"], found["platelets_10e9_l"]) == (0.8, 210)


def test_us_core_medication_as_a_product_with_its_name() -> None:
    product = concept((RXNORM, "0000000", "octreotide 20 MG Injection [Sandostatin LAR]"))
    assert therapies(request(product)) == ["ssa"]


# --- mCODE --------------------------------------------------------------------------------------


def test_mcode_primary_with_its_morphology_and_the_metastasis() -> None:
    histology = {
        "url": f"{MCODE}/mcode-histology-morphology-behavior",
        "valueCodeableConcept": coded("8240/3", "http://terminology.hl7.org/CodeSystem/icd-o-3"),
    }
    found = facts(
        condition(concept((ICD, "C25.4", "")), **STATUSES, extension=[histology], id="primary"),
        condition(concept((SNOMED, "94381002", "")), **STATUSES, id="secondary"),
    )
    assert found["primary_site"] == "pancreas"
    assert found["differentiation"] == "well"
    assert found["has_liver_metastases"] is True


def test_mcode_grade_disease_status_and_performance() -> None:
    improved = concept((SNOMED, "268910001", "Patient's condition improved"))
    found = facts(
        observation("33732-9", {"valueCodeableConcept": coded("1663004", SNOMED)}, id="grade"),
        observation("97509-4", {"valueCodeableConcept": improved}, id="status"),
        observation("89247-1", {"valueInteger": 1}, id="ecog"),
    )
    assert found["reported_grade"] == "G2"
    assert found["recist_status"] == "PR"
    assert flags(observation("97509-4", {"valueCodeableConcept": improved}), "recist_status") == (
        "clinical_judgement",
    )
    assert found["ecog"] == 1


def tumor_size(structure: str, mm: float, day: str, **elements: Any) -> Json:
    """mCODE tumor size: the longest dimension as a component, the tumor as focus."""
    longest = {"code": coded("33728-7"), **measured(mm, "mm", "mm")}
    return observation(
        "21889-1",
        {},
        component=[longest],
        focus=[{"reference": f"BodyStructure/{structure}"}],
        effectiveDateTime=day,
        **elements,
    )


def structure(id_: str, segment: str) -> Json:
    return {
        "resourceType": "BodyStructure",
        "id": id_,
        "patient": {"reference": "Patient/p"},
        "location": coded(segment, SNOMED),
    }


def test_mcode_tumor_sizes_are_lesions_known_by_their_body_structure() -> None:
    found = facts(
        structure("a", "277957003"),
        structure("b", "277960005"),
        tumor_size("a", 31, "2026-05-01", id="s1"),
        tumor_size("b", 18, "2026-05-01", id="s2"),
        tumor_size("b", 19, "2026-05-01", id="s3", meta={"lastUpdated": "2026-05-03T00:00:00Z"}),
    )
    assert found["liver_lesion_count"] == 2
    assert found["largest_liver_lesion_mm"] == 31
    assert found["bilobar"] is True


def test_a_newer_study_replaces_the_older_and_is_never_mixed_with_it() -> None:
    older = [tumor_size(name, 40, "2025-11-01", id=f"o{name}") for name in ("a", "b")]
    found = facts(
        structure("a", "277957003"),
        structure("b", "277960005"),
        *older,
        tumor_size("a", 12, "2026-05-01", id="n"),
    )
    assert found["liver_lesion_count"] == 1
    assert found["largest_liver_lesion_mm"] == 12


# --- German -------------------------------------------------------------------------------------


def test_german_laboratory_units_and_codes() -> None:
    text = "Bilirubin gesamt (Serum)"
    bilirubin = concept((LOINC, "14631-6", "Bilirubin [Mol/Vol]"), text=text)
    found = facts(
        observation(bilirubin, measured(17.1, "µmol/l", "umol/L"), id="bili"),
        observation(coded("718-7"), {"valueQuantity": {"value": 132, "unit": "g/l"}}, id="hb"),
        observation(coded("6690-2"), {"valueQuantity": {"value": 5.2, "unit": "Gpt/l"}}, id="leu"),
        observation(coded("2160-0"), {"valueQuantity": {"value": 88.4, "unit": "µmol/l"}}, id="k"),
    )
    assert found["bilirubin_mg_dl"] == 1
    assert found["hemoglobin_g_dl"] == 13.2
    assert found["leukocytes_10e9_l"] == 5.2
    assert found["creatinine_mg_dl"] == 1


def test_german_diagnoses_count_by_snomed_and_never_by_a_code_system_nobody_verified() -> None:
    both = concept(
        (GM, "C78.7", "Sekundäre bösartige Neubildung der Leber"),
        (SNOMED, "94381002", "Lebermetastase"),
    )
    assert stated(condition(both, **STATUSES))["has_liver_metastases"] is True
    assert stated(condition(concept((GM, "C78.7", "")), **STATUSES)) == {}


def certain(certainty: str, code: str = "94381002") -> Json:
    """ICD-10-GM with its certainty beside SNOMED CT."""
    url = "http://fhir.de/StructureDefinition/icd-10-gm-diagnosesicherheit"
    system = "https://fhir.kbv.de/CodeSystem/KBV_CS_SFHIR_ICD_DIAGNOSESICHERHEIT"
    said = [{"url": url, "valueCoding": {"system": system, "code": certainty}}]
    german = {"system": GM, "code": "C78.7", "extension": said}
    return condition({"coding": [german, {"system": SNOMED, "code": code}]})


@pytest.mark.parametrize(
    ("certainty", "said"),
    [
        ("G", {"has_liver_metastases": True}),
        ("Z", {"has_liver_metastases": True}),
        ("A", {}),
        ("V", {"candidate_condition": {"fact": "has_liver_metastases", "value": True}}),
    ],
)
def test_german_certainty_of_a_diagnosis_is_heeded(certainty: str, said: Json) -> None:
    assert stated(certain(certainty)) == said


def test_a_german_state_after_is_no_longer_there() -> None:
    thrombosis = "17920008"
    assert stated(certain("G", thrombosis)) == {"portal_vein": "thrombosis_extent_unknown"}
    assert stated(certain("Z", thrombosis)) == {}


@pytest.mark.parametrize("text", ["V.a. Lebermetastasen", "Verdacht auf Lebermetastasen"])
def test_a_german_suspicion_beside_a_code_is_a_candidate(text: str) -> None:
    assert list(stated(condition(coded("94381002", SNOMED, text)))) == ["candidate_condition"]
    ruled_out = coded("94381002", SNOMED, "Ausschluss Lebermetastasen")
    assert stated(condition(ruled_out)) == {}


@pytest.mark.parametrize(
    ("code", "text", "said"),
    [
        ("33732-9", "Grad 2", {"reported_grade": "G2"}),
        ("97509-4", "Stabile Erkrankung", {"recist_status": "SD"}),
        ("97509-4", "Progrediente Erkrankung", {"recist_status": "PD"}),
        ("97509-4", "keine Progrediente Erkrankung", {}),
    ],
)
def test_german_answers_count_as_whole_texts_only(code: str, text: str, said: Json) -> None:
    assert stated(observation(code, {"valueString": text})) == said


def test_german_drugs_by_the_german_issue_of_atc() -> None:
    drug = {"medicationCodeableConcept": concept((ATC_DE, "H01CB02", "Octreotid"))}
    assert therapies(given("Octreotid", "2026-02-01", **drug)) == ["ssa"]


def test_german_procedures_with_snomed_beside_ops() -> None:
    ops = ("http://fhir.de/CodeSystem/bfarm/ops", "5-502.0", "Hemihepatektomie rechts")
    both = concept(ops, (SNOMED, "61326000", "Hemihepatektomie rechts"))
    assert therapies(procedure(both)) == ["hepatectomy"]


# --- Registries ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "percent"),
    [
        ({"valueString": "12.0"}, 12),
        ({"valueString": "12 %"}, 12),
        (quantity(12), 12),
        ({"valueString": f"{BAND}.4"}, {"max": 3, "max_open": True}),
        ({"valueCodeableConcept": coded(f"{BAND}.5", NAACCR)}, {"min": 3, "max": 20}),
        ({"valueString": f"{BAND.lower()}.6"}, {"min": 20, "min_open": True}),
        ({"valueString": f"{BAND}.9"}, None),
    ],
)
def test_registry_ki67_is_a_percentage_or_a_band(value: Json, percent: Any) -> None:
    sent = observation(coded("3863", NAACCR), value, specimen={"display": "pancreas"})
    assert stated(sent).get("ki67_primary_percent") == percent


@pytest.mark.parametrize("item", ["3843", "3844", "3845", "1068"])
@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("1", {"reported_grade": "G1"}),
        ("3", {"reported_grade": "G3"}),
        ("A", {"differentiation": "well"}),
        ("C", {"differentiation": "poor"}),
        ("B", {}),
        ("9", {}),
    ],
)
def test_registry_grades(item: str, value: str, said: Json) -> None:
    by_code = {"valueCodeableConcept": coded(value, NAACCR)}
    assert stated(observation(coded(item, NAACCR), by_code)) == said
    assert stated(observation(coded(item, NAACCR), {"valueString": value})) == said
