"""The shipped mapping set, and an institution's layer over it."""

import csv
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from fhir_mappings.codes import SYSTEMS, loinc_digit_fits, snomed_digit_fits
from fhir_mappings.mapping_set import DEFAULT, FILES, MappingSetRefused, load_mapping_set
from fhir_mappings.reading import read_bundle
from nelm.catalog import CATALOG
from tests.fhir_mappings.resources import OURS, bundle, coded, observation, quantity

# Facts that follow from others and have no code of their own.
COMPUTED = {"age_years", "sex", "treatment_history", "latest_cross_sectional_imaging"}
# Deprecated LOINC that three sources carry although its check digit is wrong (terminology.md).
WRONG_DIGIT = {"5895-7"}
# From the US Core and ICD-10-CM sources named beside them, not from terminology.csv.
OTHER_SOURCES = {"77386006", "60001007", "LA15173-0", "LA26683-5", "82810-3", "Z94.0"}
# As FHIR R4 binds ImagingStudy.modality (DICOM PS3.16, CID 29).
OTHER_SOURCES |= {"CT", "MR", "PT"}
# The values of NAACCR items, as the rows of the items list them.
REGISTRY_VALUES = {*(f"{3 * 'X'}.{band}" for band in (4, 5, 6)), "1", "2", "3", "A", "C"}


def shipped() -> list[tuple[str, str, str]]:
    """Every (file, system, code) of the shipped set."""
    found: list[tuple[str, str, str]] = []

    def walk(name: str, node: Any) -> None:
        if isinstance(node, dict):
            for system, codes in node.get("codes", {}).items():
                found.extend((name, system, str(code)) for code in codes)
            for child in node.values():
                walk(name, child)
        elif isinstance(node, list):
            for child in node:
                walk(name, child)

    for name in FILES:
        walk(name, yaml.safe_load((DEFAULT / f"{name}.yaml").read_text()))
    return found


def test_every_shipped_code_ends_in_its_check_digit() -> None:
    for _, system, code in shipped():
        if system == "loinc" and code not in WRONG_DIGIT:
            assert loinc_digit_fits(code), code
        if system == "snomed":
            assert snomed_digit_fits(code), code


def test_no_cpt_is_shipped() -> None:
    assert {system for _, system, _ in shipped()} <= set(SYSTEMS)


def test_every_file_with_loinc_codes_carries_its_notice() -> None:
    with_loinc = {name for name, system, _ in shipped() if system == "loinc"}
    for name in with_loinc:
        assert "LOINC® is a registered" in (DEFAULT / f"{name}.yaml").read_text(), name


def test_every_shipped_code_is_a_verified_one(terminology: Path) -> None:
    with terminology.open() as file:
        rows = list(csv.DictReader(file))
    verified = {row["code"] for row in rows if row["status"] == "verified"}
    assert {code for _, _, code in shipped()} - verified <= OTHER_SOURCES | REGISTRY_VALUES


@pytest.fixture
def terminology() -> Path:
    shared = os.environ.get("NELM_SHARED", Path(__file__).parents[3] / "shared")
    path = Path(shared) / "clinical" / "terminology.csv"
    if not path.exists():
        pytest.skip("the terminology table was left out")
    return path


def test_every_fact_can_be_sent_under_a_code_of_ours() -> None:
    ours = {code for system, code in load_mapping_set().observations.codes if system == OURS}
    markers = {
        "serotonin", "pancreatic_polypeptide", "gastrin", "insulin", "glucagon", "vip",
    }  # fmt: skip
    assert set(CATALOG) - ours - COMPUTED == markers


def test_our_codes_follow_the_canonical_base() -> None:
    rules = load_mapping_set(canonical_base="https://hospital.example")
    sent = observation(coded("ecog", "https://hospital.example:codes"), {"valueInteger": 2})
    (reading,) = read_bundle(bundle(sent), rules)
    assert reading.statements[0].value == 2


def layer(tmp_path: Path, content: Any) -> Path:
    path = tmp_path / "ours.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


def test_a_layer_adds_codes_and_changes_the_version(tmp_path: Path) -> None:
    rule = {
        "id": "ours.bilirubin",
        "fact": "bilirubin_mg_dl",
        "codes": {"urn:hospital:lab": {"BILI": "Bilirubin"}},
    }
    rules = load_mapping_set(layer(tmp_path, {"observations": [rule]}))
    sent = observation(coded("BILI", "urn:hospital:lab"), quantity(1.5, "mg/dL"))
    (reading,) = read_bundle(bundle(sent), rules)
    assert reading.statements[0].mapping == "ours.bilirubin"
    assert rules.version != load_mapping_set().version


def test_a_layer_wins_over_the_shipped_rule(tmp_path: Path) -> None:
    rule = {"id": "ours.no", "refuse": "not trusted here", "codes": {"loinc": {"1975-2": "x"}}}
    rules = load_mapping_set(layer(tmp_path, {"observations": [rule]}))
    (reading,) = read_bundle(bundle(observation("1975-2", quantity(1, "mg/dL"))), rules)
    assert reading.not_understood[0].reason == "not trusted here"


@pytest.mark.parametrize(
    ("section", "rule", "words"),
    [
        ("observations", {"id": "x", "fact": "bilirubine"}, "no fact is called bilirubine"),
        ("observations", {"id": "x", "fact": "inr", "codes": {"loink": {"1": ""}}}, "loink"),
        ("observations", {"id": "x", "fact": "inr", "codes": {"loinc": {"6301-7": ""}}}, "6301-7"),
        ("findings", {"id": "x", "states": {"portal_vein": "open"}}, "cannot be open"),
        ("procedures", {"id": "x", "therapy": "surgery"}, "surgery"),
        ("observations", {"fact": "inr"}, "no id"),
        ("observations", {"id": "x"}, "incomplete"),
    ],
)
def test_a_rule_that_cannot_work_is_refused_with_its_name(
    tmp_path: Path, section: str, rule: dict[str, Any], words: str
) -> None:
    with pytest.raises(MappingSetRefused, match=words):
        load_mapping_set(layer(tmp_path, {section: [rule]}))


def test_a_file_that_is_no_mapping_set_is_refused(tmp_path: Path) -> None:
    for text in ("- a\n- b\n", "a: [", ""):
        path = tmp_path / "bad.yaml"
        path.write_text(text)
        with pytest.raises(MappingSetRefused):
            load_mapping_set(path)
    with pytest.raises(MappingSetRefused, match="cannot be read"):
        load_mapping_set(tmp_path / "missing.yaml")
