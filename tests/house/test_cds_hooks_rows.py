"""The checklist of CDS Hooks: every row has a test, and every id in a test's name is a row."""

from docs.cds_hooks_page import rows_with_tests
from docs.cds_hooks_rows import SECTIONS

ROWS = [row.id for rows in SECTIONS.values() for row in rows]


def test_every_row_has_a_test() -> None:
    tests = rows_with_tests()
    assert [row for row in ROWS if not tests[row]] == []


def test_every_id_in_the_name_of_a_test_is_a_row() -> None:
    assert set(rows_with_tests()) <= set(ROWS)
    assert len(ROWS) == len(set(ROWS))
