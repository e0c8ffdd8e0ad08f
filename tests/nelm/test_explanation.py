"""The long form of an option, as a clinician reads it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from nelm import Fact, FactSet, Parameters, Refused, UnknownName, assess, explain
from nelm.assessment import Assessment
from nelm.evidence.citations import CITATIONS, outcome_figures
from nelm.options.registry import OPTION_IDS
from nelm.phrases import conflict_line
from nelm.predicates import contains, negated, unknown_as
from nelm.spoken_values import SpokenValues
from tests.nelm.random_facts import AS_OF
from tests.vignettes.worked_cases import assessed as worked
from tests.vignettes.worked_cases import case_named, sheet

RESECTABLE: dict[str, Any] = sheet()["bases"]["resectable_ileal"]
SEEN = date(2026, 5, 3)


def assessed(parameters: Parameters | None = None, **changes: Any) -> Assessment:
    return assess(FactSet.of(RESECTABLE | changes), parameters, AS_OF)


def chapters(text: str) -> dict[str, list[str]]:
    """The lines under each heading; the head under ""."""
    found: dict[str, list[str]] = {"": []}
    title = ""
    for line in text.splitlines():
        if line.startswith("## "):
            title = line[3:]
            found[title] = []
        elif line:
            found[title].append(line)
    return found


# Whole texts. -------------------------------------------------------------------------------

INTERFERON = """\
# Interferon: not indicated, no progression

Staging: G1 (Ki-67 1.5 %), type II, burden 8 %, no hormonal syndrome, receptor positive.\
 Strategy: resection first. Place 21 of 23.

As of 2026-06-01, knowledge {version}. Supports the tumor board; decides nothing.

## What it requires

- **Met.** G1 or G2: G1 (Ki-67 1.5 %) (IFN-1; La Salvia 2016; review).
- **Not met.** No progression; needed: progression (IFN-2; La Salvia 2016, working limit; review).\
 Why: kept for disease that grows under better-proven treatment.
- **Met.** Not progressed on it before (REPEAT; working limit of this institution, not from a\
 paper).
- **Met.** Disease present in or outside the liver: liver not clear (NED; working limit of this\
 institution, not from a paper).

## What would rule it out

- **Does not apply.** Pregnancy: not pregnant (PREG; working limit of this institution, not from\
 a paper).

## Cautions

- **Mind.** Later line, small studies (IFN-3; La Salvia 2016; review). Why: response of about\
 20 % in an older review; longer survival not confirmed by all studies.
- **Does not apply.** Child-Pugh C: Child-Pugh A (LIV; working limit of this institution, not from\
 a paper).

## What the papers report

Rests on: prospective series, review. Selected patients; no prediction for this one.

- Response 20 % in an older review (review; La Salvia 2016).
- With fluorouracil in rapidly progressive tumors: response 41.6 % (prospective series;\
 La Salvia 2016).

## Sources

- La Salvia A, Partelli S, Tampellini M, et al. Management of hepatic metastases of\
 well/moderately differentiated neuroendocrine tumors of the digestive tract. J Cancer Metasta\
 Treat 2016;2:294-303. doi 10.20517/2394-4722.2016.37
"""


def test_an_option_that_is_not_indicated_reads_from_verdict_to_source() -> None:
    assessment = assessed()
    expected = INTERFERON.format(version=assessment.knowledge_version)
    assert explain(assessment, "interferon") == expected


def test_a_lesion_too_large_to_ablate_is_told_with_date_limit_reason_and_both_papers() -> None:
    lesion = Fact("largest_liver_lesion_mm", 41, effective=SEEN)
    told = chapters(explain(assessed(largest_liver_lesion_mm=lesion), "ablation"))
    assert told[""][0] == (
        "# Ablation: not indicated, largest lesion 41 mm (2026-05-03) (needs below 35 mm)"
    )
    assert told["What it requires"] == [
        "- **Met.** Few lesions: 2 liver lesions, type II (ABL-1; Cloyd 2020; review)."
        " Set here: most lesions for percutaneous ablation: 3 lesions.",
        "  - Papers disagree. Cloyd 2020: one to three tumors; La Salvia 2016: more than a dozen"
        " in one patient can be treated. Followed here: up to three.",
        "- **Not met.** Largest lesion 41 mm (2026-05-03); needs below 35 mm"
        " (ABL-2; Cloyd 2020, Lewis 2012; review)."
        " Why: local control falls and complications rise as lesions grow.",
        "  - Papers disagree. Cloyd 2020: below 35 mm; Lewis 2012: survival split at 30 mm in a"
        " laparoscopic series. Followed here: below 35 mm.",
        "- **Met.** Well differentiated, G1 to G3: G1 (Ki-67 1.5 %) (ABL-7; Cloyd 2020; review).",
    ]
    assert told["To know"] == [
        "- **Note.** Largest lesion above 30 mm: largest lesion 41 mm (2026-05-03)"
        " (ABL-2n; Lewis 2012; prospective series). In a laparoscopic series patients with such"
        " lesions lived shorter.",
    ]


def test_complete_portal_vein_thrombosis_rules_embolization_out_with_both_positions() -> None:
    told = chapters(explain(worked(case_named("V03-complete-portal-vein-thrombosis")), "tace"))
    assert told["What would rule it out"][:2] == [
        "- **Rules it out.** Portal vein thrombosis: complete portal vein thrombosis"
        " (EMB-3; Lewis 2012; review). Why: without portal flow, closing the artery can end in"
        " fulminant liver failure. Set here: portal vein thrombosis that excludes embolization:"
        " complete.",
        "  - Papers disagree. Lewis 2012: wants a patent vein; complete thrombosis risks fulminant"
        " liver failure; La Salvia 2016: lists portal vein thrombosis without a degree."
        " Followed here: complete thrombosis excludes, partial warns.",
    ]


def test_what_is_missing_stands_under_its_own_heading() -> None:
    told = chapters(explain(worked(case_named("V30-lung-shunt-unknown")), "tare"))
    assert told[""][0] == "# TARE: cannot be judged yet, lung shunt not known"
    assert told["Missing"] == ["- Lung shunt: not on file."]
    assert (
        "- **Not known.** Lung shunt: not on file (TARE-3; Lewis 2012; review)."
        " Why: particles that pass into the lung cause radiation pneumonitis."
    ) in told["What it requires"]


def test_a_stale_result_is_told_with_its_age_and_every_blood_value_with_its_unit() -> None:
    told = chapters(explain(worked(case_named("V31-stale-receptor-imaging")), "prrt"))
    cautions = told["Cautions"]
    assert any(
        one.startswith("- **Mind.** Krenning score 4 (2025-03-01), 457 days old, limit 365 (stale;")
        for one in cautions
    )
    (counts,) = (one for one in cautions if "(PRRT-5;" in one)
    assert counts.startswith(
        "- **Does not apply.** Blood count, kidney and liver values: albumin 3.9 g/dL,"
        " bilirubin 0.9 mg/dL, eGFR 72 mL/min/1.73 m², hemoglobin 12.1 g/dL,"
        " leukocytes 5.2 ×10⁹/L, platelets 190 ×10⁹/L"
    )
    assert "lowest platelets before PRRT: 75 ×10⁹/L" in counts


def test_a_limit_of_the_hospital_is_the_one_told() -> None:
    told = explain(assessed(Parameters({"ablation_max_mm": 30})), "ablation")
    assert "Largest lesion 32 mm; needs below 30 mm" in told


def test_a_strong_caution_is_told_as_one() -> None:
    told = explain(assessed(reported_liver_type="III"), "hepatectomy")
    assert (
        "- **Mind strongly.** Liver type III: type III (HEP-10s; La Salvia 2016; review)." in told
    )


def test_the_other_rule_set_is_told_as_not_followed() -> None:
    told = chapters(explain(assessed(), "liver_transplant"))["What it requires"]
    (enets,) = (one for one in told if "(LTE-1;" in one)
    assert enets.endswith(" Reported, not followed: the other rule set is in use.")


def test_figures_of_a_pack_that_is_off_are_left_out() -> None:
    off = assessed(Parameters({"packs": {"later": False}}))
    shown = [chapters(explain(one, "prrt"))["What the papers report"] for one in (assessed(), off)]
    assert ["22.8 against 8.5 months" in str(lines) for lines in shown] == [True, False]


# What cannot be explained. ------------------------------------------------------------------


def test_an_option_that_does_not_exist_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="Did you mean hepatectomy"):
        explain(assessed(), "hepatektomy")


def test_an_option_that_was_not_judged_says_why() -> None:
    with pytest.raises(Refused, match="its knowledge pack is off"):
        explain(assessed(Parameters({"packs": {"later": False}})), "cabozantinib")
    with pytest.raises(Refused, match="no neuroendocrine liver metastases known"):
        explain(assessed(has_liver_metastases=False), "tace")


# Every option of every worked case. ---------------------------------------------------------


@pytest.mark.parametrize("case", sheet()["cases"][::4], ids=lambda case: case["id"])
def test_every_criterion_stands_in_the_text_with_paper_and_conflict(case: dict[str, Any]) -> None:
    assessment = worked(case)
    for judgement in assessment.options:
        text = explain(assessment, judgement.option.id)
        assert "_" not in text
        assert "None" not in text
        for one in judgement.outcomes:
            if one.kind == "note" and one.outcome is False:
                continue
            assert f"({one.id.partition(':')[0]}; " in text
            assert one.criterion.conflict is None or conflict_line(one.criterion.conflict) in text


@pytest.mark.parametrize("option", OPTION_IDS)
def test_every_figure_stands_in_the_text_and_its_paper_below(option: str) -> None:
    text = explain(assessed(), option)
    for figure in outcome_figures(option):
        assert figure.text in text
        for name in figure.cites:
            assert CITATIONS[name].text.strip() in text


def test_on_what_an_option_rests_stands_before_its_figures() -> None:
    told = explain(assessed(), "everolimus")
    assert "Rests on: randomized trial." in told
    without = explain(assessed(), "sbrt")
    assert "Rests on: review. The papers give no figure." in without


def test_only_the_treatment_asked_about_is_told_inside_a_negation() -> None:
    assessment = assessed(progressed_on=("ssa", "tace"))
    spoken = SpokenValues(assessment.facts, assessment.staging, 3)
    asked = negated(unknown_as(contains("progressed_on", "ssa"), False))
    assert spoken.told(asked) == "progressed on SSA"


def test_a_doubtful_value_is_told_above_the_criteria_that_read_it() -> None:
    seen = date(2026, 5, 12)
    flags = ("newer_unread:2026-05-28:no unit where one is needed",)
    fact = Fact("platelets_10e9_l", 200, "10*9/L", seen, flags=flags)
    text = explain(assessed(platelets_10e9_l=fact), "prrt")
    assert (
        "**Newer platelets (2026-05-28) could not be read: no unit where one is needed;"
        " platelets 200 ×10⁹/L counts.**"
    ) in text
    assert "(2026-05-12, a newer one of 2026-05-28 could not be read)" in text
    assert "could not be read" not in explain(assessed(platelets_10e9_l=fact), "ssa")
