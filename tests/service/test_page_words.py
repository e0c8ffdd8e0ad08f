"""The staging page in few words: each thing once, plainly, and nothing derived as if observed."""

from datetime import date

import pytest

from nelm import Fact, assess
from nelm.facts import FactSet, Therapy
from nelm.spoken_values import spoken
from service.patient_page import sections
from service.patient_page.options import option_groups
from service.patient_page.renewal import judged_again
from service.patient_page.to_confirm import candidates
from tests.service.printed_cards import dated_case

DAY = date(2026, 6, 1)
TUMOR = (Fact("has_neuroendocrine_tumor", True), Fact("has_liver_metastases", True))


def test_a_long_list_of_what_is_missing_is_told_once() -> None:
    groups = option_groups(assess(FactSet(TUMOR), as_of=DAY))
    (waiting,) = [group for group in groups if group.title == "Cannot be judged yet"]
    reasons = [row.reason for row in waiting.rows]
    assert reasons[0].startswith("Waits for performance status (ECOG), primary site")
    assert "Waits for the same as Hepatectomy" in reasons
    assert any(one.startswith("Waits for the same as Hepatectomy, and for ") for one in reasons)
    assert len([one for one in reasons if len(one) > 200]) <= 2
    assert all(row.missing for row in waiting.rows)


def follow_up_of(*more: Fact) -> str:
    """What the page says of follow-up."""
    groups = option_groups(assess(FactSet((*TUMOR, *more)), as_of=DAY))
    (row,) = [row for group in groups for row in group.rows if row.id == "follow_up"]
    return row.reason


def test_follow_up_says_what_is_due_or_that_its_time_has_not_come() -> None:
    assert follow_up_of() == "Comes once the liver is clear"
    history = Fact("treatment_history", (Therapy("hepatectomy", date(2025, 3, 1)),))
    clear = (Fact("liver_lesion_count", 0), Fact("differentiation", "well"))
    more = (Fact("extrahepatic_disease", "none"), Fact("ki67_primary_percent", 2.0), history)
    imaged = Fact("latest_cross_sectional_imaging", date(2026, 1, 3))
    assert follow_up_of(*clear, *more, imaged) == (
        "Imaging and markers every 3 to 6 months. "
        "Next imaging due 2026-07-03 (last 2026-01-03). Not known when markers were last taken"
    )


def test_what_a_report_says_of_a_known_fact_is_told_as_agreeing_or_not() -> None:
    facts = FactSet((*TUMOR, Fact("ecog", 1, effective=DAY), Fact("bilobar", True)))
    found = candidates(
        [
            {"fact": "ecog", "value": 1, "sentence": "ECOG 1.", "source": "R/1"},
            {"fact": "bilobar", "value": False, "sentence": "Right lobe only.", "source": "R/2"},
            {"fact": "hepatomegaly", "value": True, "sentence": "Large liver.", "source": "R/3"},
        ],
        assess(facts, as_of=DAY),
    )
    assert [(one.source, one.on_file, one.agrees) for one in found] == [
        ("R/2", "on file and counted: both lobes", False),
        ("R/3", "", False),
        ("R/1", "agrees with what is on file", True),
    ]


def test_pregnancy_that_nobody_stated_says_what_it_was_derived_from() -> None:
    derived = Fact("pregnant", False, effective=DAY, mapping="derived.pregnant")
    assert str(spoken(derived)) == "not pregnant (derived from sex or age)"
    for sex, words in (("male", "sex"), ("female", "age")):
        facts = FactSet((*TUMOR, Fact("sex", sex), derived))
        rows = {one.label: one for one in sections.fact_rows(assess(facts, as_of=DAY))}
        assert rows["Pregnancy"].marks == (f"derived from {words}, not stated",)
        assert rows["Pregnancy"].day is None
    stated = Fact("pregnant", False, effective=DAY)
    assert str(spoken(stated)) == "not pregnant (2026-06-01)"


def test_how_a_value_was_read_is_no_tag_of_its_own() -> None:
    by_text = Fact("ecog", 1, effective=DAY, flags=("by_text", "specimen_unknown"))
    rows = sections.fact_rows(assess(FactSet((*TUMOR, by_text)), as_of=DAY))
    (row,) = [one for one in rows if one.label == "ECOG"]
    assert (row.by_text, row.marks) == (True, ("specimen not stated",))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            (Fact("ecog", 1, effective=date(2026, 5, 25)),),
            "when ECOG is past its limit",
        ),
        (
            (Fact("inr", 1.0, effective=DAY), Fact("albumin_g_dl", 4.0, effective=DAY)),
            "when albumin, INR are past their limit",
        ),
        (
            (Fact("age_years", 54, effective=date(2025, 8, 1)),),
            "when an age limit, a time since treatment or a follow-up is reached",
        ),
    ],
)
def test_the_day_of_the_next_judgment_has_its_reason(more: tuple[Fact, ...], said: str) -> None:
    told = judged_again(assess(FactSet((*TUMOR, *more)), as_of=DAY))
    assert told.startswith("judged again on 2026-")
    assert told.endswith(f", {said}")


def test_without_such_a_day_nothing_is_said_of_it() -> None:
    assert judged_again(assess(FactSet(TUMOR), as_of=DAY)) == ""


def test_signs_of_a_worse_outlook_stand_apart_from_contradictions() -> None:
    assessment = dated_case("V04-multifocal-midgut")
    assert "Grade above G1" in [one.text for one in sections.outlook(assessment)]
    assert [one for one in sections.remarks(assessment) if one.source] == []


def test_what_is_too_vague_is_said_with_its_value() -> None:
    vague = Fact("primary_status", "resected", effective=date(2026, 5, 12))
    rows = sections.missing_rows(assess(FactSet((*TUMOR, vague)), as_of=DAY), [])
    (row,) = [one for one in rows if one.imprecise]
    assert row.label == "State of the primary tumor (in place or removed)"
    assert row.imprecise == "primary removed, margin not stated (2026-05-12)"


def test_the_reason_of_a_test_names_what_is_missing_once_and_where_papers_disagree() -> None:
    rows = sections.work_up_rows(assess(FactSet(TUMOR), as_of=DAY))
    (markers,) = [one for one in rows if one.text == "Order tumor markers"]
    assert markers.source.startswith("Chromogranin A, ")
    assert markers.source.count("not on file") == 1
    assert ". Papers disagree: AJCC version 9" in markers.source


def test_an_open_option_says_what_to_mind_and_what_that_asks_for() -> None:
    groups = option_groups(dated_case("V04-multifocal-midgut"))
    rows = {row.id: row for group in groups for row in group.rows}
    assert rows["tace"].reason.endswith("Mind: carcinoid syndrome (2026-05-12): crisis precautions")


def test_a_value_in_two_units_is_past_its_limit_once() -> None:
    marker = (Fact("chromogranin_a_ng_ml", 310.0, effective=date(2026, 5, 30)),
              Fact("chromogranin_a_x_uln", 3.1, effective=date(2026, 5, 30)))  # fmt: skip
    said = judged_again(assess(FactSet((*TUMOR, *marker)), as_of=DAY))
    assert said.endswith("when chromogranin A is past its limit")
