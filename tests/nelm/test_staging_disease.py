"""Spread, phenotype, course, prognosis and completeness."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import pytest

from nelm.evidence.parameters import DEFAULTS
from nelm.facts import Fact, FactSet, Therapy
from nelm.staging import course, grade, liver_extent, liver_function, phenotype, resectability
from nelm.staging import spread as spread_module
from nelm.staging.course import months_stable
from nelm.staging.prognosis import NOTES
from nelm.staging.summary import CORE, Staging, completeness, stage
from tests.nelm.staged import staged


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({}, None),
        ({"extrahepatic_disease": "none"}, "none"),
        ({"extrahepatic_disease": "low_volume_indolent"}, "low_volume_indolent"),
        ({"extrahepatic_disease": "present_unquantified"}, "present_unquantified"),
        ({"peritoneal_carcinomatosis": "diffuse_or_unresectable"}, "significant"),
        ({"unresectable_nodes_or_extraabdominal": True}, "significant"),
        (
            {"extrahepatic_disease": "none", "unresectable_nodes_or_extraabdominal": True},
            "significant",
        ),
        ({"peritoneal_carcinomatosis": "limited"}, "present_unquantified"),
        ({"extrahepatic_sites": ["bone"]}, "present_unquantified"),
        ({"extrahepatic_sites": ["regional_lymph_node"]}, None),
        (
            {"extrahepatic_sites": ["regional_lymph_node"], "extrahepatic_disease": "none"},
            "none",
        ),
        (
            {"extrahepatic_sites": ["bone"], "extrahepatic_disease": "low_volume_indolent"},
            "low_volume_indolent",
        ),
        ({"extrahepatic_sites": []}, None),
    ],
)
def test_extrahepatic_class(values: dict[str, Any], found: str | None) -> None:
    staging = staged(**values)
    assert staging.extrahepatic_class == found
    assert staging.extrahepatic_none is (None if found is None else found == "none")


def test_site_against_stated_none_is_a_conflict() -> None:
    staging = staged(extrahepatic_sites=["bone"], extrahepatic_disease="none")
    assert staging.extrahepatic_class == "present_unquantified"
    assert staging.notes == ("extrahepatic_conflict",)


@pytest.mark.parametrize(
    ("values", "category"),
    [
        ({"has_liver_metastases": True, "extrahepatic_disease": "none"}, "M1a"),
        ({"has_liver_metastases": True, "extrahepatic_sites": ["bone"]}, "M1c"),
        (
            {
                "has_liver_metastases": True,
                "liver_lesion_count": 0,
                "extrahepatic_disease": "significant",
            },
            "M1b",
        ),
        (
            {
                "has_liver_metastases": True,
                "liver_lesion_count": 0,
                "extrahepatic_disease": "none",
            },
            None,
        ),
        ({"has_liver_metastases": True}, None),
        ({"extrahepatic_disease": "none"}, None),
    ],
)
def test_m_category(values: dict[str, Any], category: str | None) -> None:
    assert staged(**values).m_category == category


def test_m_category_belongs_to_the_later_pack() -> None:
    values = {"has_liver_metastases": True, "extrahepatic_disease": "none"}
    assert staged({"packs": {"later": False}}, **values).m_category is None


@pytest.mark.parametrize(
    ("syndrome", "controlled", "status", "uncontrolled"),
    [
        (None, None, None, None),
        (None, True, None, False),
        ("none", None, "non_functional", False),
        ("carcinoid", None, "functional", None),
        ("carcinoid", True, "functional_controlled", False),
        ("insulinoma", False, "functional_uncontrolled", True),
    ],
)
def test_functional_status(
    syndrome: str | None, controlled: bool | None, status: str | None, uncontrolled: bool | None
) -> None:
    staging = staged(functional_syndrome=syndrome, symptoms_controlled_on_ssa=controlled)
    assert staging.functional_status == status
    assert staging.functional_uncontrolled is uncontrolled
    assert staging.carcinoid is (None if syndrome is None else syndrome == "carcinoid")


@pytest.mark.parametrize(
    ("values", "symptomatic"),
    [
        ({"symptomatic": False, "bulk_symptoms": True}, False),
        ({"bulk_symptoms": True}, True),
        ({"bulk_symptoms": False}, None),
        ({"bulk_symptoms": False, "functional_syndrome": "none"}, False),
        ({"functional_syndrome": "carcinoid", "symptoms_controlled_on_ssa": False}, True),
        ({"functional_syndrome": "none"}, None),
    ],
)
def test_symptoms_as_reported_else_derived(values: dict[str, Any], symptomatic: Any) -> None:
    assert staged(**values).symptomatic is symptomatic


@pytest.mark.parametrize(
    ("values", "status", "noted"),
    [
        ({"krenning_score": 2}, "positive", False),
        ({"krenning_score": 1}, "negative", False),
        ({"krenning_score": 1, "sstr_uptake_at_least_liver": True}, "positive", False),
        ({"krenning_score": 3, "sstr_uptake_at_least_liver": False}, "positive", False),
        ({"sstr_uptake_at_least_liver": False, "sstr_modality": "cu64_pet"}, "negative", False),
        ({"krenning_score": 1, "sstr_modality": "ga68_pet"}, "negative", False),
        ({"krenning_score": 1, "sstr_modality": "spect"}, None, True),
        ({"krenning_score": 1, "sstr_modality": "other"}, None, False),
        ({"krenning_score": 2, "sstr_modality": "spect"}, "positive", False),
        ({"sstr_modality": "ga68_pet"}, None, False),
    ],
)
def test_receptor_status(values: dict[str, Any], status: str | None, noted: bool) -> None:
    staging = staged(**values)
    assert staging.sstr_status == status
    assert ("sstr_spect_negative" in staging.notes) is noted


@pytest.mark.parametrize(
    ("values", "tempo"),
    [
        ({"recist_status": "PD"}, "progressive"),
        ({"recist_status": "CR"}, "responding"),
        ({"recist_status": "PR"}, "responding"),
        ({"recist_status": "SD", "stable_months": 6}, "stable"),
        ({"recist_status": "SD", "stable_months": 5.9}, "stable_short"),
        ({"recist_status": "SD"}, "stable_short"),
        ({"stable_months": 12}, None),
    ],
)
def test_tempo(values: dict[str, Any], tempo: str | None) -> None:
    assert staged(**values).tempo == tempo


@pytest.mark.parametrize(
    ("values", "progression"),
    [
        ({}, None),
        ({"recist_status": "PD"}, True),
        ({"progressed_within_12_months": True}, True),
        ({"progressed_on": ["ssa"]}, True),
        ({"recist_status": "SD", "progressed_within_12_months": False}, False),
        ({"recist_status": "SD", "progressed_within_12_months": False, "progressed_on": []}, False),
        ({"recist_status": "SD", "progressed_on": []}, None),
        ({"progressed_within_12_months": False}, None),
    ],
)
def test_progression_ignores_a_missing_list_only(
    values: dict[str, Any], progression: bool | None
) -> None:
    assert staged(**values).progression is progression


@pytest.mark.parametrize(
    ("values", "failed"),
    [
        ({"progressed_on": ["ssa", "tae"]}, False),
        ({"progressed_on": ["prrt"]}, True),
        ({"progressed_on": ["everolimus"]}, True),
        ({"recist_status": "SD", "progressed_within_12_months": False}, False),
        ({"recist_status": "PD"}, None),
    ],
)
def test_systemic_therapy_failed(values: dict[str, Any], failed: bool | None) -> None:
    assert staged(**values).systemic_failed is failed


def test_calm_needs_no_symptoms_no_syndrome_and_no_progression() -> None:
    calm = {
        "symptomatic": False,
        "functional_syndrome": "none",
        "recist_status": "SD",
        "progressed_within_12_months": False,
    }
    assert staged(**calm).calm is True
    assert staged(**{**calm, "functional_syndrome": "other"}).calm is False
    assert staged(**{**calm, "symptomatic": None}).calm is None


def responses(*dated: tuple[str, date]) -> tuple[Fact, ...]:
    return tuple(Fact("recist_status", status, effective=day) for status, day in dated)


def test_months_of_stability_run_from_the_latest_progression() -> None:
    series = responses(
        ("PD", date(2025, 1, 1)), ("SD", date(2025, 4, 1)), ("PR", date(2025, 10, 1))
    )
    assert months_stable(series) == pytest.approx(9.0, abs=0.1)


def test_months_of_stability_run_from_the_diagnosis_without_progression() -> None:
    series = responses(("SD", date(2025, 7, 1)))
    assert months_stable(series) is None
    assert months_stable(series, diagnosed=date(2025, 1, 1)) == pytest.approx(5.9, abs=0.1)
    assert months_stable(series, diagnosed=date(2026, 1, 1)) is None


def test_progression_last_is_no_stability() -> None:
    assert months_stable(responses(("SD", date(2025, 1, 1)), ("PD", date(2025, 2, 1)))) is None
    assert months_stable(()) is None


def test_reported_months_win_over_the_series() -> None:
    series = {
        "recist_status": responses(("PD", date(2025, 1, 1)), ("SD", date(2025, 10, 1))),
    }
    derived = FactSet([Fact("recist_status", "SD")], series)
    reported = FactSet([Fact("recist_status", "SD"), Fact("stable_months", 2)], series)
    from_series = staged_set(derived)
    assert (from_series.tempo, from_series.stable_months) == ("stable", pytest.approx(9, abs=0.1))
    assert staged_set(reported).tempo == "stable_short"


def staged_set(facts: FactSet) -> Staging:
    return stage(facts, facts.values, DEFAULTS)


ADVERSE: dict[str, dict[str, Any]] = {
    "synchronous": {"liver_metastases_synchronous": True},
    "extrahepatic_disease": {"extrahepatic_disease": "low_volume_indolent"},
    "bone_metastases": {"extrahepatic_sites": ["bone"]},
    "non_functional": {"functional_syndrome": "none"},
    "higher_grade": {"ki67_primary_percent": 3},
    "bilateral_disease": {"bilobar": True},
    "pancreatic_origin": {"primary_site": "pancreas"},
    "primary_in_place": {"primary_status": "in_situ"},
    "male_sex": {"sex": "male"},
    "burden_above_50": {"liver_tumor_burden_percent": 50.1},
    "burden_above_75": {"liver_tumor_burden_percent": 75.1},
    "albumin_before_embolization": {"albumin_g_dl": 3.4},
    "raised_lung_shunt": {"lung_shunt_percent": 20.1},
}
FAVORABLE: dict[str, Any] = {
    "liver_metastases_synchronous": False,
    "extrahepatic_disease": "none",
    "functional_syndrome": "carcinoid",
    "ki67_primary_percent": 2,
    "bilobar": False,
    "primary_site": "ileum",
    "primary_status": "resected_r1",
    "sex": "female",
    "liver_tumor_burden_percent": 50,
    "albumin_g_dl": 3.5,
    "lung_shunt_percent": 20,
}


@pytest.mark.parametrize("note", [note.id for note, _ in NOTES])
def test_each_adverse_sign_is_named_when_it_is_there(note: str) -> None:
    found = [one.id for one in staged(**ADVERSE[note]).prognostic_notes]
    assert note in found


def test_favorable_and_unknown_patients_have_no_adverse_notes() -> None:
    assert staged(**FAVORABLE).prognostic_notes == ()
    assert staged().prognostic_notes == ()


def test_pancreastatin_counts_against_its_own_limit_after_an_embolization_only() -> None:
    raised = Fact("pancreastatin_pg_ml", 300, upper_limit=135)
    without_limit = Fact("pancreastatin_pg_ml", 300)
    after = (Therapy("tace", date(2025, 1, 1)),)
    noted = [
        [
            note.id
            for note in staged(treatment_history=history, pancreastatin_pg_ml=f).prognostic_notes
        ]
        for history, f in [(after, raised), (after, without_limit), ((), raised), (None, raised)]
    ]
    assert noted == [["raised_pancreastatin_after_embolization"], [], [], []]


def test_completeness_counts_core_facts_known_and_fresh() -> None:
    everything = FactSet.of(
        {
            "ki67_primary_percent": 1,
            "mitoses_per_2mm2": 1,
            "differentiation": "well",
            "liver_lesion_count": 1,
            "largest_liver_lesion_mm": 10,
            "liver_tumor_burden_percent": 1,
            "extrahepatic_disease": "none",
            "krenning_score": 3,
            "reported_resectability": "r0",
            "primary_status": "in_situ",
            "age_years": 50,
            "ecog": 0,
        }
    )
    assert completeness(everything, frozenset()) == 1
    assert completeness(everything, frozenset({"ecog"})) == round(11 / len(CORE), 2)
    assert completeness(FactSet(), frozenset()) == 0


def test_parts_stand_in_the_order_of_the_staging() -> None:
    parts: list[tuple[type[NamedTuple], int]] = [  # type: ignore[valid-type]
        (grade.Grade, -1),
        (liver_extent.LiverExtent, -1),
        (resectability.Resectability, -1),
        (spread_module.Spread, -1),
        (phenotype.Phenotype, -1),
        (liver_function.LiverFunction, 4),
        (course.Course, 7),
    ]
    named = [name for part, end in parts for name in part._fields[:end]]  # type: ignore[attr-defined]
    assert list(Staging.__slots__[: len(named)]) == named
