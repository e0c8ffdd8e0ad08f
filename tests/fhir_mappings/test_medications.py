"""Medications: drugs, lines and regimens, and what the disease progressed on."""

from datetime import date
from typing import Any

import pytest

from fhir_mappings import derived_facts, medications, treatments
from fhir_mappings.combination import combine_with_reasons
from tests.fhir_mappings.resources import (
    ATC,
    LOINC,
    OURS,
    RXNORM,
    SNOMED,
    TODAY,
    coded,
    condition,
    facts,
    flags,
    given,
    history,
    observation,
    ours,
    procedure,
    quantity,
    reading,
    readings,
    reasons,
    request,
    stated,
    taken,
    therapies,
)

HEPATIC = {"bodySite": [coded("10200004", SNOMED)]}
HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"


@pytest.mark.parametrize(
    ("medication", "therapy"),
    [
        (coded("7617", RXNORM), "ssa"),
        (coded("H01CB03", ATC), "ssa"),
        (coded("L01EG02", ATC), "everolimus"),
        (coded("A9513", HCPCS), "prrt"),
        ("Lanreotide 120 mg injection", "ssa"),
        ("octreotide 20 MG Injection [Sandostatin LAR]", "ssa"),
        ("10 ML sunitinib 12.5 MG Oral Capsule", "sunitinib"),
        ("Everolimus", "everolimus"),
        ("CAPTEM", "captem"),
    ],
)
def test_a_drug_is_known_by_its_ingredient(medication: Any, therapy: str) -> None:
    assert therapies(request(medication)) == [therapy]


def test_a_product_code_we_do_not_know_is_read_by_its_name() -> None:
    coding = {"system": RXNORM, "code": "999999", "display": "everolimus 7.5 MG Oral Tablet"}
    sent = request({"coding": [coding]})
    assert therapies(sent) == ["everolimus"]
    assert flags(sent, "drug") == ("by_text",)


@pytest.mark.parametrize(
    "medication", ["octreotide allergy", "no everolimus", "everolimus or sunitinib", "aspirin"]
)
def test_no_other_words_are_a_drug(medication: str) -> None:
    assert stated(request(medication)) == {}


@pytest.mark.parametrize(
    "elements",
    [
        {"intent": "proposal"},
        {"intent": "plan"},
        {"intent": "option"},
        {"status": "draft"},
        {"status": "cancelled"},
        {"status": "entered-in-error"},
        {"status": "unknown"},
        {"doNotPerform": True},
    ],
)
def test_a_request_that_orders_nothing_does_not_count(elements: dict[str, Any]) -> None:
    assert stated(request("lanreotide", **elements)) == {}
    assert len(reasons(request("lanreotide", **elements))) == 1


@pytest.mark.parametrize(
    "status", ["intended", "not-taken", "on-hold", "unknown", "entered-in-error"]
)
def test_a_drug_that_was_not_taken_does_not_count(status: str) -> None:
    assert stated(taken("lanreotide", "2025-01-01", status=status)) == {}


def test_everolimus_of_a_transplant_is_no_treatment_of_the_tumor() -> None:
    assert stated(request(coded("L04AH02", ATC))) == {}
    for_graft = request("everolimus", reasonCode=[{"text": "Kidney transplant rejection"}])
    assert reasons(for_graft) == [medications.TRANSPLANT]
    assert therapies(request("everolimus"), condition("Z94.0")) == []
    sent = [
        one
        for each in readings(request("everolimus"), condition("Z94.0"))
        for one in each.statements
    ]
    (line,) = combine_with_reasons(sent, TODAY).not_understood
    assert line.reason == derived_facts.AFTER_TRANSPLANT


def test_everolimus_before_a_kidney_transplant_was_for_the_tumor() -> None:
    graft = procedure({"text": "Kidney transplantation"}, performedDateTime="2025-06-01")
    assert therapies(request("everolimus", authoredOn="2025-01-01"), graft) == ["everolimus"]
    assert therapies(request("everolimus", authoredOn="2025-07-01"), graft) == []


@pytest.mark.parametrize("words", ["TARE", "SIRT", "TACE", "DEB-TACE", "Bland embolization"])
def test_the_name_of_an_embolization_needs_the_liver_too(words: str) -> None:
    assert reasons(procedure({"text": words})) == [treatments.NOT_HEPATIC]
    assert len(therapies(procedure({"text": words}, **HEPATIC))) == 1


@pytest.mark.parametrize(
    "site", ["Hepatic flexure of colon", "Extrahepatic", "Perihepatic lymph node"]
)
def test_not_everything_with_a_liver_in_its_name_is_the_liver(site: str) -> None:
    assert reasons(procedure("441525007", bodySite=[{"text": site}])) == [treatments.NOT_HEPATIC]


@pytest.mark.parametrize("therapy", ["tace", "captem", "sbrt"])
def test_our_own_codes_state_any_treatment(therapy: str) -> None:
    assert therapies(procedure(coded(therapy, OURS))) == [therapy]


def test_the_history_says_how_it_was_read() -> None:
    assert flags(request("lanreotide", status="stopped"), "drug") == ("stopped", "by_text")


def test_short_acting_octreotide_is_no_line_of_treatment() -> None:
    assert stated(request(coded("J2354", HCPCS))) == {}


def test_a_contained_medication_is_followed() -> None:
    medication = {"resourceType": "Medication", "id": "m", "code": {"text": "lanreotide"}}
    sent = request("x", medicationReference={"reference": "#m"}, contained=[medication])
    del sent["medicationCodeableConcept"]
    assert therapies(sent) == ["ssa"]


def test_a_medication_in_the_same_bundle_is_followed() -> None:
    medication = {"resourceType": "Medication", "id": "m9", "code": coded("7617", RXNORM)}
    sent = request("x", medicationReference={"reference": "Medication/m9"})
    del sent["medicationCodeableConcept"]
    assert [len(one.statements) for one in readings(sent, medication)] == [1, 0]
    assert reasons(sent) == [medications.NOT_SENT]


def test_doses_of_one_drug_are_one_line() -> None:
    doses = [given("lanreotide", f"2025-0{month}-01") for month in range(1, 6)]
    assert history(*doses) == [("ssa", date(2025, 1, 1), date(2025, 5, 1))]


def test_a_long_pause_begins_another_line() -> None:
    assert history(given("lanreotide", "2023-01-01"), given("octreotide", "2025-01-01")) == [
        ("ssa", date(2023, 1, 1), date(2023, 1, 1)),
        ("ssa", date(2025, 1, 1), date(2025, 1, 1)),
    ]


def test_cycles_of_prrt_are_counted_once_each() -> None:
    doses = [given("lutathera", day) for day in ("2025-01-10", "2025-03-10", "2025-05-10")]
    session = procedure("431743005", performedDateTime="2025-01-10")
    (line,) = facts(*doses, session)["treatment_history"]
    assert (line.therapy, line.cycles) == ("prrt", 3)


@pytest.mark.parametrize(
    ("drugs", "expected"),
    [
        (["capecitabine", "temozolomide"], ["captem"]),
        (["cisplatin", "etoposide"], ["platinum_etoposide"]),
        (["carboplatin", "etoposide"], ["platinum_etoposide"]),
        (["streptozocin", "5-FU"], ["streptozocin_based"]),
        (["oxaliplatin", "fluorouracil"], ["oxaliplatin_based"]),
        (["capecitabine"], []),
        (["temozolomide"], []),
        (["etoposide"], []),
        (["oxaliplatin"], []),
    ],
)
def test_drugs_of_one_regimen_make_it_and_one_alone_does_not(
    drugs: list[str], expected: list[str]
) -> None:
    assert therapies(*(taken(drug, "2025-01-05", "2025-04-01") for drug in drugs)) == expected


@pytest.mark.parametrize(("second", "expected"), [("2025-01-31", ["captem"]), ("2025-02-01", [])])
def test_the_drugs_of_a_regimen_begin_within_thirty_days(second: str, expected: list[str]) -> None:
    one, other = taken("capecitabine", "2025-01-01"), taken("temozolomide", second)
    assert therapies(one, other) == expected


def progression(day: str) -> dict[str, Any]:
    return observation(
        "97509-4", {"valueCodeableConcept": coded("LA28370-7", LOINC)}, effectiveDateTime=day
    )


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2024-12-31", None),
        ("2025-01-01", {"ssa"}),
        ("2025-06-30", {"ssa"}),
        ("2025-07-01", None),
    ],
)
def test_the_disease_progressed_on_what_was_running(day: str, expected: Any) -> None:
    found = facts(taken("lanreotide", "2025-01-01", "2025-06-30"), progression(day))
    assert found.get("progressed_on") == expected


def test_a_drug_still_active_is_running() -> None:
    found = facts(taken("lanreotide", "2025-01-01"), progression("2026-05-01"))
    assert found["progressed_on"] == {"ssa"}


def test_a_drug_that_ended_at_an_unknown_time_is_left_out() -> None:
    ended = taken("lanreotide", "2025-01-01", status="stopped")
    assert "progressed_on" not in facts(ended, progression("2026-05-01"))


def test_nothing_runs_on_an_embolization() -> None:
    found = facts(procedure("314617008"), progression("2025-03-01"))
    assert "progressed_on" not in found


def test_what_is_stated_and_what_was_running_add_up() -> None:
    said = ours("progressed_on", {"valueString": "prrt"})
    found = facts(taken("lanreotide", "2025-01-01"), progression("2026-05-01"), said)
    assert found["progressed_on"] == {"ssa", "prrt"}


def test_a_sign_of_a_net_is_seen_in_its_treatment() -> None:
    assert reading(given("lutathera", "2025-01-10")).sign
    assert not reading(given("lanreotide", "2025-01-10")).sign
    assert not reading(observation("1975-2", quantity(1, "mg/dL"))).sign
