"""What changed clinically between two assessments, and how it is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings

from nelm import Fact, FactSet, Parameters, assess, clinically_changed, difference, to_document
from nelm.assessment import STAGING_OUTPUTS, Assessment
from nelm.change import clinical_state
from nelm.labels import order_label
from nelm.staging_words import NOTE_WORDS, OUTPUT_LABELS, output_word
from tests.nelm.random_facts import AS_OF, fact_lists
from tests.vignettes.worked_cases import assessed as worked
from tests.vignettes.worked_cases import case_named, sheet

RESECTABLE: dict[str, Any] = sheet()["bases"]["resectable_ileal"]
SEEN = date(2026, 3, 2)
LATELY = date(2026, 5, 20)


def assessed(parameters: Parameters | None = None, **changes: Any) -> Assessment:
    return assess(FactSet.of(RESECTABLE | changes), parameters, AS_OF)


def seen(name: str, value: Any) -> Fact:
    return Fact(name, value, effective=SEEN)


def lines(**changes: Any) -> tuple[str, ...]:
    return difference(assessed(), assessed(**changes))


def test_right_heart_failure_is_told_with_its_date_where_it_decides() -> None:
    told = lines(right_heart_failure=seen("right_heart_failure", True))
    assert "resection: candidate for resection -> not a candidate for resection" in told
    assert (
        "hepatectomy, hepatectomy with ablation: eligible -> contraindicated,"
        " because right heart failure (2026-03-02)"
    ) in told
    assert "strategy: resection first -> local treatment first" in told


def test_a_verdict_for_the_better_says_what_no_longer_stands_against_it() -> None:
    failing = assessed(right_heart_failure=seen("right_heart_failure", True))
    recovered = assessed(right_heart_failure=seen("right_heart_failure", False))
    assert (
        "hepatectomy, hepatectomy with ablation: contraindicated -> eligible,"
        " because no right heart failure (2026-03-02)"
    ) in difference(failing, recovered)


def test_a_verdict_for_the_better_keeps_the_caution_that_is_left() -> None:
    failing = assessed(
        right_heart_failure=seen("right_heart_failure", True), functional_syndrome="carcinoid"
    )
    told = difference(failing, assessed(functional_syndrome="carcinoid"))
    assert (
        "hepatectomy, hepatectomy with ablation: contraindicated -> open with cautions,"
        " because no right heart failure; mind carcinoid syndrome"
    ) in told


def test_a_limit_that_is_passed_is_told_with_value_and_limit() -> None:
    told = lines(largest_liver_lesion_mm=seen("largest_liver_lesion_mm", 41))
    assert (
        "ablation: open with cautions -> not indicated,"
        " because largest lesion 41 mm (2026-03-02) (needs below 35 mm)"
    ) in told


def test_a_staging_output_is_told_with_the_value_behind_it() -> None:
    told = lines(ki67_primary_percent=seen("ki67_primary_percent", 8))
    assert told[0] == "grade: G1 -> G2, because Ki-67 of the primary 8 % (2026-03-02)"
    told = lines(liver_tumor_burden_percent=30)
    assert told[0] == (
        "liver tumor burden: up to 10 % -> above 25 to 50 %, because liver tumor burden 30 %"
    )


def test_a_fact_that_is_gone_is_told_as_missing() -> None:
    told = lines(ki67_primary_percent=None, mitoses_per_2mm2=None)
    assert told[0] == (
        "grade: G1 -> not known, because Ki-67 of the primary no longer on file,"
        " mitoses no longer on file"
    )
    assert "strategy: resection first -> work-up first" in told
    assert any(one.startswith("now missing: Ki-67 of the primary") for one in told)
    assert any(one.startswith("work-up added: pathology review") for one in told)


def test_a_fact_that_came_in_is_told_with_its_value() -> None:
    before = assessed(ecog=None)
    after = assessed(ecog=Fact("ecog", 1, effective=LATELY))
    told = difference(before, after)
    assert "now on file: ECOG 1 (2026-05-20)" in told
    assert (
        "hepatectomy, hepatectomy with ablation: cannot be judged yet -> eligible,"
        " because ECOG 1 (2026-05-20)"
    ) in told


def test_conflicts_within_the_record_are_noted_in_words() -> None:
    told = lines(recist_status="CR")
    assert "now noted: complete response reported, yet liver lesions counted" in told


def test_the_same_verdict_on_other_grounds_is_a_change() -> None:
    before = assessed(right_heart_failure=True)
    after = assessed(right_heart_failure=True, ascites="severe", encephalopathy="severe",
                     bilirubin_mg_dl=4)  # fmt: skip
    assert clinically_changed(before, after)
    told = [one for one in difference(before, after) if "still contraindicated" in one]
    assert len(told) == 1
    assert told[0].startswith("debulking, hepatectomy, ")
    assert told[0].endswith(": still contraindicated, now Child-Pugh C")


def test_another_setting_changes_the_verdict_without_a_new_value() -> None:
    stricter = assessed(Parameters({"ablation_max_mm": 30}))
    told = difference(assessed(), stricter)
    assert any("largest lesion 32 mm (needs below 30 mm)" in one for one in told)


def test_an_option_of_a_pack_that_is_off_is_no_longer_judged() -> None:
    told = difference(assessed(), assessed(Parameters({"packs": {"later": False}})))
    assert any(one.startswith("cabozantinib: ") and one.endswith("-> not judged") for one in told)


def test_without_metastases_the_strategy_says_it_for_all_options() -> None:
    told = lines(has_liver_metastases=False)
    changed = "strategy: resection first -> no neuroendocrine liver metastases known"
    assert changed in told
    assert not any(one.startswith("hepatectomy") for one in told)


@pytest.mark.parametrize(
    "changes",
    [
        {"bilirubin_mg_dl": 0.9},
        {"age_years": 57},
        {"largest_liver_lesion_mm": 33},
        {"platelets_10e9_l": Fact("platelets_10e9_l", 228, effective=LATELY)},
        {"liver_tumor_burden_percent": 9},
    ],
)
def test_a_value_within_its_limits_is_no_change(changes: dict[str, Any]) -> None:
    assert not clinically_changed(assessed(), assessed(**changes))
    assert lines(**changes) == ()


def test_another_source_or_date_of_the_same_value_is_no_change() -> None:
    before = assessed(ecog=Fact("ecog", 0, effective=LATELY, source="Observation/1"))
    after = assessed(ecog=Fact("ecog", 0, effective=AS_OF, source="Observation/2"))
    assert not clinically_changed(before, after)


def test_the_state_holds_no_value_date_or_source() -> None:
    platelets = Fact("platelets_10e9_l", 231.25, effective=SEEN, source="Observation/4711")
    shown = str(clinical_state(to_document(assessed(platelets_10e9_l=platelets))))
    assert "231.25" not in shown
    assert "4711" not in shown
    assert "2026-03-02" not in shown


@pytest.mark.parametrize(
    ("case", "changes", "said"),
    [
        (
            "W-SYS-35-analogue-after-clearance-with-bone-disease",
            {"symptomatic": True},
            "Lu-177 dotatate: place 2 -> 1",
        ),
        (
            "V14-milan-rectum",
            {"primary_site": "lung"},
            "order within the same place: TACE, TAE",
        ),
        (
            "V01-resectable-oligometastatic",
            {"ki67_primary_percent": 55},
            "missing, most wanted first: treatments the tumor progressed on, lung shunt,"
            " treatment history",
        ),
    ],
)
def test_an_order_that_changed_by_itself_is_told(
    case: str, changes: dict[str, Any], said: str
) -> None:
    before = worked(case_named(case))
    after = assess(before.facts.with_values(changes), before.parameters, before.as_of)
    assert said in difference(before, after)


def test_work_up_in_another_order_and_a_strategy_by_itself_are_told() -> None:
    before = assessed(lung_shunt_percent=None, ki67_primary_percent=None, mitoses_per_2mm2=None)
    turned = replace(before, work_up=before.work_up[::-1])
    items = [order_label(one.item) for one in turned.work_up]
    assert difference(before, turned) == (f"work-up, most wanted first: {', '.join(items)}",)
    elsewhere = replace(before, strategy="local_first")
    assert difference(before, elsewhere) == ("strategy: work-up first -> local treatment first",)
    assert clinically_changed(before, turned)
    assert clinically_changed(before, elsewhere)
    assert clinically_changed(None, before)


def test_work_up_is_done_only_where_its_fact_arrived() -> None:
    """A test that nobody did is no longer asked for once the option that wanted it is closed."""
    old = Fact("krenning_score", 4, effective=date(2024, 3, 1))
    unresectable = {"reported_resectability": "unresectable", "primary_status": "in_situ"}
    before = assessed(krenning_score=old, hemoglobin_g_dl=None, **unresectable)
    assert "blood_count" in [one.item for one in before.work_up]
    changes = {"krenning_score": Fact("krenning_score", 1, effective=LATELY)}
    told = difference(before, assess(before.facts.with_values(changes), None, AS_OF))
    assert "work-up settled by results: Ga-68 DOTATATE PET" in told
    assert "work-up no longer asked for: blood count" in told


def test_a_fact_that_is_fresh_again_is_named_by_its_label() -> None:
    insulinoma = {"functional_syndrome": "insulinoma"}
    old = Fact("krenning_score", 4, effective=date(2024, 3, 1))
    fresh = Fact("krenning_score", 4, effective=LATELY)
    told = difference(
        assessed(krenning_score=old, **insulinoma), assessed(krenning_score=fresh, **insulinoma)
    )
    assert (
        "somatostatin analogue: still open with cautions,"
        " no longer: Krenning score older than its limit"
    ) in told


def test_every_staging_output_has_a_label() -> None:
    assert tuple(OUTPUT_LABELS) == STAGING_OUTPUTS
    assert output_word("resectability", "r0") == "R0-resectable"
    assert output_word("grade", None) == "not known"
    assert not any("_" in words for words in NOTE_WORDS.values())


@settings(max_examples=60, deadline=None)
@given(fact_lists(), fact_lists())
def test_there_is_a_line_exactly_where_something_changed(
    one: list[Fact], other: list[Fact]
) -> None:
    both = {"has_neuroendocrine_tumor": True, "has_liver_metastases": True}
    before = assess(FactSet([*one, *FactSet.of(both)]), as_of=AS_OF)
    after = assess(FactSet([*one, *other, *FactSet.of(both)]), as_of=AS_OF)
    assert bool(difference(before, after)) is clinically_changed(before, after)
    assert difference(after, after) == ()
