"""What makes a counted value doubtful: results without a date, of the same time, or unreadable."""

from typing import Any

import pytest

from fhir_mappings.combination import Combination, combine_with_reasons
from fhir_mappings.doubts import UNDATED_LOSES
from nelm.doubts import doubt_lines
from nelm.facts import Fact
from nelm.spoken_values import spoken
from tests.fhir_mappings.resources import (
    RULES,
    TODAY,
    condition,
    observation,
    ours,
    quantity,
    readings,
)

Json = dict[str, Any]
PLATELETS = "777-3"


def platelets(name: str, value: float, day: str | None = None, **more: Any) -> Json:
    sent = observation(PLATELETS, quantity(value, "10*9/L"), id=name, **more)
    if day is None:
        del sent["effectiveDateTime"]
        return sent
    return sent | {"effectiveDateTime": day}


def portal_vein(name: str, value: str, day: str | None = None, **more: Any) -> Json:
    concept = {
        "valueCodeableConcept": {"coding": [{"system": "urn:nelm-cds:codes", "code": value}]}
    }
    sent = ours("portal_vein", concept, id=name, **more)
    if day is None:
        del sent["effectiveDateTime"]
        return sent
    return sent | {"effectiveDateTime": day}


def stored(day: str) -> Json:
    return {"meta": {"versionId": "1", "lastUpdated": f"{day}T08:00:00Z"}}


def combined(*resources: Json, series: bool = False) -> Combination:
    statements = [one for each in readings(*resources) for one in each.statements]
    return combine_with_reasons(statements, TODAY, RULES, with_series=series)


def fact(found: Combination, name: str) -> Fact:
    known = found.facts.get(name)
    assert known is not None
    return known


# Without a date. ----------------------------------------------------------------------------


@pytest.mark.parametrize("elements", [{}, stored("2026-05-25")])
@pytest.mark.parametrize("series", [True, False])
def test_a_result_without_a_date_never_beats_a_dated_one(elements: Json, series: bool) -> None:
    dated = platelets("dated", 30, "2026-05-12")
    undated = platelets("undated", 250, **elements)
    for given in ((dated, undated), (undated, dated)):
        found = combined(*given, series=series)
        assert found.facts.value("platelets_10e9_l") == 30
        (line,) = found.not_understood
        assert line.source == "Observation/undated"
        assert line.reason == UNDATED_LOSES.format("Observation/dated")
        assert "250" not in line.reason


def test_the_fact_says_that_a_result_without_a_date_differs() -> None:
    found = combined(
        portal_vein("dated", "patent", "2026-05-12"),
        portal_vein("undated", "complete_thrombosis", **stored("2026-05-25")),
    )
    vein = fact(found, "portal_vein")
    assert vein.value == "patent"
    assert str(spoken(vein)) == "portal vein patent (2026-05-12, one without a date differs)"
    assert doubt_lines([vein]) == [
        "Portal vein: a result without a date (recorded 2026-05-25) differs from the one of"
        " 2026-05-12; portal vein patent counts, complete portal vein thrombosis does not"
    ]


def test_a_result_without_a_date_that_says_the_same_is_no_doubt() -> None:
    found = combined(platelets("dated", 30, "2026-05-12"), platelets("undated", 30))
    assert found.not_understood == ()
    assert fact(found, "platelets_10e9_l").flags == ()


def test_a_diagnosis_without_a_date_does_not_undo_a_dated_result() -> None:
    thrombosis = condition("I81", **stored("2026-05-25"))
    del thrombosis["recordedDate"]
    found = combined(portal_vein("dated", "patent", "2026-05-12"), thrombosis)
    assert fact(found, "portal_vein").value == "patent"
    assert doubt_lines(found.facts) != []


def test_a_dated_lesion_study_is_not_undone_by_lesions_without_a_date() -> None:
    liver = {"bodySite": {"text": "liver"}}
    old = observation("21889-1", quantity(30, "mm"), id="old", **liver)
    new = observation("21889-1", quantity(0, "mm"), id="new", **liver, **stored("2026-05-25"))
    del new["effectiveDateTime"]
    found = combined(old, new)
    assert found.facts.value("liver_lesion_count") == 1
    assert found.facts.value("largest_liver_lesion_mm") == 30
    assert [line.source for line in found.not_understood] == ["Observation/new"]


def test_alone_it_counts_and_never_gives_the_day_it_was_stored_as_its_own() -> None:
    found = fact(combined(platelets("only", 30, **stored("2026-05-12"))), "platelets_10e9_l")
    assert str(spoken(found)) == "platelets 30 ×10⁹/L (undated, recorded 2026-05-12)"
    bare = fact(combined(platelets("only", 30)), "platelets_10e9_l")
    assert str(spoken(bare)) == "platelets 30 ×10⁹/L (undated)"


def test_a_release_is_told_as_one_and_keeps_its_place_in_time() -> None:
    later = platelets("later", 30, issued="2026-05-25T08:00:00Z")
    found = fact(combined(platelets("dated", 200, "2026-05-12"), later), "platelets_10e9_l")
    assert str(spoken(found)) == "platelets 30 ×10⁹/L (released 2026-05-25)"


# Of the same time. --------------------------------------------------------------------------


@pytest.mark.parametrize("series", [True, False])
def test_two_results_of_one_time_that_differ_are_told_whichever_counts(series: bool) -> None:
    for first, second in (("a", "b"), ("b", "a")):
        found = combined(
            portal_vein(first, "complete_thrombosis", "2026-05-28"),
            portal_vein(second, "patent", "2026-05-28"),
            series=series,
        )
        vein = fact(found, "portal_vein")
        assert [flag.partition(":")[0] for flag in vein.flags] == ["contradicted"]
        assert doubt_lines([vein])[0].startswith("Portal vein: two results of 2026-05-28 differ; ")
        assert str(spoken(vein)).endswith("(2026-05-28, two results of this time differ)")


def test_a_later_update_is_a_correction_and_no_doubt() -> None:
    found = combined(
        portal_vein("a", "complete_thrombosis", "2026-05-28", **stored("2026-05-28")),
        portal_vein("b", "patent", "2026-05-28", **stored("2026-05-29")),
    )
    assert fact(found, "portal_vein").flags == ()
    assert len(found.not_understood) == 1


def test_an_update_that_only_one_of_them_states_settles_nothing() -> None:
    found = combined(
        portal_vein("a", "complete_thrombosis", "2026-05-28"),
        portal_vein("b", "patent", "2026-05-28", **stored("2026-05-29")),
    )
    assert doubt_lines(found.facts) == [
        "Portal vein: two results of 2026-05-28 differ; portal vein patent counts,"
        " complete portal vein thrombosis does not"
    ]


@pytest.mark.parametrize("extent", ["complete_thrombosis", "partial_thrombosis"])
def test_what_leaves_the_extent_open_does_not_contradict_it(extent: str) -> None:
    vague = portal_vein("a", "thrombosis_extent_unknown", "2026-05-28")
    assert doubt_lines(combined(vague, portal_vein("b", extent, "2026-05-28")).facts) == []
    patent = portal_vein("c", "patent", "2026-05-28")
    assert doubt_lines(combined(vague, patent).facts) != []


def test_a_range_does_not_contradict_a_value_within_it() -> None:
    above = observation(PLATELETS, quantity(100, "10*9/L", ">"), id="range")
    inside = platelets("inside", 120, "2026-05-01")
    assert doubt_lines(combined(above, inside).facts) == []
    outside = platelets("outside", 100, "2026-05-01")
    assert doubt_lines(combined(above, outside).facts) != []


def test_values_that_the_ward_writes_alike_do_not_differ() -> None:
    alike = [platelets("a", 31.2, "2026-05-28"), platelets("b", 31.3, "2026-05-28")]
    assert doubt_lines(combined(*alike).facts) == []


# Newer, and not readable. -------------------------------------------------------------------

READ = platelets("read", 200, "2026-05-12")
UNREADABLE = [
    (quantity(30), "no unit where one is needed"),
    (quantity(30, "mg/dL"), "the unit is not one of this fact"),
    (quantity(-30, "10*9/L"), "outside what is possible for the fact"),
    ({"valueString": "30 (clumped)"}, "the text is not a number with its unit, nor a listed form"),
    (quantity(30, "10*9/L", "~"), "the comparator is not understood"),
]


def newer(value: Json, day: str = "2026-05-28", **more: Any) -> Json:
    return observation(PLATELETS, value, id="newer", effectiveDateTime=day, **more)


@pytest.mark.parametrize(("value", "reason"), UNREADABLE)
@pytest.mark.parametrize("series", [True, False])
def test_a_newer_value_that_could_not_be_read_is_told_with_the_one_that_counts(
    value: Json, reason: str, series: bool
) -> None:
    for given in ((READ, newer(value)), (newer(value), READ)):
        found = combined(*given, series=series)
        known = fact(found, "platelets_10e9_l")
        assert known.value == 200
        (line,) = doubt_lines([known])
        assert line.startswith("Newer platelets (2026-05-28) could not be read: ")
        assert line.endswith("; platelets 200 ×10⁹/L counts")
        assert "30" not in line


def test_its_line_knows_the_fact_and_the_day() -> None:
    (line,) = readings(newer(quantity(30)))[0].not_understood
    assert (line.fact, line.effective) == ("platelets_10e9_l", "2026-05-28")


@pytest.mark.parametrize("day", ["2026-05-11", "2026-05-12T00:00:00+14:00"])
def test_what_was_not_readable_before_the_value_that_counts_is_no_doubt(day: str) -> None:
    assert doubt_lines(combined(READ, newer(quantity(30), day)).facts) == []


def test_what_was_not_readable_at_the_very_time_is_a_doubt() -> None:
    assert doubt_lines(combined(READ, newer(quantity(30), "2026-05-12")).facts) != []


def test_a_value_that_came_after_the_unreadable_one_settles_it() -> None:
    again = platelets("again", 190, "2026-05-29")
    assert doubt_lines(combined(READ, newer(quantity(30)), again).facts) == []


@pytest.mark.parametrize("day", ["2026-06-02", "2026-13-45"])
def test_a_date_that_cannot_be_may_hide_something_newer(day: str) -> None:
    found = combined(READ, newer(quantity(20, "10*9/L"), day))
    (line,) = doubt_lines(found.facts)
    assert line.startswith("Newer platelets ")
    (row,) = found.not_understood
    assert (row.display, row.fact, row.effective) == ("platelets_10e9_l", "platelets_10e9_l", day)


def test_an_unreadable_value_without_a_date_may_be_newer() -> None:
    sent = newer(quantity(30), **stored("2026-05-25"))
    del sent["effectiveDateTime"]
    (line,) = doubt_lines(combined(READ, sent).facts)
    assert line.startswith("Newer platelets could not be read: ")


@pytest.mark.parametrize(
    "elements",
    [
        {"dataAbsentReason": {"text": "not performed"}},
        {"status": "entered-in-error", **quantity(30)},
        {"status": "cancelled", **quantity(30)},
    ],
)
def test_what_was_not_measured_or_taken_back_is_no_doubt(elements: Json) -> None:
    assert doubt_lines(combined(READ, newer({}, **elements)).facts) == []


def test_a_result_with_an_extension_that_changes_its_meaning_is_a_doubt() -> None:
    odd = newer(quantity(30, "10*9/L"), modifierExtension=[{"url": "urn:x", "valueBoolean": True}])
    assert doubt_lines(combined(READ, odd).facts) != []


def test_an_answer_that_nobody_knows_is_a_doubt_about_the_one_before() -> None:
    vein = portal_vein("old", "patent", "2026-05-12")
    words = ours("portal_vein", {"valueString": "closed, all phases"}, id="new")
    (line,) = doubt_lines(combined(vein, words | {"effectiveDateTime": "2026-05-28"}).facts)
    assert line.startswith("Newer portal vein (2026-05-28) could not be read: ")


def test_nothing_read_before_leaves_the_fact_missing_and_listed() -> None:
    found = combined(newer(quantity(30)))
    assert "platelets_10e9_l" not in found.facts


@pytest.mark.parametrize("value", [{"value": "thirty"}, {"value": {}}, "30 10*9/L"])
def test_a_value_that_is_no_value_of_the_standard_is_a_doubt_too(value: Any) -> None:
    (line,) = doubt_lines(combined(READ, newer({"valueQuantity": value})).facts)
    assert line.startswith(
        "Newer platelets (2026-05-28) could not be read: malformed: valueQuantity"
    )
    taken_back = newer({"valueQuantity": value}, status="entered-in-error")
    assert doubt_lines(combined(READ, taken_back).facts) == []


# Kidney. ------------------------------------------------------------------------------------


def test_a_creatinine_newer_than_the_filtration_rate_is_told_with_it() -> None:
    rate = observation("98979-8", quantity(80, "mL/min/{1.73_m2}"), effectiveDateTime="2026-05-12")
    newer_one = observation("2160-0", quantity(5.0, "mg/dL"), effectiveDateTime="2026-05-28")
    found = combined(rate, newer_one)
    (line,) = doubt_lines(found.facts)
    assert line == (
        "eGFR of 2026-05-12 is older than creatinine 5.0 mg/dL (2026-05-28);"
        " eGFR 80 mL/min/1.73 m² counts"
    )
    same_day = newer_one | {"effectiveDateTime": "2026-05-12T10:00:00Z"}
    assert doubt_lines(combined(rate, same_day).facts) == []


def test_a_preliminary_value_is_called_so_wherever_it_is_named() -> None:
    early = platelets("early", 90, "2026-05-12", status="preliminary")
    found = fact(combined(early), "platelets_10e9_l")
    assert str(spoken(found)) == "platelets 90 ×10⁹/L (2026-05-12, preliminary)"
