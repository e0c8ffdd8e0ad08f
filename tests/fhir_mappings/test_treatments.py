"""Procedures and medications: which treatments were given, and when."""

from datetime import date
from typing import Any

import pytest

from fhir_mappings import medications, treatments
from tests.fhir_mappings.resources import (
    ATC,
    LOINC,
    RXNORM,
    SNOMED,
    coded,
    condition,
    facts,
    flags,
    observation,
    ours,
    procedure,
    quantity,
    reading,
    readings,
    reasons,
    request,
    stated,
)

HEPATIC = {"bodySite": [coded("10200004", SNOMED)]}
HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"


def history(*resources: Any) -> list[tuple[str, date | None, date | None]]:
    found = facts(*resources).get("treatment_history", ())
    return [(one.therapy, one.start, one.stop) for one in found]


def therapies(*resources: Any) -> list[str]:
    return [therapy for therapy, _, _ in history(*resources)]


def given(drug: str, day: str, **elements: Any) -> dict[str, Any]:
    return {
        "resourceType": "MedicationAdministration",
        "id": f"{drug}-{day}".replace(" ", ""),
        "status": "completed",
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": day,
        "medicationCodeableConcept": {"text": drug},
        **elements,
    }


def taken(drug: str, start: str, end: str | None = None, **elements: Any) -> dict[str, Any]:
    period = {"start": start} | ({"end": end} if end else {})
    return {
        "resourceType": "MedicationStatement",
        "id": f"{drug}-{start}".replace(" ", ""),
        "status": "active",
        "subject": {"reference": "Patient/p"},
        "effectivePeriod": period,
        "medicationCodeableConcept": {"text": drug},
        **elements,
    }


@pytest.mark.parametrize(
    ("code", "therapy"),
    [
        ("71273005", "hepatectomy"),
        ("61326000", "hepatectomy"),
        ("18027006", "liver_transplant"),
        ("448781006", "ablation"),
        ("609232008", "ablation"),
        ("314617008", "tace"),
        ("764677008", "tare"),
        ("431743005", "prrt"),
    ],
)
def test_a_procedure_is_a_treatment_on_its_date(code: str, therapy: str) -> None:
    assert history(procedure(code)) == [(therapy, date(2025, 3, 1), date(2025, 3, 1))]


@pytest.mark.parametrize(
    ("code", "therapy"), [("441525007", "tace"), ("57238002", "tae"), ("395096001", "sbrt")]
)
def test_a_general_procedure_counts_only_with_a_hepatic_site(code: str, therapy: str) -> None:
    assert reasons(procedure(code)) == [treatments.NOT_HEPATIC]
    assert reasons(procedure(code, bodySite=[{"text": "Uterus"}])) == [treatments.NOT_HEPATIC]
    assert therapies(procedure(code, **HEPATIC)) == [therapy]


def test_words_tell_the_kind_of_embolization_that_the_code_does_not() -> None:
    assert therapies(procedure(coded("441525007", SNOMED, "DEB-TACE"), **HEPATIC)) == ["deb_tace"]
    assert therapies(procedure(coded("57238002", SNOMED, "TACE"), **HEPATIC)) == ["tace"]


def test_radionuclide_therapy_needs_its_ligand() -> None:
    assert reasons(procedure("399315003")) == [treatments.NO_LIGAND]
    assert therapies(procedure("399315003", usedCode=[coded("A9513", HCPCS)])) == ["prrt"]
    assert therapies(procedure("399315003", usedCode=[{"text": "Lu-177 DOTATATE"}])) == ["prrt"]


def test_psma_ligands_are_no_prrt_of_a_net() -> None:
    assert stated(procedure("1263784000")) == {}
    assert stated(procedure("399315003", usedCode=[{"text": "177Lu-PSMA-617"}])) == {}
    assert stated(request(coded("V10XX05", ATC))) == {}


@pytest.mark.parametrize(
    "status", ["preparation", "not-done", "on-hold", "entered-in-error", "unknown"]
)
def test_a_procedure_that_was_not_done_does_not_count(status: str) -> None:
    assert stated(procedure("71273005", status=status)) == {}
    assert len(reasons(procedure("71273005", status=status))) == 1


def test_a_stopped_procedure_counts_with_a_date_and_its_flag() -> None:
    stopped = procedure("71273005", status="stopped")
    assert flags(stopped, "therapy") == ("stopped",)
    del stopped["performedDateTime"]
    assert reasons(stopped) == [treatments.STOPPED_UNDATED]


def test_the_same_procedure_under_two_ids_is_one() -> None:
    assert therapies(procedure("764677008"), procedure("438415006")) == ["tare"]


def test_a_pancreatoduodenectomy_joins_bile_duct_and_bowel() -> None:
    assert facts(procedure("116241004"))["biliary_enteric_anastomosis"] is True


@pytest.mark.parametrize(
    ("code", "site", "expected"),
    [
        ("54357003", "C7A.012", "resected"),
        ("315321001", "C7A.012", "resected"),
        ("33149006", "C25.4", "resected"),
        ("33149006", "C7A.012", None),
    ],
)
def test_an_operation_on_the_organ_of_the_primary_resects_it(
    code: str, site: str, expected: str | None
) -> None:
    assert facts(condition(site), procedure(code)).get("primary_status") == expected


def test_a_stated_margin_is_kept_over_an_operation() -> None:
    margin = observation("84892-9", {"valueString": "R0"})
    found = facts(condition("C7A.012"), procedure("54357003"), margin)
    assert found["primary_status"] == "resected_r0"


def test_an_older_in_situ_gives_way_to_the_operation() -> None:
    in_situ = ours("primary_status", {"valueString": "in situ"}, effectiveDateTime="2025-01-01")
    found = facts(condition("C7A.012"), in_situ, procedure("54357003"))
    assert found["primary_status"] == "resected"


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
