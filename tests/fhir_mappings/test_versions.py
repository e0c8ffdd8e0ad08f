"""Which version ids are numbers."""

import pytest

from fhir_mappings.versions import version_number


@pytest.mark.parametrize(
    ("version", "number"),
    [("7", 7), ("0012", 12), ("9" * 19, 10**19 - 1), ("9" * 5000, None), ("²", None), ("a1", None),
     ("1.0", None), ("-1", None), ("", None), (None, None)],
)  # fmt: skip
def test_only_digits_of_a_counter_are_a_number(version: str | None, number: int | None) -> None:
    assert version_number(version) == number
