"""Where somebody waits, only so many words are read; what is left out is listed."""

import json

from fhir_mappings.mapping_set import MappingSet, load_mapping_set
from fhir_mappings.reading import read_resource
from fhir_mappings.reports.bounds import NOT_READ_NOW, at_most
from fhir_mappings.statements import Reading

RULES: MappingSet = load_mapping_set()
WORDS = "Five liver metastases, Ki-67 12 %."


def read(number: int = 1) -> Reading:
    report = {"resourceType": "DiagnosticReport", "id": f"r{number}", "status": "final"}
    report |= {"subject": {"reference": "Patient/p1"}, "conclusion": WORDS}
    return read_resource(json.dumps(report).encode(), RULES)


def reasons(reading: Reading) -> list[str]:
    return [line.reason for line in reading.not_understood]


def test_reports_are_read_until_the_characters_are_used_up() -> None:
    with at_most(2 * len(WORDS) + 5):
        found = [read(number) for number in range(3)]
    assert [bool(one.statements) for one in found] == [True, True, False]
    assert [NOT_READ_NOW in reasons(one) for one in found] == [False, False, True]


def test_nothing_is_left_out_where_nobody_waits() -> None:
    with at_most(1):
        assert NOT_READ_NOW in reasons(read())
    found = read()
    assert found.statements
    assert NOT_READ_NOW not in reasons(found)
