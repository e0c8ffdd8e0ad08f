"""Words of a newer report that contradict what counts: found, quoted, never counted."""

from datetime import date
from typing import Any

import pytest

from nelm import Assessment, Fact, FactSet, Range, assess
from nelm.said_otherwise import behind, otherwise_lines, said_otherwise, would_exclude
from tests.nelm.test_explanation import AS_OF, RESECTABLE

SEEN = date(2026, 5, 12)


def judged(**facts: Any) -> Assessment:
    given = RESECTABLE | facts
    dated = {name: Fact(name, value, effective=SEEN) for name, value in given.items()}
    return assess(FactSet.of(dated), None, AS_OF)


def words(fact: str, value: Any, day: str | None = "2026-05-28", text: str = "So.") -> Any:
    said = {"fact": fact, "value": value, "sentence": text, "source": "DiagnosticReport/7"}
    return said if day is None else said | {"effective": day}


@pytest.mark.parametrize("day", ["2026-05-12", "2026-05-28T10:00:00Z", "2026-05", "2026", None])
def test_a_value_that_differs_and_is_not_older_is_told(day: str | None) -> None:
    candidate = words("portal_vein", "complete_thrombosis", day)
    found = said_otherwise(judged(portal_vein="patent"), [candidate])
    assert [one.fact for one in found] == ["portal_vein"]


def test_a_value_of_an_older_report_is_not_told() -> None:
    older = [words("portal_vein", "complete_thrombosis", day) for day in ("2026-05-11", "2026-04")]
    assert said_otherwise(judged(portal_vein="patent"), older) == ()


def test_a_fact_without_a_date_may_be_older_than_any_report() -> None:
    undated = assess(FactSet.of(RESECTABLE | {"portal_vein": "patent"}), None, AS_OF)
    (one,) = said_otherwise(undated, [words("portal_vein", "complete_thrombosis", "2020-01-01")])
    assert one.on_file == "portal vein patent"
    recorded = Fact("portal_vein", "patent", effective=SEEN, flags=("undated",))
    case = assess(FactSet.of(RESECTABLE | {"portal_vein": recorded}), None, AS_OF)
    assert said_otherwise(case, [words("portal_vein", "complete_thrombosis", "2020-01-01")])


@pytest.mark.parametrize(
    ("name", "known", "said"),
    [
        ("portal_vein", "partial_thrombosis", "thrombosis_extent_unknown"),
        ("ascites", "present", "mild"),
        ("liver_lesion_count", 4, {"min": 3}),
        ("liver_lesion_count", Range(min=3, min_open=True), {"min": 3, "max": 5}),
        ("extrahepatic_sites", ["bone", "lung"], ["bone"]),
        ("largest_liver_lesion_mm", 32, 32.0),
    ],
)
def test_what_differs_only_in_precision_agrees(name: str, known: Any, said: Any) -> None:
    assert said_otherwise(judged(**{name: known}), [words(name, said)]) == ()


@pytest.mark.parametrize(
    ("name", "known", "said"),
    [
        ("liver_lesion_count", 3, {"min": 3, "min_open": True}),
        ("liver_lesion_count", Range(max=3), {"min": 3, "min_open": True}),
        ("extrahepatic_sites", ["bone"], ["bone", "lung"]),
        ("portal_vein", "patent", "thrombosis_extent_unknown"),
        ("recist_status", "SD", "PD"),
    ],
)
def test_what_cannot_be_the_same_is_told(name: str, known: Any, said: Any) -> None:
    (one,) = said_otherwise(judged(**{name: known}), [words(name, said)])
    assert one.fact == name
    assert "2026-05-12" in one.on_file


def test_spread_in_words_contradicts_a_report_of_none() -> None:
    case = judged(extrahepatic_disease="none")
    assert said_otherwise(case, [words("extrahepatic_sites", ["regional_lymph_node"])]) == ()
    assert said_otherwise(case, [words("peritoneal_carcinomatosis", "none")]) == ()
    (one,) = said_otherwise(case, [words("extrahepatic_sites", ["bone"])])
    assert one.on_file == "no disease outside the liver, 2026-05-12"


def test_spread_in_words_contradicts_nothing_where_none_was_not_reported() -> None:
    spread = [words("extrahepatic_sites", ["bone"])]
    assert said_otherwise(judged(extrahepatic_disease="significant"), spread) == ()
    older = [words("extrahepatic_sites", ["bone"], "2026-05-11")]
    assert said_otherwise(judged(extrahepatic_disease="none"), older) == ()


def test_a_grade_in_words_contradicts_the_derived_one() -> None:
    case = judged(ki67_primary_percent=5, differentiation="well")
    (one,) = said_otherwise(case, [words("reported_grade", "NEC")])
    assert one.on_file == "G2 (Ki-67 5 %)"
    assert said_otherwise(case, [words("reported_grade", "G2")]) == ()


def test_earlier_treatments_and_unknown_names_contradict_nothing() -> None:
    case = judged()
    assert said_otherwise(case, [words("treatment_history", [{"therapy": "prrt"}])]) == ()
    assert said_otherwise(case, [words("no_such_fact", True)]) == ()
    assert said_otherwise(case, [words("ecog", 9)]) == ()


def test_words_would_exclude_what_they_would_contraindicate_and_judge_nothing() -> None:
    case = judged(right_heart_failure=False)
    found = said_otherwise(case, [words("right_heart_failure", True)])
    (exclude,) = would_exclude(case, "hepatectomy", found)
    assert exclude.id == "HEP-6"
    assert behind(case, "hepatectomy", exclude, found) == found[0]
    assert would_exclude(case, "ssa", found) == ()
    assert would_exclude(case, "liver_mri", found) == ()
    assert would_exclude(case, "hepatectomy", ()) == ()
    verdicts = {one.option.id: one.verdict for one in case.options}
    assert verdicts["hepatectomy"] != "contraindicated"


def test_an_exclude_rests_on_the_words_that_would_do_alone() -> None:
    case = judged(extrahepatic_disease="none")
    said = [
        words("extrahepatic_disease", "present_unquantified"),
        words("peritoneal_carcinomatosis", "diffuse_or_unresectable"),
    ]
    found = said_otherwise(case, said)
    assert [one.fact for one in found] == [one["fact"] for one in said]
    exclude = next(one for one in would_exclude(case, "hepatectomy", found) if one.id == "HEP-5")
    assert behind(case, "hepatectomy", exclude, found).fact == "peritoneal_carcinomatosis"


def test_each_report_is_one_line_with_its_sentences_escaped() -> None:
    case = judged(portal_vein="patent", extrahepatic_disease="none", ascites="none")
    shut = words("portal_vein", "complete_thrombosis", text="[Shut](x).")
    more = [
        words("extrahepatic_sites", ["bone"], text="Bone."),
        words("ascites", "severe", text="Bone."),
        words("largest_liver_lesion_mm", 80, "2026-05-29"),
    ]
    lines = otherwise_lines(said_otherwise(case, [shut, *more]))
    assert lines[0].startswith("Report of 2026-05-29 says otherwise: “So.” (on file: ")
    assert "“\\[Shut\\](x).” (on file: portal vein patent, 2026-05-12)" in lines[1]
    assert lines[1].count("“Bone.”") == 1
    assert lines[1].endswith("Not counted until confirmed")
    third = words("liver_lesion_count", 30, "2026-05-12", text="Thirty.")
    lines = otherwise_lines(said_otherwise(case, [shut, *more, third]))
    assert lines[1].endswith("otherwise too: number of liver lesions. Not counted until confirmed")
    assert otherwise_lines(()) == ()
