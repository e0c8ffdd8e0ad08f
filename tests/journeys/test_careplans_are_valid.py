"""Every kind of CarePlan we build, judged by HAPI's validator and by the FHIR R4 models."""

import pytest

from fhir_mappings.careplan import proposed_orders, to_careplan
from fhir_mappings.fhir_models import validate
from nelm.document import to_document
from tests.journeys.hospital import Hospital
from tests.vignettes.worked_cases import assessed, case_named, sheet

pytestmark = pytest.mark.real

# Given cases and the papers' typical patients: the others differ in facts, not in their CarePlan.
_CASES = [case["id"] for case in sheet()["cases"] if case["id"].startswith(("V", "W-PAP"))]


@pytest.mark.parametrize("case_id", _CASES)
def test_careplan_of_a_worked_case_is_valid(case_id: str, hospital: Hospital) -> None:
    document = to_document(assessed(case_named(case_id)))
    if not proposed_orders(document):
        with pytest.raises(ValueError, match="proposes nothing"):
            to_careplan(document, connection="main", patient_key="1", patient_reference="Patient/1")
        return
    careplan = to_careplan(
        document,
        connection="main",
        patient_key="1",
        patient_reference="Patient/1",
        addresses=["Condition/1"],
        supporting=["Observation/1", "Observation/2"],
    )
    assert validate(careplan) == []
    assert hospital.complaints(careplan) == []


def test_hapi_complains_about_a_careplan_that_is_wrong(hospital: Hospital) -> None:
    unsaid = hospital.complaints({"resourceType": "CarePlan", "intent": "proposal"})
    assert any("CarePlan.subject" in complaint for complaint in unsaid)
    assert any("CarePlan.status" in complaint for complaint in unsaid)
    wrong = {"resourceType": "CarePlan", "status": "bananas", "intent": "proposal"}
    assert any("bananas" in complaint for complaint in hospital.complaints(wrong))
