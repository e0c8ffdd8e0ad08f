"""Conditions: cancer and its site, metastases, syndromes; what is refuted or only suspected."""

from typing import Any

import pytest

from fhir_mappings import conditions
from fhir_mappings.drafts import MODIFIED, NO_CODE, NO_RULE
from fhir_mappings.values import UNKNOWN_ANSWER
from tests.fhir_mappings.resources import (
    ICD,
    SNOMED,
    coded,
    condition,
    facts,
    flags,
    observation,
    quantity,
    reading,
    reasons,
    stated,
)


def status(code: str) -> dict[str, Any]:
    return {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/x", "code": code}]}


@pytest.mark.parametrize(
    ("code", "site"),
    [
        ("C7A.012", "ileum"),
        ("C7A.010", "duodenum"),
        ("C7A.021", "colon"),
        ("C7A.026", "rectum"),
        ("C7A.090", "lung"),
        ("C7A.092", "stomach"),
        ("C7A.019", "small_bowel"),
        ("C25.4", "pancreas"),
        ("C7A.00", "unknown"),
        ("C7A.095", "unknown"),
        ("C7A8", "unknown"),
    ],
)
def test_a_diagnosis_gives_the_tumor_and_its_site(code: str, site: str) -> None:
    found = facts(condition(code))
    assert (found["has_neuroendocrine_tumor"], found["primary_site"]) == (True, site)
    assert reading(condition(code)).sign


@pytest.mark.parametrize(
    ("code", "net", "liver"),
    [("C7B.02", True, True), ("C78.7", False, True), ("C7B.8", True, False)],
)
def test_a_liver_metastasis_is_one_of_a_net_only_if_the_code_says_so(
    code: str, net: bool, liver: bool
) -> None:
    found = stated(condition(code))
    assert ("has_neuroendocrine_tumor" in found, "has_liver_metastases" in found) == (net, liver)


@pytest.mark.parametrize(
    ("code", "site"),
    [
        ("C7B.01", "lymph_node"),
        ("C7B.03", "bone"),
        ("C7B.04", "peritoneum"),
        ("C78.01", "lung"),
        ("C79.31", "brain"),
        ("C78.89", "other"),
    ],
)
def test_other_metastases_give_their_site_and_disease_of_unknown_amount(
    code: str, site: str
) -> None:
    found = facts(condition(code))
    assert found["extrahepatic_sites"] == {site}
    assert found["extrahepatic_disease"] == "present_unquantified"


def test_regional_nodes_are_no_extrahepatic_disease() -> None:
    found = facts(condition({"text": "Regional lymph node metastases"}))
    assert found == {"extrahepatic_sites": {"regional_lymph_node"}}


@pytest.mark.parametrize("verification", ["refuted", "entered-in-error"])
@pytest.mark.parametrize("code", ["C7B.02", "I81", "R18.8", "I50.810"])
def test_a_refuted_condition_never_counts_not_even_as_its_opposite(
    verification: str, code: str
) -> None:
    sent = condition(code, verificationStatus=status(verification))
    assert stated(sent) == {}
    assert len(reasons(sent)) == 1
    assert not reading(sent).sign


@pytest.mark.parametrize("verification", ["provisional", "differential", "unconfirmed"])
def test_an_unconfirmed_condition_is_a_candidate(verification: str) -> None:
    sent = condition("C7B.03", verificationStatus=status(verification))
    assert facts(sent) == {}
    assert reasons(sent) == [conditions.UNCONFIRMED]
    assert {"fact": "extrahepatic_sites", "value": "bone"} in [
        one.value for one in reading(sent).statements
    ]


def test_a_verification_status_that_cannot_be_read_does_not_count_as_missing() -> None:
    for sent in ({"text": "?"}, status("perhaps"), {"coding": []}):
        assert stated(condition("C7B.02", verificationStatus=sent)) == {}


@pytest.mark.parametrize("word", ["active", "recurrence", "relapse", None])
def test_a_syndrome_counts_while_active(word: str | None) -> None:
    clinical = {"clinicalStatus": status(word)} if word else {}
    assert stated(condition("E34.00", **clinical)) == {"functional_syndrome": "carcinoid"}


@pytest.mark.parametrize("word", ["inactive", "remission", "resolved"])
@pytest.mark.parametrize("code", ["E34.00", "I50.810", "I81", "R18.8"])
def test_what_is_over_no_longer_counts(word: str, code: str) -> None:
    sent = condition(code, clinicalStatus=status(word))
    assert stated(sent) == {}
    assert reasons(sent) == [conditions.NO_LONGER]


def test_a_cancer_in_remission_still_is_one_ever_had() -> None:
    sent = condition("C7B.02", clinicalStatus=status("remission"))
    assert stated(sent)["has_liver_metastases"] is True


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("I81", {"portal_vein": "thrombosis_extent_unknown"}),
        ("R18.8", {"ascites": "present"}),
        ("I50.811", {"right_heart_failure": True}),
        ("E34.01", {"functional_syndrome": "carcinoid"}),
        (coded("13920009", SNOMED), {"encephalopathy": "present"}),
    ],
)
def test_a_condition_says_no_more_than_it_does(code: Any, expected: dict[str, Any]) -> None:
    assert stated(condition(code)) == expected


def test_peritoneal_carcinomatosis_has_no_amount() -> None:
    found = facts(condition("C78.6"))
    assert found["peritoneal_carcinomatosis"] == "present_unquantified"


@pytest.mark.parametrize(
    "code",
    ["D3A.012", "C7B.1", "C22.9", "C79.9", "I36.1", "E16.4", coded("716652006", SNOMED)],
)
def test_what_proves_nothing_is_listed_with_its_reason(code: Any) -> None:
    assert stated(condition(code)) == {}
    assert reasons(condition(code)) != [NO_RULE]


def test_a_benign_code_beside_a_malignant_one_is_asked_about() -> None:
    both = {"coding": [{"system": ICD, "code": code} for code in ("C7A.012", "D3A.012")]}
    assert stated(condition(both)) == {}


def test_several_codes_of_one_condition_add_up() -> None:
    both = {"coding": [{"system": ICD, "code": "C7B.8"}, {"system": SNOMED, "code": "94381002"}]}
    found = stated(condition(both))
    assert found["has_neuroendocrine_tumor"] is True
    assert found["has_liver_metastases"] is True


def test_a_listed_text_counts_and_says_so() -> None:
    sent = condition({"text": "Carcinoid  Syndrome"})
    assert flags(sent, "functional_syndrome") == ("by_text",)


@pytest.mark.parametrize(
    "text",
    ["Carcinoid syndrome?", "no carcinoid syndrome", "carcinoid syndrome in mother", "Syndrome"],
)
def test_no_other_text_counts(text: str) -> None:
    assert stated(condition({"text": text})) == {}


@pytest.mark.parametrize(
    "words", ["Family history of neuroendocrine tumor", "Rule out NET", "NET ruled out"]
)
def test_family_history_and_ruled_out_never_count(words: str) -> None:
    by_text = condition(coded("C7A.012", ICD, words))
    by_category = condition("C7A.012", category=[{"text": words}])
    for sent in (by_text, by_category):
        assert stated(sent) == {}
        assert reasons(sent) == [conditions.NOT_THIS]


def test_a_suspicion_in_the_text_makes_a_candidate_of_a_code() -> None:
    sent = condition(coded("C7B.02", ICD, "Suspected liver metastases"))
    assert facts(sent) == {}
    assert reasons(sent) == [conditions.UNCONFIRMED]


def test_an_unverified_code_never_counts_whatever_its_display() -> None:
    coding = {"system": SNOMED, "code": "302822000", "display": "Insulinoma"}
    assert stated(condition({"coding": [coding]})) == {}


def test_a_condition_without_code_is_listed() -> None:
    sent = condition("C7B.02")
    del sent["code"]
    assert reasons(sent) == [NO_CODE]


def test_a_poorly_differentiated_code_says_so() -> None:
    assert stated(condition("C7A.1"))["differentiation"] == "poor"


def test_the_morphology_extension_of_mcode_is_read() -> None:
    icdo = "http://terminology.hl7.org/CodeSystem/icd-o-3"
    extension = [{"url": conditions.HISTOLOGY, "valueCodeableConcept": coded("8240/3", icdo)}]
    assert stated(condition("C25.4", extension=extension))["differentiation"] == "well"


@pytest.mark.parametrize(
    ("primary", "liver", "expected"),
    [
        ("2024-01-10", "2024-07-10", True),
        ("2024-01-10", "2024-07-11", False),
        ("2024-01-10", "2023-12-01", True),
        ("2024-01", "2024-05", True),
        ("2024", "2024-12", None),
        ("2024-01-10", "2023-01-01", None),
    ],
)
def test_metastases_within_six_months_of_the_primary_are_synchronous(
    primary: str, liver: str, expected: bool | None
) -> None:
    found = facts(
        condition("C7A.012", onsetDateTime=primary), condition("C7B.02", onsetDateTime=liver)
    )
    assert found.get("liver_metastases_synchronous") is expected


def test_a_precise_site_wins_over_an_unknown_one() -> None:
    found = facts(
        condition("C7A.00", onsetDateTime="2025-01-01"),
        condition("C7A.019", onsetDateTime="2024-06-01"),
        condition("C7A.012", onsetDateTime="2024-01-01"),
    )
    assert found["primary_site"] == "ileum"


def test_a_stated_amount_of_extrahepatic_disease_is_kept() -> None:
    amount = observation(
        coded("extrahepatic_disease", "urn:nelm-cds:codes"),
        {"valueString": "low_volume_indolent"},
    )
    assert facts(condition("C7B.03"), amount)["extrahepatic_disease"] == "low_volume_indolent"


def test_conditions_and_results_do_not_disturb_each_other() -> None:
    found = facts(condition("C7B.02"), observation("1975-2", quantity(1, "mg/dL")))
    assert set(found) == {"has_neuroendocrine_tumor", "has_liver_metastases", "bilirubin_mg_dl"}


def test_an_undated_condition_takes_its_last_update_and_says_so() -> None:
    sent = condition("C7B.02", meta={"lastUpdated": "2026-02-01T08:00:00Z"})
    del sent["recordedDate"]
    assert flags(sent, "has_liver_metastases") == ("undated",)


def test_a_modified_condition_is_not_read() -> None:
    assert reasons(condition("C7B.02", modifierExtension=[{"url": "x"}])) == [MODIFIED]


def test_a_transplanted_liver_is_a_treatment_of_unknown_date() -> None:
    (line,) = facts(condition("Z94.4"))["treatment_history"]
    assert (line.therapy, line.start) == ("liver_transplant", None)


def test_a_morphology_we_do_not_know_is_listed_and_the_diagnosis_counts() -> None:
    extension = [{"url": conditions.HISTOLOGY, "valueCodeableConcept": coded("8000/3", "x")}]
    sent = condition("C25.4", extension=extension)
    assert stated(sent)["has_neuroendocrine_tumor"] is True
    assert reasons(sent) == [UNKNOWN_ANSWER]
