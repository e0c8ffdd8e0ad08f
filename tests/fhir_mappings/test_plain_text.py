"""Text of senders that a document repeats: one short line, never markup."""

from datetime import date
from typing import Any

import msgspec
import pytest

from fhir_mappings.mapping_set import MappingSet, load_mapping_set
from fhir_mappings.plain_text import one_line, plain
from fhir_mappings.staging_document import stage

HOSTILE = '<img src=x onerror="alert(1)">\x1b[31m\u202e' + "A" * 5000


@pytest.fixture(scope="module")
def mapping_set() -> MappingSet:
    return load_mapping_set()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (None, None),
        ("Ki-67 < 3 %", "Ki-67 ‹ 3 %"),
        ("  two\r\nlines\t here\x00 ", "two lines here"),
        ("a\u202eb\u200bc", "abc"),
        ("Größe µmol/l", "Größe µmol/l"),
        ("x" * 30, "x" * 19 + "…"),
        ("x" * 20, "x" * 20),
    ],
)
def test_text_becomes_one_short_plain_line(text: str | None, shown: str | None) -> None:
    assert plain(text, 20) == shown


def test_a_quoted_sentence_keeps_its_signs_but_stays_one_line() -> None:
    assert one_line("Ki-67\n< 3 %\x00", 20) == "Ki-67 < 3 %"


def test_hostile_text_of_resources_reaches_no_line_of_the_document(mapping_set: MappingSet) -> None:
    coding = {"system": "http://loinc.org", "code": HOSTILE, "display": HOSTILE}
    resources: list[dict[str, Any]] = [
        {"resourceType": "Patient", "id": "p1"},
        {
            "resourceType": "Observation",
            "id": HOSTILE,
            "status": "final",
            "subject": {"reference": "Patient/p1"},
            "code": {"coding": [coding], "text": HOSTILE},
            "valueQuantity": {"value": 1},
        },
    ]
    document = stage([msgspec.json.encode(one) for one in resources], date(2026, 6, 1), mapping_set)
    lines = document["not_understood"]
    assert lines
    for line in lines:
        assert len(line["display"] or "") <= 80
        text = "".join(part or "" for part in line.values())
        assert len(text) < 600
        assert not set("<>\x1b\u202e") & set(text)
