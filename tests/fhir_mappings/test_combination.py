"""Statements to facts: newest, union, latest study, series; age, course and what lies ahead."""

from datetime import date
from typing import Any

import pytest

from fhir_mappings import combination
from fhir_mappings.combination import combine, combine_with_reasons
from fhir_mappings.statements import Statement
from nelm.evidence.parameters import Parameters
from nelm.logic import Range
from tests.fhir_mappings.resources import (
    RULES,
    SNOMED,
    TODAY,
    coded,
    condition,
    facts,
    observation,
    ours,
    quantity,
    readings,
    report,
)

PATIENT = {"resourceType": "Patient", "id": "p"}


def at(day: str, value: float, **elements: Any) -> dict[str, Any]:
    sent = quantity(value, "mg/dL")
    return observation("1975-2", sent, effectiveDateTime=day, id=f"b-{day}-{value}", **elements)


def bilirubin(*resources: dict[str, Any]) -> Any:
    return facts(*resources)["bilirubin_mg_dl"]


def lesion(name: str, size: float, site: Any, day: str = "2026-05-01", **more: Any) -> Any:
    where = {"text": site} if isinstance(site, str) else site
    return observation(
        "21889-1", quantity(size, "mm"), id=name, bodySite=where, effectiveDateTime=day, **more
    )


def worded(text: str, name: str, day: str) -> dict[str, Any]:
    return report("24627-2", conclusion=text, id=name, effectiveDateTime=day)


def statements(*resources: dict[str, Any]) -> list[Statement]:
    return [one for each in readings(*resources) for one in each.statements]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2026-04-01", "2026-05-01"),
        ("2026-05", "2026-05-01"),
        ("2025", "2026-01-01"),
        ("2026-05-01T08:00:00Z", "2026-05-01T09:00:00Z"),
        ("2026-05-01T10:00:00+02:00", "2026-05-01T09:00:00Z"),
        ("2026-05-01T09:00:00.100Z", "2026-05-01T09:00:00.2+00:00"),
        ("2026-05-01T09:00:00Z", "2026-05-01T09:00:00.5Z"),
    ],
)
def test_the_newest_value_counts_in_whatever_order_it_comes(first: str, second: str) -> None:
    assert bilirubin(at(first, 1), at(second, 2)) == 2
    assert bilirubin(at(second, 2), at(first, 1)) == 2


def test_a_tie_is_settled_by_the_last_update_then_by_the_source() -> None:
    early, late = {"lastUpdated": "2026-05-01T08:00:00Z"}, {"lastUpdated": "2026-05-02T08:00:00Z"}
    assert bilirubin(at("2026-05-01", 1, meta=late), at("2026-05-01", 2, meta=early)) == 1
    one, other = at("2026-05-01", 1), at("2026-05-01", 2)
    assert bilirubin(one, other) == bilirubin(other, one)


def test_the_loser_of_a_tie_is_listed_with_the_result_that_counts() -> None:
    two = statements(at("2026-05-01", 3.4), at("2026-05-01", 0.8))
    for given in (two, two[::-1]):
        for series in (True, False):
            combined = combine_with_reasons(given, TODAY, with_series=series)
            assert combined.facts.value("bilirubin_mg_dl") == 3.4
            (line,) = combined.not_understood
            assert line.source == "Observation/b-2026-05-01-0.8"
            assert line.display == "bilirubin_mg_dl"
            assert line.reason.endswith("later id: Observation/b-2026-05-01-3.4")
            assert "0.8" not in line.reason.replace(line.source, "")


@pytest.mark.parametrize(
    ("day", "value"), [("2026-04-30", 3.4), ("2026-05-01T08:00:00Z", 3.4), ("2026-05-01", 0.8)]
)
def test_what_is_older_or_says_the_same_is_not_listed(day: str, value: float) -> None:
    given = statements(at("2026-05-01", 0.8), at(day, value, status="amended"))
    assert combine_with_reasons(given, TODAY).not_understood == ()


def test_two_reports_of_one_day_that_differ_are_both_shown() -> None:
    for first, second in (("a", "b"), ("b", "a")):
        given = statements(
            worded("Portal vein patent.", first, "2026-05-12"),
            worded("Complete portal vein thrombosis.", second, "2026-05-12"),
            worded("Portal vein patent.", "c", "2026-05-12T00:00:00Z"),
            worded("Partial portal vein thrombosis.", "d", "2026-05-11"),
        )
        found = combine_with_reasons(given, TODAY).candidates
        said = [one for one in found if one.value["fact"] == "portal_vein"]
        assert {one.value["value"] for one in said} == {"patent", "complete_thrombosis"}
        assert {one.value["note"] for one in said} == {"two reports of this day differ"}


def test_a_report_without_a_date_stands_beside_the_newest_and_hides_nothing() -> None:
    undated = worded("Complete portal vein thrombosis.", "u", "2026-05-12")
    del undated["effectiveDateTime"]
    given = statements(undated, worded("Portal vein patent.", "a", "2026-05-12"))
    found = combine_with_reasons(given, TODAY).candidates
    said = [one.value for one in found if one.value["fact"] == "portal_vein"]
    assert {one["value"] for one in said} == {"patent", "complete_thrombosis"}
    assert all("note" not in one for one in said)


def test_reports_of_one_day_that_agree_stand_once_without_a_note() -> None:
    same = [worded("No ascites.", name, "2026-05-12") for name in "ab"]
    (one,) = combine_with_reasons(statements(*same), TODAY).candidates
    assert one.value["value"] == "none"
    assert "note" not in one.value


def test_a_value_dated_in_the_future_does_not_count_and_is_listed() -> None:
    combined = combine_with_reasons(
        statements(at("2026-05-01", 1), at("2026-06-02", 9), at("2026-07", 9)), TODAY
    )
    assert combined.facts.value("bilirubin_mg_dl") == 1
    assert [line.reason for line in combined.not_understood] == [combination.FUTURE] * 2


def test_the_month_of_the_day_itself_is_not_the_future() -> None:
    assert bilirubin(at("2026-06", 1)) == 1


def test_a_date_that_is_none_does_not_count_and_is_listed() -> None:
    combined = combine_with_reasons(statements(at("YYYY-MM-DD", 1), at("2026-13-45", 1)), TODAY)
    assert len(combined.facts) == 0
    assert [line.reason for line in combined.not_understood] == [combination.NOT_A_DATE] * 2


def test_series_stand_oldest_first_and_the_same_value_once() -> None:
    twice = at("2026-04-01", 2) | {"id": "again"}
    found = combine(statements(at("2026-05-01", 3), at("2026-04-01", 2), twice), TODAY)
    assert [fact.value for fact in found.series["bilirubin_mg_dl"]] == [2, 3]


def test_verdicts_need_no_series() -> None:
    sent = statements(at("2026-05-01", 3), at("2026-04-01", 2))
    bare = combine(sent, TODAY, with_series=False)
    assert bare.series == {}
    assert bare.values == combine(sent, TODAY).values


def test_sites_add_up() -> None:
    found = facts(condition("C7B.03"), condition("C78.01"), condition("C78.02"))
    assert found["extrahepatic_sites"] == {"bone", "lung"}


def test_a_tumor_ever_had_is_not_undone_by_a_later_no() -> None:
    later = ours("has_liver_metastases", {"valueBoolean": False})
    assert facts(condition("C7B.02"), later)["has_liver_metastases"] is True
    assert facts(later)["has_liver_metastases"] is False


def test_lesions_of_the_newest_study_give_count_largest_and_bilobar() -> None:
    found = facts(
        lesion("old", 90, "liver segment II", "2025-01-01"),
        lesion("a", 12, "liver segment II"),
        lesion("b", 31, coded("277961009", SNOMED)),
        lesion("c", 8, "Liver"),
    )
    assert found["liver_lesion_count"] == 3
    assert found["largest_liver_lesion_mm"] == 31
    assert found["bilobar"] is True


@pytest.mark.parametrize(
    ("sites", "expected"),
    [
        (["liver segment II", "liver segment IVb"], False),
        (["liver segment II", "liver segment V"], True),
        (["liver segment II", "caudate lobe of liver"], False),
        (["liver segment II", "liver"], None),
    ],
)
def test_bilobar_is_false_only_if_every_lobe_is_known(
    sites: list[str], expected: bool | None
) -> None:
    sent = [lesion(f"l{n}", 10, site) for n, site in enumerate(sites)]
    assert facts(*sent).get("bilobar") is expected


def test_target_lesions_are_only_some_of_the_lesions() -> None:
    marked = {"method": {"text": "RECIST target lesion"}}
    found = facts(
        lesion("a", 20, "liver segment II", **marked),
        lesion("b", 30, "liver segment III", **marked),
    )
    assert found["liver_lesion_count"] == Range(min=2)
    assert "bilobar" not in found


def test_a_lesion_sent_again_counts_once() -> None:
    focus = {"focus": [{"reference": "BodyStructure/b1"}]}
    found = facts(lesion("a", 20, "liver", **focus), lesion("a2", 21, "liver", **focus))
    assert found["liver_lesion_count"] == 1


def test_the_count_that_a_study_states_wins_over_its_lesions() -> None:
    count = ours("liver_lesion_count", {"valueInteger": 7})
    assert facts(count, lesion("a", 20, "liver"))["liver_lesion_count"] == 7
    later = lesion("b", 20, "liver", "2026-05-20")
    assert facts(count, later)["liver_lesion_count"] == 1


def test_a_lesion_of_no_size_is_gone() -> None:
    assert facts(lesion("a", 0, "liver"), lesion("b", 9, "liver"))["liver_lesion_count"] == 1
    assert facts(lesion("a", 0, "liver")) == {}


@pytest.mark.parametrize(
    ("born", "expected"),
    [
        ("1966-06-01", 60),
        ("1966-06-02", 59),
        ("1966-06", Range(59, 60)),
        ("1966", Range(59, 60)),
        ("1966-01", 60),
        ("2030-01-01", None),
        ("unknown", None),
    ],
)
def test_age_follows_from_the_date_of_birth(born: str, expected: Any) -> None:
    assert facts(PATIENT | {"birthDate": born}).get("age_years") == expected


@pytest.mark.parametrize(
    ("patient", "expected"),
    [
        ({"gender": "male"}, False),
        ({"gender": "female", "birthDate": "1971-06-01"}, False),
        ({"gender": "female", "birthDate": "1971-06-02"}, None),
        ({"gender": "female", "birthDate": "1971"}, None),
        ({"gender": "female"}, None),
        ({}, None),
    ],
)
def test_pregnancy_is_excluded_by_sex_or_age_only(
    patient: dict[str, Any], expected: bool | None
) -> None:
    assert facts(PATIENT | patient).get("pregnant") is expected


def test_a_stated_pregnancy_counts() -> None:
    sent = observation("82810-3", {"valueCodeableConcept": coded("77386006", SNOMED)})
    assert facts(PATIENT | {"gender": "female"}, sent)["pregnant"] is True
    assert facts(PATIENT | {"gender": "male"}, sent)["pregnant"] is False


def response(code: str, day: str, system: str = "http://loinc.org") -> dict[str, Any]:
    answer = {"valueCodeableConcept": coded(code, system)}
    return observation("97509-4", answer, effectiveDateTime=day, id=f"r-{day}-{code}")


PD, SD, PR, STABLE = "LA28370-7", "LA28371-5", "LA28369-9", "359746009"


def test_a_clinical_judgement_counts_only_while_no_recist_is_as_new() -> None:
    judged = response(STABLE, "2026-05-01", SNOMED)
    assert facts(judged)["recist_status"] == "SD"
    assert facts(judged, response(PD, "2026-05-01"))["recist_status"] == "PD"
    assert facts(judged, response(PD, "2026-04-01"))["recist_status"] == "SD"


@pytest.mark.parametrize(
    ("day", "expected"), [("2025-06-01", True), ("2025-05-31", None), ("2026-06-01", True)]
)
def test_progression_counts_for_twelve_months(day: str, expected: bool | None) -> None:
    found = facts(response(PD, day), response(SD, "2026-06-01"))
    assert found.get("progressed_within_12_months") is expected


def test_stable_months_run_from_the_last_progression() -> None:
    found = facts(
        response(PD, "2025-01-01"), response(SD, "2025-04-01"), response(PR, "2025-09-01")
    )
    assert found["stable_months"] == 8


def test_stable_months_run_from_the_diagnosis_without_progression() -> None:
    diagnosis = condition("C7A.012", onsetDateTime="2025-01-01")
    assert facts(diagnosis, response(SD, "2025-07-01"))["stable_months"] == 6
    assert "stable_months" not in facts(response(SD, "2025-07-01"))
    assert "stable_months" not in facts(diagnosis, response(PD, "2025-07-01"))


def test_stated_stable_months_are_kept() -> None:
    said = ours("stable_months", quantity(9))
    assert facts(said, response(PD, "2025-01-01"), response(SD, "2025-04-01"))["stable_months"] == 9


def test_the_parameter_says_how_near_metastases_are_synchronous() -> None:
    sent = statements(
        condition("C7A.012", onsetDateTime="2024-01-10"),
        condition("C7B.02", onsetDateTime="2024-05-10"),
    )
    three = Parameters({"synchronous_months": 3})
    assert combine(sent, TODAY).value("liver_metastases_synchronous") is True
    assert combine(sent, TODAY, RULES, three).value("liver_metastases_synchronous") is False


def test_the_date_of_a_history_is_not_that_of_the_diagnosis() -> None:
    found = facts(condition("Z85.060"), condition("C7B.02"))
    assert found["primary_site"] == "small_bowel"
    assert "liver_metastases_synchronous" not in found


def test_the_newest_cross_sectional_study_dates_the_imaging() -> None:
    found = facts(
        report("30612-6", effectiveDateTime="2026-02-01T10:00:00Z"),
        report("24556-3", effectiveDateTime="2026-04-02"),
        report("44139-4", effectiveDateTime="2026-05-01"),
    )
    assert found["latest_cross_sectional_imaging"] == date(2026, 4, 2)


def test_a_stored_value_that_is_no_longer_possible_is_listed_and_the_rest_counts() -> None:
    old = Statement(fact="ecog", value=17, source="Observation/x")
    good = Statement(fact="inr", value=1.1, source="Observation/y")
    combined = combine_with_reasons([old, good], TODAY)
    assert combined.facts.values == {"inr": 1.1}
    assert [line.reason for line in combined.not_understood] == [combination.IMPOSSIBLE]


def test_a_statement_of_a_fact_we_do_not_know_changes_nothing() -> None:
    unknown = Statement(fact="shoe_size", value=44, source="Observation/x")
    assert len(combine([unknown], TODAY)) == 0


def test_nothing_gives_nothing() -> None:
    assert len(combine([], TODAY)) == 0


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([(">", 50)], Range(min=50, min_open=True)),
        ([(">", 50), (None, 20)], Range(min=50)),
        ([("<", 5), (None, 20)], 20),
        ([("<", 30), (None, 20)], Range(min=20, max=30)),
    ],
)
def test_a_size_with_a_comparator_leaves_the_largest_open(
    sizes: list[tuple[str | None, float]], expected: Any
) -> None:
    sent = [
        lesion(f"l{n}", 1, "liver") | quantity(size, "mm", comparator)
        for n, (comparator, size) in enumerate(sizes)
    ]
    assert facts(*sent)["largest_liver_lesion_mm"] == expected
