"""Reports and studies: coded conclusions and dates; their words are not read."""

from typing import Any

import pytest

from fhir_mappings import diagnostic_reports
from fhir_mappings.diagnostic_reports import NO_SITE, OTHER_SITE
from fhir_mappings.drafts import NO_CODE, NO_RULE
from tests.fhir_mappings.resources import (
    ICD,
    SNOMED,
    coded,
    flags,
    procedure,
    reading,
    reasons,
    report,
    stated,
)

CT_LIVER, MRI_ABDOMEN = "30612-6", "24557-1"


@pytest.mark.parametrize("code", [CT_LIVER, MRI_ABDOMEN, coded("241549007", SNOMED)])
def test_a_ct_or_mri_of_the_abdomen_dates_the_imaging(code: object) -> None:
    sent = report(code)  # type: ignore[arg-type]
    assert stated(sent) == {"latest_cross_sectional_imaging": "2026-05-01"}


@pytest.mark.parametrize("code", ["44139-4", coded("443271005", SNOMED)])
def test_a_pet_does_not(code: object) -> None:
    assert stated(report(code)) == {}  # type: ignore[arg-type]


def test_a_pet_with_a_diagnostic_ct_stated_does() -> None:
    both = {"coding": [*coded("764695006", SNOMED)["coding"], *coded("79103-8")["coding"]]}
    assert stated(report(both)) == {
        "latest_cross_sectional_imaging": "2026-05-01",
        "sstr_modality": "ga68_pet",
    }


@pytest.mark.parametrize(
    ("code", "modality"), [(coded("764695006", SNOMED), "ga68_pet"), ("39828-9", "spect")]
)
def test_a_receptor_study_gives_its_modality(code: object, modality: str) -> None:
    assert stated(report(code)) == {"sstr_modality": modality}  # type: ignore[arg-type]


@pytest.mark.parametrize("status", ["registered", "partial", "cancelled", "entered-in-error"])
def test_a_report_that_is_not_final_does_not_count(status: str) -> None:
    assert stated(report(CT_LIVER, status=status)) == {}
    assert len(reasons(report(CT_LIVER, status=status))) == 1


@pytest.mark.parametrize("status", ["final", "amended", "corrected", "appended"])
def test_a_report_that_is_final_counts(status: str) -> None:
    assert stated(report(CT_LIVER, status=status)) != {}


def test_coded_conclusions_are_findings() -> None:
    sent = report(CT_LIVER, conclusionCode=[coded("94381002", SNOMED), coded("I81", ICD)])
    found = stated(sent)
    assert found["has_liver_metastases"] is True
    assert found["portal_vein"] == "thrombosis_extent_unknown"
    assert reading(sent).sign


def test_a_conclusion_we_do_not_know_is_listed() -> None:
    assert reasons(report(CT_LIVER, conclusionCode=[coded("1", SNOMED)])) == [NO_RULE]


def test_a_benign_conclusion_is_listed_with_its_reason() -> None:
    assert len(reasons(report(CT_LIVER, conclusionCode=[coded("D3A.012", ICD)]))) == 1


def test_words_of_a_report_state_no_fact_but_a_candidate() -> None:
    words = "Innumerable liver metastases, G2"
    assert stated(report("18782-3", conclusion=words)).keys() == {"candidate_words"}
    assert reasons(report("18782-3", conclusion=words)) == [diagnostic_reports.NO_FACT]


def test_a_report_without_code_is_listed() -> None:
    sent = report(CT_LIVER)
    del sent["code"]
    assert reasons(sent) == [NO_CODE]


def test_a_study_without_date_dates_nothing() -> None:
    sent = report(CT_LIVER)
    del sent["effectiveDateTime"]
    assert reasons(sent) == [diagnostic_reports.NO_DATE]


def test_a_listed_name_of_a_study_counts_and_says_so() -> None:
    sent = report({"text": "MRI Liver"})
    assert flags(sent, "latest_cross_sectional_imaging") == ("by_text",)


def test_a_study_done_as_a_procedure_counts_too() -> None:
    assert stated(procedure("241622002")) == {"latest_cross_sectional_imaging": "2025-03-01"}


def test_an_imaging_study_counts_by_its_procedure_code() -> None:
    study = {
        "resourceType": "ImagingStudy",
        "id": "i",
        "status": "available",
        "subject": {"reference": "Patient/p"},
        "started": "2026-04-01T09:00:00Z",
        "procedureCode": [coded(CT_LIVER)],
    }
    assert stated(study) == {"latest_cross_sectional_imaging": "2026-04-01T09:00:00Z"}
    assert stated(study | {"status": "cancelled"}) == {}
    assert reasons(study | {"procedureCode": []}) == [NO_CODE]
    assert reasons(study | {"procedureCode": [coded("1")]}) == [NO_RULE]


DCM = "http://dicom.nema.org/resources/ontology/DCM"
LIVER_SERIES = {"series": [{"uid": "1", "bodySite": {"system": SNOMED, "code": "10200004"}}]}


def study_of(*modalities: str, **elements: Any) -> dict[str, Any]:
    return {
        "resourceType": "ImagingStudy",
        "id": "i",
        "status": "available",
        "subject": {"reference": "Patient/p"},
        "started": "2026-04-01",
        "modality": [{"system": DCM, "code": code} for code in modalities],
        **elements,
    }


@pytest.mark.parametrize("modality", ["CT", "MR"])
def test_an_imaging_study_of_the_liver_counts_by_its_modality(modality: str) -> None:
    dated = {"latest_cross_sectional_imaging": "2026-04-01"}
    assert stated(study_of(modality, **LIVER_SERIES)) == dated
    assert stated(study_of(modality)) == {}
    assert reasons(study_of(modality)) == [NO_SITE]
    head = {"series": [{"bodySite": {"system": SNOMED, "code": "69536005"}}]}
    assert stated(study_of(modality, **head)) == {}
    assert reasons(study_of(modality, **head)) == [OTHER_SITE]


def test_a_ct_beside_a_pet_is_no_diagnostic_one() -> None:
    assert stated(study_of("PT", "CT", **LIVER_SERIES)) == {}
    assert stated(study_of("US", **LIVER_SERIES)) == {}


def test_a_procedure_code_says_more_than_the_modality() -> None:
    sent = study_of("CT", **LIVER_SERIES, procedureCode=[coded("443271005", SNOMED)])
    assert stated(sent) == {}


def test_a_ct_by_its_general_code_counts_with_the_liver_as_site() -> None:
    assert stated(procedure("77477000", bodySite=[coded("10200004", SNOMED)])) == {
        "latest_cross_sectional_imaging": "2025-03-01"
    }
    assert stated(procedure("77477000")) == {}
