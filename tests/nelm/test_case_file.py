"""Cases as people write them: what is read, and refusals that name the field."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from nelm import Range, Refused, Therapy, read_case
from nelm.assessment import today
from nelm.case_file import read_stored_case


def read_fact(name: str, given: Any) -> Any:
    facts, _, _ = read_case({"as_of": "2026-06-01", "facts": {name: given}})
    return facts.get(name)


def test_bare_value_counts_as_fresh() -> None:
    fact = read_fact("ecog", 1)
    assert (fact.value, fact.effective) == (1, None)


def test_null_is_unknown() -> None:
    assert read_fact("ecog", None) is None
    assert read_fact("ecog", {"value": None, "unit": None}) is None


def test_full_fact_keeps_where_it_came_from() -> None:
    fact = read_fact(
        "bilirubin_mg_dl",
        {
            "value": 0.8,
            "unit": "mg/dL",
            "effective": "2026-05-01",
            "source": "Observation/1",
            "status": "amended",
            "version": "2",
            "mapping": "labs.bilirubin",
            "flags": ["by_text"],
            "upper_limit": 1.2,
        },
    )
    assert (fact.effective, fact.source, fact.status) == (
        date(2026, 5, 1),
        "Observation/1",
        "amended",
    )
    assert (fact.flags, fact.upper_limit, fact.unit) == (("by_text",), 1.2, "mg/dL")


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("platelets_10e9_l", "10e9/L"),
        ("platelets_10e9_l", "10*9/L"),
        ("egfr_ml_min_1_73m2", "mL/min/1.73m2"),
        ("bilirubin_mg_dl", "MG/DL"),
        ("urine_5hiaa_mg_24h", "mg/24h"),
        ("inr", ""),
    ],
)
def test_spellings_of_the_same_unit_are_accepted(name: str, unit: str) -> None:
    assert read_fact(name, {"value": 5, "unit": unit}).value == 5


def test_range_is_read_bare_and_as_a_value() -> None:
    above_20 = Range(min=20, min_open=True)
    assert read_fact("ki67_primary_percent", {"min": 20, "min_open": True}).value == above_20
    within = {"value": {"min": 5, "max": 10}, "effective": date(2026, 1, 1)}
    assert read_fact("ki67_primary_percent", within).value == Range(5, 10)


def test_therapies_are_read_with_date_or_start_and_stop() -> None:
    history = read_fact(
        "treatment_history",
        [
            {"therapy": "hepatectomy", "date": "2024-11-01"},
            {"therapy": "prrt", "start": date(2025, 1, 1), "stop": "2025-08-01", "cycles": 4},
            "ssa",
        ],
    ).value
    assert history[0] == Therapy("ssa")
    assert history[1] == Therapy("hepatectomy", date(2024, 11, 1))
    assert (history[2].stop, history[2].cycles) == (date(2025, 8, 1), 4)


def test_day_is_today_unless_given_and_instants_count_by_their_day() -> None:
    assert read_case({"facts": {}})[2] == today()
    assert read_case({"facts": {}, "as_of": datetime(2026, 3, 1, 12)})[2] == date(2026, 3, 1)  # noqa: DTZ001
    fact = read_fact("ecog", {"value": 1, "effective": "2026-03-01T10:00:00Z"})
    assert fact.effective == date(2026, 3, 1)


def test_series_is_read_oldest_first() -> None:
    given = [
        {"value": "SD", "effective": "2026-03-01"},
        {"value": "PD", "effective": "2025-03-01"},
    ]
    facts, _, _ = read_case({"facts": {}, "series": {"recist_status": given}})
    assert [fact.value for fact in facts.series["recist_status"]] == ["PD", "SD"]


def test_parameters_are_read_over_the_defaults() -> None:
    _, parameters, _ = read_case({"facts": {}, "parameters": {"ablation_max_mm": 30}})
    assert (parameters["ablation_max_mm"], parameters["ablation_max_count"]) == (30, 3)


@pytest.mark.parametrize(
    ("case", "field"),
    [
        ({"facts": {"ki67_primary": 3}}, "facts.ki67_primary"),
        ({"facts": {"ecog": {"valeu": 3}}}, "facts.ecog.valeu"),
        ({"facts": {"ecog": {"unit": "x"}}}, "facts.ecog.value"),
        ({"facts": {"ecog": 9}}, "facts.ecog"),
        ({"facts": {"inr": {"value": 1, "unit": "s"}}}, "facts.inr.unit"),
        (
            {"facts": {"bilirubin_mg_dl": {"value": 12, "unit": "umol/L"}}},
            "facts.bilirubin_mg_dl.unit",
        ),
        ({"facts": {"ecog": {"value": 1, "effective": "2024-03"}}}, "facts.ecog.effective"),
        ({"facts": {"ecog": {"value": 1, "effective": 2024}}}, "facts.ecog.effective"),
        (
            {"as_of": "2026-01-01", "facts": {"ecog": {"value": 1, "effective": "2026-01-02"}}},
            "facts.ecog.effective",
        ),
        ({"facts": {"ecog": {"value": 1, "source": 3}}}, "facts.ecog.source"),
        ({"facts": {"ecog": {"value": 1, "flags": "by_text"}}}, "facts.ecog.flags"),
        ({"facts": {"inr": {"value": 1, "upper_limit": "x"}}}, "facts.inr.upper_limit"),
        ({"facts": {"inr": {"min": "x"}}}, "facts.inr.min"),
        ({"facts": {"inr": {"min": 1, "min_open": 1}}}, "facts.inr.min_open"),
        ({"facts": {"inr": {"min": 1, "maximum": 2}}}, "facts.inr.maximum"),
        ({"facts": {"treatment_history": "tace"}}, "facts.treatment_history"),
        ({"facts": {"treatment_history": [{"date": "2025-01-01"}]}}, "facts.treatment_history[0]"),
        (
            {"facts": {"treatment_history": [{"therapy": "tae", "cycles": -1}]}},
            "facts.treatment_history[0].cycles",
        ),
        (
            {
                "facts": {
                    "treatment_history": [
                        {"therapy": "tae", "date": "2025-01-01", "start": "2025-01-01"}
                    ]
                }
            },
            "facts.treatment_history[0]",
        ),
        ({"facts": {"treatment_history": [{"therapy": "surgery"}]}}, "facts.treatment_history"),
        ({"facts": [1]}, "facts"),
        ({"facts": {}, "series": {"recist_status": 1}}, "series.recist_status"),
        ({"facts": {}, "series": {"recist": []}}, "series.recist"),
        ({"facts": {}, "as_off": "2026-01-01"}, "as_off"),
        ({"facts": {}, "as_of": "June"}, "as_of"),
        ({}, "facts"),
    ],
)
def test_refusal_names_the_field(case: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refusal:
        read_case(case)
    assert refusal.value.field == field
    assert field.rpartition(".")[2] in str(refusal.value)


def test_refusal_offers_the_nearest_name() -> None:
    with pytest.raises(Refused, match="Did you mean krenning_score"):
        read_case({"facts": {"krening_score": 3}})
    with pytest.raises(Refused, match="Did you mean as_of"):
        read_case({"facts": {}, "as_off": "2026-01-01"})


@pytest.mark.parametrize("parameters", [{"ablation_max_mm": 350}, {"ablation_mm": 30}, [1]])
def test_parameters_are_refused_too(parameters: Any) -> None:
    with pytest.raises(Refused, match="arameter"):
        read_case({"facts": {}, "parameters": parameters})


@pytest.mark.parametrize("case", [None, [], "facts"])
def test_something_else_is_no_case(case: Any) -> None:
    with pytest.raises(Refused, match="must map"):
        read_case(case)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (
            {"latest_cross_sectional_imaging": "2026-07-01"},
            "facts.latest_cross_sectional_imaging: lies after as_of",
        ),
        (
            {"treatment_history": [{"therapy": "tace", "date": "2027-01-01"}]},
            r"facts.treatment_history \(tace\): starts after as_of",
        ),
        (
            {
                "treatment_history": [
                    {"therapy": "prrt", "start": "2025-05-01", "stop": "2025-01-01"}
                ]
            },
            r"facts.treatment_history \(prrt\): stops before it starts",
        ),
    ],
)
def test_days_that_cannot_be_are_refused_but_kept_where_a_record_gave_them(
    facts: dict[str, Any], said: str
) -> None:
    case = {"as_of": "2026-06-01", "facts": facts}
    with pytest.raises(Refused, match=said):
        read_case(case)
    kept, _, _ = read_stored_case(case)
    assert set(kept.by_name) == set(facts)


def test_a_part_of_a_name_offers_the_few_that_hold_it() -> None:
    with pytest.raises(Refused, match="Did you mean ki67_primary_percent or ki67_metastasis"):
        read_case({"facts": {"ki67": 3}})
    with pytest.raises(Refused) as refusal:
        read_case({"facts": {"liver": 3}})  # eleven hold it: that would be no help
    assert "Did you mean" not in refusal.value.message
