"""Facts that rest on several elements or resources: each form of them, written out."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from nelm.facts import Therapy
from tests.fhir_mappings.resources import (
    RULES,
    SNOMED,
    coded,
    condition,
    given,
    observation,
    ours,
    procedure,
    quantity,
    report,
    request,
    taken,
)
from tests.fhir_mappings.wire_forms import LIVER, Example, Json, drugs

LIVER_TISSUE = {"specimen": {"display": "liver biopsy"}}
NET_OF_ILEUM = condition("C7A.012", onsetDateTime="2026-01-10", id="net")
LIMIT = [{"high": {"value": 100, "unit": "ng/mL"}}]
STUDY = {"resourceType": "ImagingStudy", "id": "i1", "status": "available",
         "subject": {"reference": "Patient/p"}, "started": "2026-05-01"}  # fmt: skip
CT_LIVER = coded("30612-6")
DOTATATE = coded("764695006", SNOMED)


class Has:
    """Equal to any treatment history that holds this treatment."""

    def __init__(self, therapy: str) -> None:
        self.therapy = therapy

    def __eq__(self, other: object) -> bool:
        lines = other if isinstance(other, tuple) else ()
        return any(isinstance(one, Therapy) and one.therapy == self.therapy for one in lines)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"a history with {self.therapy}"


def person(**elements: Any) -> Json:
    return {"resourceType": "Patient", "id": "p", **elements}


def lesion(id_: str, segment: str, mm: float) -> Json:
    size = quantity(mm, "mm")
    return observation("21889-1", size, id=id_, bodySite=coded(segment, SNOMED))


def response(code: str, day: str) -> Json:
    return observation(
        "97509-4", {"valueCodeableConcept": coded(code)}, effectiveDateTime=day, id=f"r{day}"
    )


def of_the_patient() -> Iterator[Example]:
    yield Example("age_years", "birthDate", "Patient", (person(birthDate="1960-05-02"),), 66)
    for sex in ("female", "male", "other"):
        yield Example("sex", "gender", "Patient", (person(gender=sex),), sex)
    yield Example("pregnant", "gender", "Patient", (person(gender="male"),), False)
    yield Example("pregnant", "birthDate", "Patient", (person(birthDate="1960"),), False)


def of_tissue() -> Iterator[Example]:
    """Ki-67 of the liver is that of the metastasis."""
    name = "ki67_metastasis_percent"
    value = quantity(3, "%")
    yield Example(name, "loinc 29593-1", "specimen.display",
                  (observation("29593-1", value, **LIVER_TISSUE),), 3)  # fmt: skip
    yield Example(name, "loinc 29593-1", "bodySite", (observation("29593-1", value, **LIVER),), 3)
    specimen = {"resourceType": "Specimen", "id": "s", "type": {"text": "liver biopsy"}}
    referred = observation("29593-1", value, specimen={"reference": "Specimen/s"})
    yield Example(name, "loinc 29593-1", "Specimen.type", (specimen, referred), 3)
    mass = observation("9811-1", quantity(300, "ng/mL"), referenceRange=LIMIT)
    yield Example("chromogranin_a_x_uln", "loinc 9811-1", "referenceRange.high", (mass,), 3)
    molar = [{"high": {"value": 5, "unit": "nmol/L"}}]
    moles = observation("25587-7", quantity(15, "nmol/L"), referenceRange=molar)
    yield Example(
        "chromogranin_a_x_uln", "loinc 25587-7", "referenceRange.high, molar", (moles,), 3
    )


def of_lesions() -> Iterator[Example]:
    """One Observation for each lesion of a study."""
    two = (lesion("a", "277957003", 31), lesion("b", "277960005", 18))
    for fact, value in (
        ("liver_lesion_count", 2), ("largest_liver_lesion_mm", 31), ("bilobar", True),
    ):  # fmt: skip
        yield Example(fact, "loinc 21889-1", "Observation for each lesion", two, value)
    one = (lesion("a", "277957003", 31), lesion("b", "277958008", 18))
    yield Example("bilobar", "loinc 21889-1", "Observation for each lesion", one, False)


def of_studies() -> Iterator[Example]:
    """The date and the kind of a study, wherever it is told of."""
    carried = (
        ("Procedure", lambda code: procedure(code, performedDateTime="2026-05-01")),
        ("DiagnosticReport.code", report),
        ("ImagingStudy.procedureCode", lambda code: STUDY | {"procedureCode": [code]}),
    )
    for form, make in carried:
        name = "latest_cross_sectional_imaging"
        yield Example(name, "loinc 30612-6", form, (make(CT_LIVER),), date(2026, 5, 1))
        yield Example("sstr_modality", "snomed 764695006", form, (make(DOTATATE),), "ga68_pet")
    krenning = ours("krenning_score", {"valueInteger": 3}, method=DOTATATE)
    yield Example("sstr_modality", "snomed 764695006", "Observation.method", (krenning,),
                  "ga68_pet")  # fmt: skip


def of_treatments() -> Iterator[Example]:
    """Drugs by ingredient in three resources, regimens of several drugs, and procedures."""
    for rule, carrier in drugs():
        has = Has(RULES.single_drugs[rule.drug])
        drug = {"medicationCodeableConcept": carrier.concept}
        forms = (
            ("MedicationRequest", request(carrier.concept)),
            ("MedicationStatement", taken("x", "2025-01-01", **drug)),
            ("MedicationAdministration", given("x", "2025-01-01", **drug)),
        )
        for form, sent in forms:
            yield Example("treatment_history", carrier.name, form, (sent,), has)
    embolization = procedure("441525007", bodySite=[coded("10200004", SNOMED)])
    yield Example("treatment_history", "snomed 441525007", "Procedure with its site",
                  (embolization,), Has("tace"))  # fmt: skip
    ours_ = procedure(coded("sbrt", "urn:nelm-cds:codes"))
    yield Example("treatment_history", "our code sbrt", "Procedure", (ours_,), Has("sbrt"))
    pair = (given("capecitabine", "2025-01-02"), given("temozolomide", "2025-01-10"))
    yield Example("treatment_history", "two drugs", "a regimen", pair, Has("captem"))


def that_follow() -> Iterator[Example]:
    """Facts that no single resource states."""
    operation = procedure("307193005")
    yield Example("primary_status", "snomed 307193005", "Procedure on the primary's organ",
                  (NET_OF_ILEUM, operation), "resected")  # fmt: skip
    yield Example("primary_site", "icd10cm C7A.012", "Condition", (NET_OF_ILEUM,), "ileum")
    bone = condition("C79.51", id="bone")
    yield Example("extrahepatic_disease", "icd10cm C79.51", "a site nothing quantifies", (bone,),
                  "present_unquantified")  # fmt: skip
    early = condition("C7B.02", onsetDateTime="2026-02-01", id="met")
    late = condition("C7B.02", onsetDateTime="2026-01-11", id="met")
    old = NET_OF_ILEUM | {"onsetDateTime": "2024-01-10"}
    name = "liver_metastases_synchronous"
    yield Example(name, "icd10cm C7B.02", "Condition dates", (NET_OF_ILEUM, early), True)
    yield Example(name, "icd10cm C7B.02", "Condition dates", (old, late), False)
    worse, stable = response("LA28370-7", "2026-01-01"), response("LA28371-5", "2026-05-01")
    yield Example("progressed_within_12_months", "loinc 97509-4", "a response", (worse,), True)
    yield Example("stable_months", "loinc 97509-4", "two responses", (worse, stable), 4.0)
    running = taken("lanreotide", "2025-06-01")
    yield Example("progressed_on", "loinc 97509-4", "a response and a drug", (running, worse),
                  frozenset({"ssa"}))  # fmt: skip


def written() -> tuple[Example, ...]:
    """All of them."""
    return (
        *of_the_patient(), *of_tissue(), *of_lesions(), *of_studies(), *of_treatments(),
        *that_follow(),
    )  # fmt: skip
