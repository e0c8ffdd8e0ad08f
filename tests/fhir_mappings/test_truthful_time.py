"""When something was true: every form of a date, what counts on a day, and which version counts."""

import json
from datetime import date
from typing import Any

import pytest

from fhir_mappings.combination import FUTURE, NOT_A_DATE, combine_with_reasons
from fhir_mappings.dates import last_day_of
from fhir_mappings.staging_document import stage
from tests.fhir_mappings.resources import (
    RULES,
    TODAY,
    bundle,
    condition,
    facts,
    observation,
    quantity,
    reading,
    readings,
)

Json = dict[str, Any]


def bilirubin(value: float = 1.0, **elements: Any) -> Json:
    """Without any time but those given."""
    sent = observation("1975-2", quantity(value, "mg/dL"), **elements)
    if "effectiveDateTime" not in elements:
        del sent["effectiveDateTime"]
    return sent


@pytest.mark.parametrize(
    ("elements", "effective"),
    [
        ({"effectiveDateTime": "2026"}, "2026"),
        ({"effectiveDateTime": "2026-05"}, "2026-05"),
        ({"effectiveDateTime": "2026-05-01"}, "2026-05-01"),
        ({"effectiveDateTime": "2026-05-01T23:30:00-07:00"}, "2026-05-01T23:30:00-07:00"),
        ({"effectiveInstant": "2026-05-01T10:00:00.123Z"}, "2026-05-01T10:00:00.123Z"),
        ({"effectivePeriod": {"start": "2026-05-01", "end": "2026-05-03"}}, "2026-05-01"),
        ({"effectivePeriod": {"end": "2026-05-03"}}, "2026-05-03"),
        ({"effectiveTiming": {"event": ["2026-05-02", "2026-05-01"]}}, "2026-05-01"),
        (
            {"effectiveTiming": {"repeat": {"boundsPeriod": {"start": "2026-04-30"}}}},
            "2026-04-30",
        ),
    ],
)
def test_every_form_of_effective_is_read(elements: Json, effective: str) -> None:
    (statement,) = reading(bilirubin(**elements, issued="2026-05-20T08:00:00Z")).statements
    assert (statement.effective, statement.flags) == (effective, ())


@pytest.mark.parametrize(
    ("elements", "effective", "flag"),
    [
        ({"issued": "2026-05-20T08:00:00Z"}, "2026-05-20T08:00:00Z", "released"),
        ({"meta": {"lastUpdated": "2026-05-21T08:00:00Z"}}, "2026-05-21T08:00:00Z", "undated"),
        ({"effectiveTiming": {"code": {"text": "daily"}}, "issued": "2026-05-02T08:00:00Z"},
         "2026-05-02T08:00:00Z", "released"),
        ({}, None, "undated"),
    ],
)  # fmt: skip
def test_without_it_the_release_stands_in_and_says_so(
    elements: Json, effective: Any, flag: str
) -> None:
    (statement,) = reading(bilirubin(**elements)).statements
    assert (statement.effective, statement.flags) == (effective, (flag,))


def combined(*resources: Json, as_of: date = TODAY) -> tuple[Any, list[str]]:
    statements = [one for each in readings(*resources) for one in each.statements]
    found = combine_with_reasons(statements, as_of, RULES)
    return found.facts.value("bilirubin_mg_dl"), [one.reason for one in found.not_understood]


@pytest.mark.parametrize(
    ("effective", "counts"),
    [
        ("2026-06-01", True),
        ("2026-06-01T23:59:59Z", True),
        ("2026-06", True),
        ("2026", True),
        ("2026-06-02", False),
        ("2026-07", False),
        ("2027", False),
    ],
)
def test_what_lies_ahead_of_the_day_is_refused(effective: str, counts: bool) -> None:
    value, reasons = combined(bilirubin(effectiveDateTime=effective))
    assert (value, reasons) == ((1, []) if counts else (None, [FUTURE]))


@pytest.mark.parametrize("effective", ["yesterday", "2026-13-01", "01.05.2026", "2026-02-30"])
def test_what_is_no_date_is_refused(effective: str) -> None:
    assert combined(bilirubin(effectiveDateTime=effective)) == (None, [NOT_A_DATE])


def test_a_wrongly_future_result_does_not_hide_the_last_true_one() -> None:
    ahead = bilirubin(9, effectiveDateTime="2062-05-01", id="typo")
    assert combined(bilirubin(1.4, effectiveDateTime="2026-05-01"), ahead) == (1.4, [FUTURE])


def test_moments_are_compared_across_time_zones() -> None:
    earlier = bilirubin(1, effectiveDateTime="2026-05-01T23:30:00+09:00", id="tokyo")
    later = bilirubin(2, effectiveDateTime="2026-05-01T12:30:00-05:00", id="chicago")
    assert facts(later, earlier)["bilirubin_mg_dl"] == 2
    assert facts(earlier, later)["bilirubin_mg_dl"] == 2


def staged(*resources: Json) -> Json:
    return stage([bundle(*resources)], TODAY, RULES)


def version(number: int, **elements: Any) -> Json:
    meta = {"versionId": str(number), "lastUpdated": f"2026-05-0{number}T00:00:00Z"}
    return bilirubin(float(number), effectiveDateTime="2026-05-01", meta=meta, **elements)


def in_a_history(*versions: Json) -> Json:
    """A _history Bundle: several versions of one resource, the newest first."""
    document: Json = {"resourceType": "Bundle", "type": "history"}
    document["entry"] = [{"resource": one} for one in versions]
    return document


@pytest.mark.parametrize("status", ["final", "amended", "corrected"])
def test_of_a_history_the_newest_version_counts_in_any_order(status: str) -> None:
    versions = [version(1), version(2, status="preliminary"), version(3, status=status)]
    for order in (versions, versions[::-1]):
        document = stage([_raw(in_a_history(*order))], TODAY, RULES)
        fact = document["facts"]["bilirubin_mg_dl"]
        assert (fact["value"], fact["status"], fact["version"]) == (3, status, "3")


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled"])
def test_a_version_taken_back_leaves_nothing_of_those_before(status: str) -> None:
    document = stage([_raw(in_a_history(version(2, status=status), version(1)))], TODAY, RULES)
    assert "bilirubin_mg_dl" not in document["facts"]


def test_a_preliminary_result_counts_with_a_caution() -> None:
    fact = staged(version(1, status="preliminary"))["facts"]["bilirubin_mg_dl"]
    assert (fact["status"], fact["flags"]) == ("preliminary", ["preliminary"])


def _raw(document: Json) -> bytes:
    return json.dumps(document).encode()


@pytest.mark.parametrize("never", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-05:00"])
def test_the_first_and_the_last_moment_of_time_are_read_in_any_zone(never: str) -> None:
    results = (
        bilirubin(1.0, effectiveDateTime="2026-05-01"),
        bilirubin(4.0, effectiveDateTime=never),
    )
    diagnosis = {"onsetDateTime": never, "recordedDate": never}
    statements = [
        one
        for content in (*results, condition("C7B.02", **diagnosis))
        for one in reading(content).statements
    ]
    assert combine_with_reasons(statements, TODAY, RULES).facts


def test_the_last_month_of_time_has_a_last_day() -> None:
    assert last_day_of("9999-12") == date(9999, 12, 31)
    assert last_day_of("2024-02") == date(2024, 2, 29)
    assert last_day_of("2025-02") == date(2025, 2, 28)
