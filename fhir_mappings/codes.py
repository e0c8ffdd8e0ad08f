"""Code systems by their canonical URL, each once; check digits; folding of texts."""

from __future__ import annotations

SYSTEMS: dict[str, tuple[str, ...]] = {
    # Short name in our data: canonical URL first, then other names of the same system.
    "loinc": ("http://loinc.org", "urn:oid:2.16.840.1.113883.6.1"),
    "snomed": ("http://snomed.info/sct", "urn:oid:2.16.840.1.113883.6.96"),
    "icd10cm": ("http://hl7.org/fhir/sid/icd-10-cm", "urn:oid:2.16.840.1.113883.6.90"),
    "icdo3": (
        "http://terminology.hl7.org/CodeSystem/icd-o-3",
        "urn:oid:2.16.840.1.113883.6.43.1",
    ),
    "rxnorm": ("http://www.nlm.nih.gov/research/umls/rxnorm", "urn:oid:2.16.840.1.113883.6.88"),
    "atc": (
        "http://www.whocc.no/atc",
        "urn:oid:2.16.840.1.113883.6.73",
        # The German issue, as the profiles of the Medizininformatik-Initiative name it.
        "http://fhir.de/CodeSystem/bfarm/atc",
    ),
    "hcpcs": (
        "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
        "urn:oid:2.16.840.1.113883.6.285",
    ),
    "ncit": (
        "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl",
        "urn:oid:2.16.840.1.113883.3.26.1.1",
    ),
    # Source: HL7 Terminology (THO), NamingSystem naaccrCodes.
    "naaccr": (
        "http://terminology.hl7.org/CodeSystem/naaccrCodes",
        "urn:oid:2.16.840.1.113883.6.7",
    ),
    "dcm": ("http://dicom.nema.org/resources/ontology/DCM", "urn:oid:1.2.840.10008.2.16.4"),
}
# Deprecated LOINC for INR: published sources carry it although its check digit is wrong.
WRONG_DIGIT = frozenset({"5895-7"})
UCUM = "http://unitsofmeasure.org"

# Where a coding of one of these is present and unknown, the text beside it does not count: the
# code may say what the text leaves out (bilirubin in urine, family history of ...).
DECISIVE = frozenset(
    url for name in ("loinc", "snomed", "icd10cm", "icdo3") for url in SYSTEMS[name]
)

_VERHOEFF_PERMUTATION = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 5, 7, 6, 2, 8, 3, 0, 9, 4),
    (5, 8, 0, 3, 7, 9, 6, 1, 4, 2), (8, 9, 1, 6, 0, 4, 3, 5, 2, 7),
    (9, 4, 5, 3, 1, 2, 6, 8, 7, 0), (4, 2, 8, 6, 5, 7, 3, 9, 0, 1),
    (2, 7, 9, 3, 8, 0, 6, 4, 1, 5), (7, 0, 4, 6, 9, 1, 3, 2, 5, 8),
)  # fmt: skip


def folded(text: str) -> str:
    """A text without case and surplus blanks: how whole texts are compared."""
    return " ".join(text.casefold().split())


def spellings_of(system: str, code: str) -> list[tuple[str, str]]:
    """Every (system, code) under which one code arrives; ICD-10-CM with and without its dot."""
    codes = {code, code.replace(".", "")} if system == "icd10cm" else {code}
    return [(url, each) for url in SYSTEMS[system] for each in sorted(codes)]


def _times(a: int, b: int) -> int:
    """Multiplication in the dihedral group of order ten (Verhoeff)."""
    if a < 5:
        return (a + b) % 5 if b < 5 else 5 + (a + b) % 5
    return 5 + (a - b) % 5 if b < 5 else (a - b) % 5


def snomed_digit_fits(code: str) -> bool:
    """Whether a SNOMED CT identifier ends in its Verhoeff check digit."""
    if not code.isdecimal():
        return False
    check = 0
    for position, digit in enumerate(reversed(code)):
        check = _times(check, _VERHOEFF_PERMUTATION[position % 8][int(digit)])
    return check == 0


def loinc_digit_fits(code: str) -> bool:
    """Whether a LOINC term code ends in its mod 10 check digit; LA answer codes have none.

    Also true of the one published code whose digit is wrong.
    """
    if code.startswith("LA") or code in WRONG_DIGIT:
        return True
    body, _, digit = code.rpartition("-")
    if not body.isdecimal() or not digit.isdecimal():
        return False
    doubled = str(int(body[::-1][::2][::-1]) * 2)
    total = sum(map(int, doubled + body[::-1][1::2]))
    return (10 - total % 10) % 10 == int(digit)
