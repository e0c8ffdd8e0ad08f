"""Every outcome, verdict and gap reads as one plain sentence with its value and date."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from nelm.assessment import Assessment, assess
from nelm.catalog import CATALOG
from nelm.facts import Fact, FactSet, Therapy
from nelm.grounds import deciding_outcome
from nelm.labels import (
    FACT_LABELS,
    OPTION_LABELS,
    WORK_UP_LABELS,
    fact_phrase,
    option_label,
    order_label,
    value_word,
)
from nelm.logic import Range
from nelm.options.registry import OPTION_IDS
from nelm.options.resection import NINETY_OR_SEVENTY
from nelm.phrases import (
    clipped,
    conflict_line,
    missing_line,
    sentence,
    source_line,
    stale_line,
    value_with_date,
)
from nelm.predicates import less_than
from nelm.spoken_values import spoken
from nelm.staging_words import staging_line
from nelm.telling import plain_value
from nelm.wording import Voice
from nelm.work_up import WORK_UP_ITEMS
from tests.nelm.options.judged import AS_OF, NET, given
from tests.vignettes.worked_cases import assessed as worked
from tests.vignettes.worked_cases import case_named, sheet

CASES = [worked(case) for case in sheet()["cases"]]
IDS = [case["id"] for case in sheet()["cases"]]
SEEN = date(2026, 5, 3)


def dated(**values: Any) -> dict[str, Any]:
    return {name: Fact(name, value, effective=SEEN) for name, value in values.items()}


def voice_of(assessment: Assessment) -> Voice:
    return Voice(assessment.facts, assessment.staging, assessment.parameters, assessment.as_of)


def reason(option: str, criterion: str, facts: dict[str, Any]) -> str:
    assessment = assess(FactSet.of(NET | facts), None, AS_OF)
    outcome = next(one for one in assessment.option(option).outcomes if one.id == criterion)
    return voice_of(assessment).reason(outcome)


def line(option: str, criterion: str, facts: dict[str, Any]) -> str:
    assessment = assess(FactSet.of(NET | facts), None, AS_OF)
    judgement = assessment.option(option)
    outcome = next(one for one in judgement.outcomes if one.id == criterion)
    return voice_of(assessment).outcome_line(outcome, judgement.option.labs_limit)


@pytest.mark.parametrize(
    ("option", "criterion", "facts", "said"),
    [
        (
            "ablation", "ABL-2", dated(largest_liver_lesion_mm=41),
            "Largest lesion 41 mm (2026-05-03); needs below 35 mm",
        ),
        (
            "ablation", "ABL-2", dated(largest_liver_lesion_mm=20),
            "Largest lesion 20 mm (2026-05-03), below 35 mm needed",
        ),
        ("ablation", "ABL-2", {}, "Largest lesion: not on file"),
        ("tare", "TARE-3", {}, "Lung shunt: not on file"),
        ("tare", "TARE-4", {}, "Not excluded: lung shunt too high"),
        ("tace", "EMB-1c", {}, "Whether debulking is open: not known"),
        ("tare", "TARE-4", {"lung_shunt_percent": 25}, "Lung shunt too high: lung shunt 25 %"),
        (
            "tace", "EMB-3", dated(portal_vein="complete_thrombosis"),
            "Portal vein thrombosis: complete portal vein thrombosis (2026-05-03)",
        ),
        ("hepatectomy", "HEP-11", {"functional_syndrome": "carcinoid"},
         "Carcinoid syndrome: crisis precautions"),
        ("hepatectomy", "HEP-11", {}, "Not checked: hormonal syndrome"),
        (
            "hepatectomy", "HEP-1", {"differentiation": "well", "ki67_primary_percent": 8},
            "G1, G2, or well-differentiated G3 with low Ki-67: G2 (Ki-67 8 %)",
        ),
        (
            "ablation", "ABL-5", {"platelets_10e9_l": 40, "inr": 1.0},
            "Bleeding risk: platelets 40 ×10⁹/L",
        ),
        ("ablation", "ABL-5", {"inr": 1.0}, "Not checked: platelets"),
        (
            "prrt", "PRRT-5", {"hemoglobin_g_dl": 7.5, "platelets_10e9_l": 50, "albumin_g_dl": 4},
            "Blood count, kidney and liver values: hemoglobin 7.5 g/dL, platelets 50 ×10⁹/L",
        ),
        ("sunitinib", "SUN-1", {"primary_site": "ileum"},
         "Primary in the ileum; needed: pancreatic primary"),
        ("deb_tace", "DEBT-1", {}, "Biliary injury with drug-eluting beads"),
        (
            "prrt", "PRRT-10", given("tare", "ssa"),
            "Radioembolization given before: TARE given",
        ),
    ],
)  # fmt: skip
def test_outcome_is_said_with_value_date_and_need(
    option: str, criterion: str, facts: dict[str, Any], said: str
) -> None:
    assert line(option, criterion, facts) == said


def test_a_reason_that_only_repeats_a_report_says_so_with_its_date() -> None:
    facts = NET | dated(reported_resectability="unresectable")
    assessment = assess(FactSet.of(facts), None, AS_OF)
    said = voice_of(assessment).verdict_line(assessment.option("hepatectomy"))
    assert said == "Hepatectomy: not indicated, reported unresectable (2026-05-03)"


def test_stale_fact_is_said_with_its_age_and_limit() -> None:
    assessment = worked(case_named("V31-stale-receptor-imaging"))
    judgement = assessment.option("prrt")
    said = [voice_of(assessment).outcome_line(one) for one in judgement.outcomes if one.stale_fact]
    (stale,) = said
    assert stale.startswith("Krenning score ")
    assert stale.endswith("(2025-03-01), 457 days old, limit 365")
    scan = Fact("krenning_score", 4, effective=date(2025, 3, 1))
    assert stale_line(scan, AS_OF, 365) == "Krenning score 4 (2025-03-01), 457 days old, limit 365"
    seen = Fact("portal_vein", "patent", effective=date(2025, 12, 2))
    assert (
        stale_line(seen, AS_OF, 180) == "Portal vein patent (2025-12-02), 181 days old, limit 180"
    )


def test_what_was_not_done_before_is_said_as_not_on_file() -> None:
    treated = {"progressed_on": frozenset({"ssa"}), **given("ssa")}
    assert reason("cabozantinib", "CAB-2", treated) == (
        "no progression on a drug other than SSA on file"
    )
    assert line("cabozantinib", "CAB-2", treated) == (
        "No progression on a drug other than SSA on file; on file: progressed on SSA"
    )
    assert reason("repeat_hepatectomy", "REHEP-1", treated) == "no earlier liver resection on file"
    assert line("repeat_hepatectomy", "REHEP-1", treated) == (
        "No earlier liver resection on file; on file: earlier treatment: SSA"
    )


def test_prrt_laboratory_is_measured_against_its_own_limit() -> None:
    drawn = Fact("platelets_10e9_l", 180, effective=date(2026, 4, 18))
    assessment = assess(FactSet.of(NET | {"platelets_10e9_l": drawn}), None, AS_OF)
    judgement = assessment.option("prrt")
    stale = next(one for one in judgement.outcomes if one.stale_fact)
    said = voice_of(assessment).outcome_line(stale, judgement.option.labs_limit)
    assert said == "Platelets 180 ×10⁹/L (2026-04-18), 44 days old, limit 28"


# Verdicts, staging, gaps. -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "option", "said"),
    [
        ("V01-resectable-oligometastatic", "hepatectomy", "Hepatectomy: eligible"),
        ("V03-complete-portal-vein-thrombosis", "tace",
         "TACE: contraindicated, complete portal vein thrombosis"),
        ("V08-unfit-too-large-to-ablate", "ablation",
         "Ablation: not indicated, largest lesion 35 mm (needs below 35 mm)"),
        ("V30-lung-shunt-unknown", "tare", "TARE: cannot be judged yet, lung shunt not known"),
        ("V12-milan-ki67-5", "liver_transplant",
         "Liver transplant: not indicated, Ki-67 5 % (needs below 5 %)"),
        ("V35-carcinoid-caution-keeps-resection-first", "hepatectomy",
         "Hepatectomy: open with cautions, carcinoid syndrome"),
    ],
)  # fmt: skip
def test_verdict_is_said_with_the_value_that_decides(case: str, option: str, said: str) -> None:
    assessment = worked(case_named(case))
    assert voice_of(assessment).verdict_line(assessment.option(option)) == said


@pytest.mark.parametrize(
    ("case", "option", "criterion"),
    [
        ("V03-complete-portal-vein-thrombosis", "tace", "EMB-3"),
        ("V30-lung-shunt-unknown", "tare", "TARE-3"),
        ("V01-resectable-oligometastatic", "prrt", "PRRT-3"),
        ("V04-multifocal-midgut", "deb_tace", "DEBT-1"),
        ("V35-carcinoid-caution-keeps-resection-first", "hepatectomy", "HEP-11"),
        ("V01-resectable-oligometastatic", "hepatectomy", None),
    ],
)
def test_verdict_names_the_criterion_that_decides(
    case: str, option: str, criterion: str | None
) -> None:
    deciding = deciding_outcome(worked(case_named(case)).option(option))
    assert (deciding.id if deciding else None) == criterion


def test_staging_is_one_line() -> None:
    assessment = worked(case_named("V04-multifocal-midgut"))
    assert staging_line(assessment.staging, assessment.facts) == (
        "Staging: G2 (Ki-67 8 %), type III, burden 40 %, carcinoid syndrome, receptor positive"
    )
    nothing = assess(FactSet.of(NET), None, AS_OF)
    assert staging_line(nothing.staging, nothing.facts) == "Staging: grade not known"


def test_missing_facts_are_listed_once_each() -> None:
    names = ["krenning_score", "chromogranin_a_ng_ml", "chromogranin_a_x_uln"]
    assert missing_line(names) == "Missing: receptor imaging (Krenning score), chromogranin A"
    assert missing_line([]) == ""


def test_sources_name_papers_and_own_up_to_working_limits() -> None:
    assert source_line(["cloyd2020", "lewis2012"]) == "Cloyd 2020, Lewis 2012"
    assert source_line(["operational"]) == "Working limit of this institution, not from a paper"
    assert source_line(["lewis2012", "operational"]) == "Lewis 2012, working limit"
    assert source_line(["later", "cabinet2024"]) == "CABINET 2024"


def test_conflict_shows_both_positions_and_what_is_followed() -> None:
    said = conflict_line(NINETY_OR_SEVENTY)
    assert "Cloyd 2020" in said
    assert "La Salvia 2016" in said
    assert said.endswith("Followed here: 70 %")


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        (Fact("largest_liver_lesion_mm", 41, effective=SEEN), "largest lesion 41 mm (2026-05-03)"),
        (Fact("largest_liver_lesion_mm", 41), "largest lesion 41 mm"),
        (Fact("ki67_primary_percent", Range(20, None, True)), "Ki-67 of the primary above 20 %"),
        (Fact("ki67_primary_percent", Range(20)), "Ki-67 of the primary at least 20 %"),
        (Fact("ki67_primary_percent", Range(None, 3, max_open=True)),
         "Ki-67 of the primary below 3 %"),
        (Fact("ki67_primary_percent", Range(None, 3)), "Ki-67 of the primary at most 3 %"),
        (Fact("liver_lesion_count", Range(3, 5)), "number of liver lesions 3 to 5"),
        (Fact("liver_lesion_count", 1), "1 liver lesion"),
        (Fact("treatment_history", (Therapy("tace"),)), "earlier treatment: TACE"),
        (Fact("progressed_on", frozenset()), "progressed on no treatment"),
        (Fact("progressed_on", frozenset({"tace", "ssa"})), "progressed on SSA, TACE"),
        (Fact("primary_site", "other"), "other primary"),
        (Fact("primary_status", "resected_r0"), "primary removed (R0)"),
        (Fact("bilirubin_mg_dl", 1.0), "bilirubin 1.0 mg/dL"),
        (Fact("hepatomegaly", True), "enlarged liver"),
        (Fact("has_liver_metastases", True), "liver metastases: yes"),
    ],
)  # fmt: skip
def test_value_is_said_with_unit_and_date(fact: Fact, said: str) -> None:
    assert value_with_date(fact) == said


# For every case. ----------------------------------------------------------------------------


@pytest.mark.parametrize("assessment", CASES, ids=IDS)
def test_every_outcome_of_every_case_has_words(assessment: Assessment) -> None:
    voice = voice_of(assessment)
    for judgement in assessment.options:
        assert 0 < len(voice.verdict_line(judgement)) < 140
        for outcome in judgement.outcomes:
            said = voice.outcome_line(outcome, judgement.option.labs_limit)
            assert said == said.strip()
            assert not said[:1].islower() or said.startswith("eGFR")
            assert not any(word in said for word in ("None", "_", "frozenset", "Fact("))


PLAIN = {name: one for name, one in zip(IDS, CASES, strict=True) if not one.facts.uncertain}


@pytest.mark.parametrize("assessment", PLAIN.values(), ids=PLAIN)
def test_words_and_verdicts_read_criteria_alike(assessment: Assessment) -> None:
    def value_of(name: str) -> Any:
        if name.startswith("staging."):
            return getattr(assessment.staging, name.removeprefix("staging."))
        if name.startswith("verdict."):
            return assessment.option(name.removeprefix("verdict.")).verdict
        return assessment.facts.value(name)

    for judgement in assessment.options:
        for outcome in judgement.outcomes:
            predicate = outcome.criterion.predicate
            plain = plain_value(predicate, value_of, assessment.parameters)
            if plain is not None and outcome.stale_fact is None:
                assert plain is outcome.outcome, f"{judgement.option.id} {outcome.id}"


# Labels. ------------------------------------------------------------------------------------


def test_every_fact_option_and_item_has_a_label() -> None:
    assert set(FACT_LABELS) == set(CATALOG)
    assert set(OPTION_LABELS) == set(OPTION_IDS)
    assert set(WORK_UP_LABELS) == {*WORK_UP_ITEMS, "octreoscan"}
    assert (order_label("maa_scan"), order_label("prrt")) == ("Tc-99m MAA scan", "Lu-177 dotatate")
    assert option_label("tare") == "TARE"


def test_units_of_labels_match_those_of_the_catalog() -> None:
    shown = {name for name, (_, unit) in FACT_LABELS.items() if unit}
    plain = {"liver_lesion_count", "remnant_contiguous_segments", "inr", "krenning_score", "ecog"}
    markers = {"serotonin", "pancreatic_polypeptide", "gastrin", "insulin", "glucagon", "vip"}
    numbers = {name for name, kind in CATALOG.items() if kind.kind in ("number", "integer")}
    assert shown == numbers - plain - markers


def test_values_are_words_not_identifiers() -> None:
    assert value_word("ga68_pet") == "Ga-68 PET"
    assert value_word("partial_thrombosis") == "partial thrombosis"
    assert value_word(frozenset({"tace"})) == "TACE"
    assert value_word(2.50) == "2.5"
    assert fact_phrase("extrahepatic_sites", frozenset({"bone"})) == "sites outside the liver: bone"


def test_long_text_is_cut_at_a_word() -> None:
    text = "word " * 60
    assert len(clipped(text)) < 140
    assert clipped(text).endswith("word…")
    assert clipped("short") == "short"
    assert sentence("eGFR 40") == "eGFR 40"
    assert sentence("remnant 45 %") == "Remnant 45 %"


def test_a_result_that_was_sent_without_a_date_is_said_to_be_undated() -> None:
    sent = Fact("bilirubin_mg_dl", 1.8, "mg/dL", flags=("undated",))
    assert str(spoken(sent)) == "bilirubin 1.8 mg/dL (undated)"
    dated = Fact("bilirubin_mg_dl", 1.8, "mg/dL", date(2026, 5, 3), flags=("undated",))
    assert str(spoken(dated)).endswith("(undated, recorded 2026-05-03)")


def test_a_creatinine_on_file_is_told_where_the_filtration_rate_is_not() -> None:
    facts = FactSet([Fact("creatinine_mg_dl", 4.8, "mg/dL", date(2026, 5, 28))])
    voice = Voice.of(assess(facts, None, date(2026, 6, 1)))
    said = voice.unknown(less_than("egfr_ml_min_1_73m2", 30))
    assert said == "eGFR (on file: creatinine 4.8 mg/dL, 2026-05-28)"
