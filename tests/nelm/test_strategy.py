"""The branches, first that applies, and the order and ranks of options in them."""

from __future__ import annotations

from typing import Any

import pytest

from nelm import Assessment, FactSet, assess
from nelm.strategy import OPTION_IDS, ORDERS, Strategy, ranked
from tests.vignettes.worked_cases import sheet

RESECTABLE: dict[str, Any] = sheet()["bases"]["resectable_ileal"]
MULTIFOCAL: dict[str, Any] = sheet()["bases"]["multifocal_midgut"]


def assessed(base: dict[str, Any], **changes: Any) -> Assessment:
    return assess(FactSet.of({**base, **changes}))


@pytest.mark.parametrize(
    ("base", "changes", "strategy"),
    [
        (RESECTABLE, {"has_neuroendocrine_tumor": False}, "not_applicable"),
        (RESECTABLE, {"has_neuroendocrine_tumor": None}, "not_applicable"),
        (RESECTABLE, {"has_liver_metastases": None}, "not_applicable"),
        (RESECTABLE, {"differentiation": "poor"}, "poorly_differentiated"),
        (RESECTABLE, {"ki67_primary_percent": 55}, "systemic_first"),
        (RESECTABLE, {"ki67_primary_percent": 54.9}, "resection_first"),
        (RESECTABLE, {"ki67_primary_percent": 54.9, "differentiation": None}, "work_up"),
        (RESECTABLE, {"ki67_primary_percent": None, "mitoses_per_2mm2": None}, "work_up"),
        (RESECTABLE, {"extrahepatic_disease": None}, "work_up"),
        (RESECTABLE, {"extrahepatic_disease": "present_unquantified"}, "work_up"),
        (RESECTABLE, {"extrahepatic_disease": "significant"}, "systemic_first"),
        (RESECTABLE, {"liver_lesion_count": 0}, "surveillance"),
        (RESECTABLE, {"liver_lesion_count": None, "recist_status": "CR"}, "surveillance"),
        (RESECTABLE, {"recist_status": "CR"}, "resection_first"),
        (RESECTABLE, {}, "resection_first"),
        (RESECTABLE, {"reported_resectability": None}, "resectability_unclear"),
        (RESECTABLE, {"reported_resectability": "unresectable"}, "local_first"),
        (RESECTABLE, {"right_heart_failure": True}, "local_first"),
        (
            RESECTABLE,
            {"reported_resectability": "unresectable", "liver_lesion_count": 3},
            "local_first",
        ),
        (
            RESECTABLE,
            {"reported_resectability": "unresectable", "liver_lesion_count": 4},
            "transarterial_first",
        ),
        (
            RESECTABLE,
            {"reported_resectability": "unresectable", "reported_liver_type": "III"},
            "transarterial_first",
        ),
        (
            RESECTABLE,
            {"reported_resectability": "unresectable", "liver_lesion_count": None},
            "transarterial_first",
        ),
        (MULTIFOCAL, {}, "transarterial_first"),
        (MULTIFOCAL, {"reported_resectability": None}, "transarterial_first"),
    ],
)
def test_branch(base: dict[str, Any], changes: dict[str, Any], strategy: str) -> None:
    assert assessed(base, **changes).strategy == strategy


def test_no_extent_fact_at_all_leads_to_work_up() -> None:
    extent = (
        "liver_lesion_count",
        "largest_liver_lesion_mm",
        "bilobar",
        "liver_tumor_burden_percent",
        "reported_resectability",
    )
    nothing = dict.fromkeys(extent)
    assert assessed(RESECTABLE, **nothing).strategy == "work_up"
    burden_only = {**nothing, "liver_tumor_burden_percent": 5}
    assert assessed(RESECTABLE, **burden_only).strategy == "resectability_unclear"


def test_patient_without_liver_metastases_has_no_options_and_no_work_up() -> None:
    assessment = assessed(RESECTABLE, has_liver_metastases=False)
    assert (assessment.options, assessment.work_up, assessment.follow_up) == ((), (), None)
    assert assessment.staging.strategy == "not_applicable"
    assert assessment.staging.grade == "G1"


def test_every_branch_orders_every_option_once() -> None:
    for order in ORDERS.values():
        assert sorted(order) == sorted(OPTION_IDS)


def test_platinum_leads_where_ki67_is_high() -> None:
    first = list(Strategy("systemic_first", by_ki67=True).order)[:3]
    assert first == ["platinum_etoposide", "captem", "prrt"]
    assert next(iter(Strategy("systemic_first").order)) == "ssa"


OPEN = [(option, "eligible", False) for option in OPTION_IDS]


def places(judged: list[tuple[str, str, bool]], tace_favored: bool = False) -> dict[str, int]:
    decisions = {option: (verdict, strong, False) for option, verdict, strong in judged}
    return ranked(decisions, Strategy("transarterial_first"), tace_favored)


def test_tied_options_share_a_rank_and_the_next_counts_on() -> None:
    ranks = places(OPEN)
    assert list(ranks)[:5] == ["tae", "tace", "tare", "deb_tace", "prrt"]
    assert list(ranks.values())[:5] == [1, 1, 1, 4, 5]


def test_tace_stands_before_tae_at_the_same_rank_where_it_is_favored() -> None:
    ranks = places(OPEN, tace_favored=True)
    assert list(ranks)[:3] == ["tace", "tae", "tare"]
    assert (ranks["tace"], ranks["tae"]) == (1, 1)


def test_tie_holds_only_within_one_class() -> None:
    judged = [
        ("tae", "conditional", False),
        ("tace", "conditional", True),
        ("tare", "contraindicated", False),
        ("prrt", "eligible", False),
        ("ssa", "insufficient_data", False),
        ("captem", "not_indicated", False),
    ]
    assert places(judged) == {"tae": 1, "prrt": 2, "tace": 3, "ssa": 4, "captem": 5, "tare": 6}


def test_pancreatic_primary_lists_tace_before_tae() -> None:
    options = [one.option.id for one in assessed(MULTIFOCAL, primary_site="pancreas").options]
    assert options.index("tace") < options.index("tae")
