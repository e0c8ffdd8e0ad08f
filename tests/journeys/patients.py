"""Two invented patients: one coded only as hospitals code, one with our own codes as well."""

from datetime import date, timedelta

from tests.journeys.hospital import (
    ICD10CM,
    LOINC,
    OURS,
    RXNORM,
    SNOMED,
    Hospital,
    Resource,
    coded,
    condition,
    medication_request,
    observation,
    procedure,
    quantity,
    worded,
)

# Distinctive, so that the logs can be searched for them.
FAMILY_NAMES = ("Quirkleton", "Zephyrine")


def _days_ago(days: int) -> str:
    return (date.today() - timedelta(days=days)).isoformat()  # noqa: DTZ011  the machine's day


IMAGING_DAY = _days_ago(20)
LAB_DAY = _days_ago(6)
PATHOLOGY_DAY = _days_ago(300)
_LIVER = {"bodySite": coded(SNOMED, "10200004", "Liver")}


def newcomer(hospital: Hospital, family: str) -> Resource:
    """A patient without any record yet."""
    return hospital.write(
        {
            "resourceType": "Patient",
            "name": [{"family": family, "given": ["Invented"]}],
            "gender": "female",
            "birthDate": "1964-03-09",
        }
    )


def coded_as_hospitals_do(hospital: Hospital) -> tuple[Resource, dict[str, Resource]]:
    """Ileal NET with many liver metastases in both lobes and a thrombosed portal vein.

    LOINC, SNOMED CT, ICD-10-CM, RxNorm and plain text only. The second value holds what was
    written, by a word of ours.
    """
    patient = newcomer(hospital, FAMILY_NAMES[0])
    written = {
        name: hospital.write(resource) for name, resource in _hospital_record(patient).items()
    }
    return patient, written


def _hospital_record(patient: Resource) -> dict[str, Resource]:
    def result(code: Resource, value: Resource, day: str, **more: Resource) -> Resource:
        return observation(patient, code, value, day, **more)

    def lab(code: str, value: float, unit: str) -> Resource:
        return result(coded(LOINC, code), quantity(value, unit), LAB_DAY)

    return {
        "primary": condition(patient, coded(ICD10CM, "C7A.012"), PATHOLOGY_DAY),
        "metastases": condition(patient, coded(ICD10CM, "C7B.02"), PATHOLOGY_DAY),
        "syndrome": condition(patient, coded(SNOMED, "35868009"), PATHOLOGY_DAY),
        "ki67": result(coded(LOINC, "29593-1"), quantity(8, "%"), PATHOLOGY_DAY, **_LIVER),
        "differentiation": result(
            worded("Differentiation"), {"valueString": "well differentiated"}, PATHOLOGY_DAY
        ),
        "count": result(coded(SNOMED, "246206008"), quantity(14, "{count}"), IMAGING_DAY, **_LIVER),
        "largest": result(worded("Largest liver lesion"), quantity(5.2, "cm"), IMAGING_DAY),
        "bilobar": result(worded("Bilobar"), {"valueBoolean": True}, IMAGING_DAY),
        "portal_vein": result(
            worded("Portal vein"), {"valueString": "complete thrombosis"}, IMAGING_DAY
        ),
        "extrahepatic": result(
            worded("Extrahepatic disease"), {"valueString": "no extrahepatic disease"}, IMAGING_DAY
        ),
        "ecog": result(coded(LOINC, "89247-1"), {"valueInteger": 1}, LAB_DAY),
        "bilirubin": lab("14631-6", 12, "umol/L"),
        "albumin": lab("1751-7", 4.1, "g/dL"),
        "inr": result(worded("INR"), {"valueString": "1.1"}, LAB_DAY),
        "platelets": lab("777-3", 210, "10*3/uL"),
        "hemoglobin": lab("718-7", 124, "g/L"),
        "leukocytes": lab("6690-2", 5.4, "10*9/L"),
        "egfr": lab("62238-1", 82, "mL/min/{1.73_m2}"),
        "chromogranin": lab("9811-1", 412.7, "ng/mL"),
        "response": result(
            coded(LOINC, "88040-1"),
            {"valueCodeableConcept": coded(LOINC, "LA28371-5", "Stable disease")},
            IMAGING_DAY,
        ),
        "bowel_resection": procedure(patient, coded(SNOMED, "107938000"), _days_ago(280)),
        "octreotide": medication_request(patient, coded(RXNORM, "7617"), _days_ago(200)),
    }


def coded_with_our_codes_too(hospital: Hospital) -> tuple[Resource, dict[str, Resource]]:
    """The same disease with an open portal vein, and what only our own codes can say."""
    patient = newcomer(hospital, FAMILY_NAMES[1])
    record = _hospital_record(patient)
    record["portal_vein"]["valueString"] = "patent"
    for fact, value in _ONLY_OURS.items():
        record[fact] = observation(patient, coded(OURS, fact), value, IMAGING_DAY)
    return patient, {name: hospital.write(resource) for name, resource in record.items()}


_ONLY_OURS: dict[str, Resource] = {
    "liver_tumor_burden_percent": quantity(32, "%"),
    "krenning_score": {"valueInteger": 4},
    "sstr_modality": {"valueCodeableConcept": coded(OURS, "ga68_pet")},
    "lung_shunt_percent": quantity(6, "%"),
    "future_liver_remnant_percent": quantity(41, "%"),
    "remnant_contiguous_segments": {"valueInteger": 3},
    "right_heart_failure": {"valueBoolean": False},
    "reported_resectability": {"valueCodeableConcept": coded(OURS, "unresectable")},
}
