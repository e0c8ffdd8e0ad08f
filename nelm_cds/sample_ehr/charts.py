"""Writing the chart of an invented patient: FHIR resources with dates relative to the load day.

Every resource carries the tag for test health data; every name says that it is invented.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
UCUM = "http://unitsofmeasure.org"
_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
_TEST_TAG = {"system": f"{_TERMINOLOGY}/v3-ActReason", "code": "HTEST"}
_LIVER = {"coding": [{"system": SNOMED, "code": "10200004", "display": "Liver structure"}]}

Resource = dict[str, Any]


def coded(system: str, code: str, display: str) -> Resource:
    """A CodeableConcept as a tidy system writes it."""
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display}


def worded(text: str) -> Resource:
    """A CodeableConcept without any code, as many systems write it."""
    return {"text": text}


class Chart:
    """One invented patient; `resources` is what was charted, the Patient first.

    Days are counted back from `today`: `days_ago=30` is the day a month before the load.
    """

    def __init__(self, id: str, name: str, gender: str, age_years: int, today: date) -> None:  # noqa: A002
        self.id = id
        self.today = today
        self.resources: list[Resource] = []
        given, family = name.split(" ")
        born = date(today.year - age_years, 1, 1) if age_years % 2 else None
        self._add(
            "Patient",
            id,
            identifier=[{"system": "urn:nelm-cds:sample-ehr", "value": id}],
            name=[{"family": family, "given": [given], "text": f"{name} (invented)"}],
            gender=gender,
            # Half of the birth dates are partial, as they are where they were asked for by phone.
            birthDate=born.isoformat() if born else str(today.year - age_years),
        )

    def day(self, days_ago: int) -> str:
        return (self.today - timedelta(days=days_ago)).isoformat()

    def month(self, days_ago: int) -> str:
        """A partial date: year and month only."""
        return self.day(days_ago)[:7]

    def add(self, type_: str, key: str, **elements: Any) -> None:
        """Any resource of this patient, under the id `{patient}-{key}`."""
        subject = {"subject": {"reference": f"Patient/{self.id}"}}
        self._add(type_, f"{self.id}-{key}", **{**subject, **elements})

    def _add(self, type_: str, id_: str, **elements: Any) -> None:
        present = {name: value for name, value in elements.items() if value is not None}
        head = {"resourceType": type_, "id": id_, "meta": {"tag": [_TEST_TAG]}}
        self.resources.append({**head, **present})

    # --- What is charted most often --------------------------------------------------------------

    def condition(
        self,
        key: str,
        code: Resource,
        days_ago: int,
        clinical: str | None = "active",
        verification: str | None = "confirmed",
        **more: Any,
    ) -> None:
        self.add(
            "Condition",
            key,
            clinicalStatus=_status("condition-clinical", clinical),
            verificationStatus=_status("condition-ver-status", verification),
            code=code,
            recordedDate=self.day(days_ago),
            **more,
        )

    def observation(self, key: str, code: Resource, days_ago: int, **value: Any) -> None:
        elements = {"status": "final", "effectiveDateTime": self.day(days_ago), **value}
        self.add("Observation", key, code=code, **elements)

    def lab(
        self,
        key: str,
        loinc: str,
        display: str,
        value: float,
        unit: str,
        days_ago: int,
        **more: Any,
    ) -> None:
        """A laboratory value as a tidy system sends it: LOINC, UCUM, category laboratory."""
        system = f"{_TERMINOLOGY}/observation-category"
        category = {"coding": [{"system": system, "code": "laboratory"}]}
        quantity = {"value": value, "unit": unit, "system": UCUM, "code": unit}
        code = coded(LOINC, loinc, display)
        elements = {"category": [category], "valueQuantity": quantity, **more}
        self.observation(key, code, days_ago, **elements)

    def stated(self, fact: str, value: Any, days_ago: int, codes: str, ending: str = "") -> None:
        """A fact under our own code: what no standard code says (a board's or surgeon's judgement).

        codes: the code system, `{canonical_base}:codes`. ending: of the id, of an earlier one.
        """
        content: Resource
        if isinstance(value, bool):
            content = {"valueBoolean": value}
        elif isinstance(value, str):
            content = {"valueCodeableConcept": {"coding": [{"system": codes, "code": value}]}}
        else:
            content = {"valueQuantity": {"value": value}}
        code = {"coding": [{"system": codes, "code": fact}]}
        self.observation(f"{fact.replace('_', '-')}{ending}", code, days_ago, **content)

    def lesion(self, number: int, size_mm: float, site: Resource, days_ago: int) -> None:
        """One liver metastasis of a study, measured in millimeters."""
        quantity = {"value": size_mm, "unit": "mm", "system": UCUM, "code": "mm"}
        code = coded(LOINC, "21889-1", "Size Tumor")
        self.observation(f"lesion-{number}", code, days_ago, bodySite=site, valueQuantity=quantity)

    def procedure(self, key: str, code: Resource, days_ago: int, **more: Any) -> None:
        elements = {"status": "completed", "performedDateTime": self.day(days_ago), **more}
        self.add("Procedure", key, code=code, **elements)

    def medication(
        self, key: str, medication: Resource, days_ago: int, status: str = "active", **more: Any
    ) -> None:
        self.add(
            "MedicationRequest",
            key,
            status=status,
            intent="order",
            medicationCodeableConcept=medication,
            authoredOn=self.day(days_ago),
            **more,
        )

    def report(self, key: str, code: Resource, days_ago: int, conclusion: str) -> None:
        self.add(
            "DiagnosticReport",
            key,
            status="final",
            code=code,
            effectiveDateTime=self.day(days_ago),
            conclusion=conclusion,
        )


def _status(system: str, code: str | None) -> Mapping[str, Any] | None:
    if code is None:
        return None
    return {"coding": [{"system": f"{_TERMINOLOGY}/{system}", "code": code}]}


def liver() -> Resource:
    return _LIVER


def segment(code: str, name: str) -> Resource:
    return coded(SNOMED, code, f"Couinaud hepatic segment {name}")
