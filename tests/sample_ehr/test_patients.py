"""The invented patients: every strategy, charted tidily and untidily, fresh on any load day."""

from datetime import date
from typing import Any

import msgspec
import pytest

from fhir_mappings.fhir_models import validate
from fhir_mappings.mapping_set import load_mapping_set
from fhir_mappings.staging_document import stage
from nelm_cds.sample_ehr.patients import PATIENTS, chart_of, invented_patients

LOAD_DAYS = [date(2026, 11, 22), date(2028, 2, 29)]
STRATEGIES = {
    "not_applicable",
    "poorly_differentiated",
    "systemic_first",
    "work_up",
    "surveillance",
    "resection_first",
    "local_first",
    "transarterial_first",
    "resectability_unclear",
}


def staged(id_: str, today: date) -> dict[str, Any]:
    raw = [msgspec.json.encode(resource) for resource in chart_of(id_, today)]
    return stage(raw, today, load_mapping_set())


@pytest.mark.parametrize("today", LOAD_DAYS)
@pytest.mark.parametrize("id_", PATIENTS)
def test_each_chart_gives_its_strategy_on_any_load_day(id_: str, today: date) -> None:
    assert staged(id_, today)["strategy"] == PATIENTS[id_][1]


def test_together_they_show_every_strategy() -> None:
    assert {strategy for _, strategy in PATIENTS.values()} == STRATEGIES


@pytest.mark.parametrize("id_", PATIENTS)
def test_a_chart_is_as_fresh_next_year(id_: str) -> None:
    first, later = (staged(id_, today) for today in LOAD_DAYS)
    assert first["staging"] == later["staging"]
    assert [(one["option"], one["verdict"]) for one in first["options"]] == [
        (one["option"], one["verdict"]) for one in later["options"]
    ]


def test_tace_is_contraindicated_where_the_demo_orders_it() -> None:
    options = {one["option"]: one for one in staged("nelm-04", LOAD_DAYS[0])["options"]}
    assert options["tace"]["verdict"] == "contraindicated"


@pytest.mark.parametrize(
    ("id_", "fact", "value"),
    [
        ("nelm-02", "ki67_metastasis_percent", 8),
        ("nelm-02", "platelets_10e9_l", 184),
        ("nelm-02", "albumin_g_dl", 3.9),
        ("nelm-02", "largest_liver_lesion_mm", 64),
        ("nelm-02", "inr", 1.1),
        ("nelm-05", "hemoglobin_g_dl", 11.2),
        ("nelm-01", "liver_lesion_count", 2),
        ("nelm-01", "chromogranin_a_x_uln", 3.1),
        ("nelm-03", "bilobar", True),
    ],
)
def test_untidy_values_are_understood(id_: str, fact: str, value: Any) -> None:
    found = staged(id_, LOAD_DAYS[0])["facts"][fact]["value"]
    assert found == (pytest.approx(value) if isinstance(value, float) else value)


def test_what_must_not_count_is_listed_and_does_not() -> None:
    waiting = staged("nelm-10", LOAD_DAYS[0])
    assert "extrahepatic_sites" not in waiting["facts"]
    sources = {one["source"] for one in waiting["not_understood"]}
    assert {"Condition/nelm-10-bone", "Observation/nelm-10-ki67-2"} <= sources
    assert staged("nelm-02", LOAD_DAYS[0])["facts"]["albumin_g_dl"]["value"] != 1.2


def test_only_the_chart_meant_to_be_untidy_is_no_valid_fhir() -> None:
    untidy = {one["id"] for one in invented_patients(LOAD_DAYS[0]) if validate(one)}
    assert untidy == {"nelm-02-albumin"}


def test_everything_is_marked_as_invented_and_has_its_own_id() -> None:
    resources = list(invented_patients(LOAD_DAYS[0]))
    assert all(one["meta"]["tag"][0]["code"] == "HTEST" for one in resources)
    assert len({(one["resourceType"], one["id"]) for one in resources}) == len(resources)
    names = [one["name"][0]["text"] for one in resources if one["resourceType"] == "Patient"]
    assert len(names) == 12
    assert all(name.endswith("(invented)") for name in names)


def test_our_own_codes_follow_the_canonical_base() -> None:
    raw = msgspec.json.encode(list(invented_patients(LOAD_DAYS[0], "https://h.example/nelm")))
    assert b"https://h.example/nelm:codes" in raw
    assert b"urn:nelm-cds:codes" not in raw
