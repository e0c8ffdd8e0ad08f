"""What speaks against a value that counts is told behind it, in lines, and at the order."""

from datetime import date

import pytest

from nelm.assessment import Assessment, assess
from nelm.doubted_orders import with_short_doubts
from nelm.doubts import (
    CONTRADICTED,
    NEWER_CREATININE,
    NEWER_UNREAD,
    PRELIMINARY,
    RELEASED,
    UNDATED,
    UNDATED_DIFFERS,
    day_and_doubts,
    doubt,
    doubt_lines,
    doubt_marks,
    doubts_in,
    is_doubtful,
    short_doubts,
)
from nelm.facts import Fact, FactSet
from nelm.grounds import is_adjuvant
from nelm.open_points import looked_at
from nelm.order_check import check_drug, check_order
from nelm.staging_words import contradictions

AS_OF = date(2026, 6, 1)
OWN, OTHER = date(2026, 5, 12), date(2026, 5, 28)
EMBOLIZED = {
    "has_neuroendocrine_tumor": True,
    "has_liver_metastases": True,
    "sex": "female",
    "age_years": 40,
    "differentiation": "well",
    "ki67_primary_percent": 8,
    "liver_lesion_count": 14,
    "largest_liver_lesion_mm": 41,
    "bilobar": True,
    "liver_tumor_burden_percent": 40,
    "extrahepatic_disease": "none",
    "reported_resectability": "unresectable",
    "functional_syndrome": "none",
    "krenning_score": 3,
    "recist_status": "PD",
    "bilirubin_mg_dl": 0.8,
    "albumin_g_dl": 4.1,
    "inr": 1.0,
    "ascites": "none",
    "encephalopathy": "none",
    "biliary_enteric_anastomosis": False,
    "pregnant": False,
    "platelets_10e9_l": 200,
    "portal_vein": "patent",
}


def portal_vein(*flags: str, day: date | None = OWN) -> Fact:
    return Fact("portal_vein", "patent", effective=day, source="Observation/pv", flags=flags)


def platelets(*flags: str, day: date | None = OWN) -> Fact:
    return Fact("platelets_10e9_l", 200, effective=day, source="Observation/plt", flags=flags)


def judged(*doubtful: Fact, **more: object) -> Assessment:
    known = {**EMBOLIZED, **more}
    named = {one.name for one in doubtful}
    plain = [Fact(name, value, effective=OWN) for name, value in known.items() if name not in named]
    return assess(FactSet([*plain, *doubtful]), as_of=AS_OF)


@pytest.mark.parametrize(
    ("flag", "behind", "line"),
    [
        (doubt(CONTRADICTED, OTHER, "portal vein complete thrombosis"),
         "2026-05-12, two results of this time differ",
         "Portal vein: two results of 2026-05-12 differ; portal vein patent counts, "
         "portal vein complete thrombosis does not"),
        (doubt(UNDATED_DIFFERS, OTHER, "x"), "2026-05-12, one without a date differs",
         "Portal vein: a result without a date (recorded 2026-05-28) differs from the one of "
         "2026-05-12; portal vein patent counts, x does not"),
        (doubt(UNDATED_DIFFERS, None), "2026-05-12, one without a date differs",
         "Portal vein: a result without a date differs from the one of 2026-05-12; "
         "portal vein patent counts"),
        (doubt(NEWER_UNREAD, OTHER, "no unit"),
         "2026-05-12, a newer one of 2026-05-28 could not be read",
         "Newer portal vein (2026-05-28) could not be read: no unit; portal vein patent counts"),
        (doubt(NEWER_UNREAD, None, "no unit"), "2026-05-12, a newer one could not be read",
         "Newer portal vein could not be read: no unit; portal vein patent counts"),
    ],
)  # fmt: skip
def test_a_doubt_is_said_behind_the_value_and_in_a_line(flag: str, behind: str, line: str) -> None:
    fact = portal_vein(flag)
    assert is_doubtful(fact)
    assert day_and_doubts(fact) == behind
    (told,) = doubt_lines([fact])
    assert told.lower() == line.lower()


def test_a_creatinine_newer_than_the_egfr_is_named() -> None:
    flag = doubt(NEWER_CREATININE, OTHER, "creatinine 5 mg/dL")
    egfr = Fact("egfr_ml_min_1_73m2", 80, effective=OWN, flags=(flag,))
    assert day_and_doubts(egfr) == "2026-05-12, creatinine 5 mg/dL of 2026-05-28 is newer"
    assert doubt_lines([egfr])[0].startswith(
        "eGFR of 2026-05-12 is older than creatinine 5 mg/dL (2026-05-28)"
    )
    assert doubt_marks(egfr) == ["creatinine 5 mg/dL of 2026-05-28 is newer"]


def test_values_that_are_no_plain_words_or_numbers_are_not_said_to_count() -> None:
    flag = doubt(CONTRADICTED, None)
    sites = Fact("extrahepatic_sites", frozenset({"bone"}), effective=None, flags=(flag, UNDATED))
    (line,) = doubt_lines([sites])
    assert line.endswith("two results without a date differ")


def test_the_kind_of_result_stands_behind_its_day() -> None:
    assert day_and_doubts(portal_vein()) == "2026-05-12"
    assert day_and_doubts(portal_vein(), dated=False) == ""
    assert day_and_doubts(portal_vein(UNDATED)) == "undated, recorded 2026-05-12"
    assert day_and_doubts(portal_vein(UNDATED, day=None)) == "undated"
    assert day_and_doubts(portal_vein(RELEASED)) == "released 2026-05-12"
    assert day_and_doubts(portal_vein(PRELIMINARY)) == "2026-05-12, preliminary"


def test_doubts_are_marked_beside_the_value_and_told_short() -> None:
    fact = platelets(doubt(NEWER_UNREAD, OTHER, "no unit"))
    assert doubt_marks(fact) == ["a newer one of 2026-05-28 could not be read: no unit"]
    assert short_doubts(fact) == ["platelets: a newer one could not be read"]
    assert doubt_marks(platelets(PRELIMINARY)) == []


def test_the_doubts_of_a_document_are_its_flags_alone() -> None:
    flag = doubt(CONTRADICTED, OTHER)
    facts = {"portal_vein": {"flags": [flag, PRELIMINARY]}, "inr": {"flags": [PRELIMINARY]}}
    assert doubts_in({"facts": facts | {"ecog": {}}}) == [["portal_vein", flag]]
    assert doubts_in({}) == []


def test_an_order_without_any_card_gets_one_for_the_doubt_alone() -> None:
    assert check_order(judged(), "tae") is None
    finding = check_order(judged(portal_vein(doubt(CONTRADICTED, OWN, "x"))), "tae")
    assert finding is not None
    assert (finding.indicator, finding.topic) == ("info", "check")
    assert "two results of 2026-05-12 differ" in finding.summary
    two = judged(
        portal_vein(doubt(CONTRADICTED, OWN), doubt(NEWER_UNREAD, OTHER, "no unit")),
    )
    both = check_order(two, "tae")
    assert both is not None
    assert both.summary.endswith("(and 1 more)")
    assert len(both.doubts) == 2
    assert both.evidence != finding.evidence


def test_a_doubt_stands_beside_what_else_is_said_of_an_order() -> None:
    plain = check_order(judged(platelets_10e9_l=30), "prrt")
    low = platelets(doubt(NEWER_UNREAD, OTHER, "no unit"))._replace(value=30)
    finding = check_order(judged(low), "prrt")
    assert plain is not None
    assert finding is not None
    assert finding.doubts
    assert finding.evidence != plain.evidence


def test_a_doubtful_value_that_no_criterion_reads_changes_nothing() -> None:
    doubtful = Fact("vip", 10, effective=OWN, flags=(doubt(CONTRADICTED, OWN),))
    assert check_order(judged(doubtful), "tae") is None


def test_a_drug_of_several_regimens_is_told_what_closes_all_of_them() -> None:
    pregnant = judged(pregnant=True)
    finding = check_drug(pregnant, "capecitabine", ["captem", "oxaliplatin_based"])
    assert finding is not None
    assert (finding.indicator, finding.criterion) == ("critical", "PREG")
    assert check_drug(judged(), "capecitabine", ["captem", "oxaliplatin_based"]) is None
    assert check_drug(pregnant, "capecitabine", []) is None


def test_contradictions_of_the_record_are_sentences() -> None:
    found = contradictions(judged(extrahepatic_sites=frozenset({"bone"})).staging)
    assert found
    assert all(" " in one for one in found)
    assert contradictions(judged().staging) == ()


def test_an_analogue_on_a_clear_liver_is_adjuvant_and_else_not() -> None:
    clear = {"liver_lesion_count": 0, "liver_tumor_burden_percent": 0, "recist_status": "CR"}
    assert is_adjuvant(judged(largest_liver_lesion_mm=0, **clear).option("ssa"))
    assert not is_adjuvant(judged().option("ssa"))


def test_no_test_is_called_done_whose_result_is_in_doubt() -> None:
    fresh = check_order(judged(), "portal_vein_patency")
    assert fresh is not None
    assert fresh.topic == "fresh_result"
    doubtful = judged(portal_vein(doubt(NEWER_UNREAD, OTHER, "no answer of ours")))
    assert check_order(doubtful, "portal_vein_patency") is None


def test_what_is_looked_at_first_is_cut_where_nothing_shorter_fits() -> None:
    outcomes = judged().option("tae").outcomes
    for many in (outcomes[:1], outcomes[:3]):
        text = looked_at("TAE", many, lambda one: "very long words " * 20)
        assert len(text) <= 139
        assert "…" in text


def test_a_summary_tells_doubts_their_number_or_nothing_by_the_room_there_is() -> None:
    doubtful = [platelets(doubt(NEWER_UNREAD, OTHER, "no unit")), portal_vein()]
    short = with_short_doubts("PRRT: look.", doubtful)
    assert short == "PRRT: look.; platelets: a newer one could not be read"
    assert with_short_doubts("x" * 110, doubtful) == f"{'x' * 110}; 1 result in doubt"
    assert with_short_doubts("x" * 139, doubtful) == "x" * 139
    assert with_short_doubts("PRRT: look.", [portal_vein()]) == "PRRT: look."
