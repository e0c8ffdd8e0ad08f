"""Every verified code is understood, refused by name, or left out for a reason that stands here."""

import csv
import os
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from fhir_mappings.codes import SYSTEMS, spellings_of
from fhir_mappings.mapping_diff import lookups_of
from fhir_mappings.mapping_rules import Refusal
from fhir_mappings.order_mapping import load_order_mapping
from tests.fhir_mappings.resources import RULES

COPY = Path(__file__).parents[1] / "fixtures" / "terminology"

LEFT_OUT = {
    "no fact of the catalog": (
        "alp alt ast bnp c_peptide calcitonin ggt glucose_deprecated glucose_fasting glucose_random"
        " ldh lymphocytes neuron_specific_enolase proinsulin sodium somatostatin budd_chiari"
        " biliary_obstruction cirrhosis hepatorenal_syndrome liver_failure men1 nf1 varices"
        " portal_hypertension ihc_sstr2 suv multifocal"
    ),
    "none of the values that the fact can have": (
        "differentiation_moderate differentiation_undifferentiated grade_gx residual_rx"
        " disease_status_undetermined recist_response_na surgical_margin"
    ),
    "mCODE disease status counts as improved, stable or worsened only": (
        "full_remission partial_remission"
    ),
    "says less than the fact needs: no site, no organ, no region, or no operation": (
        "distant_metastasis_present metastatic_neoplasm portal_vein_bodysite"
        " imaging_modality sstr_scintigraphy_thorax digestive_tract_absent pancreas_absent"
        " history_pancreatic_cancer recist_criteria"
    ),
    "narrative: words become candidates": "pathology_report imaging_report",
    "of single target lesions only progression is that of the patient": (
        "recist_response_cr recist_response_pr recist_response_sd"
    ),
    "another tumor, or not one by this morphology alone": (
        "goblet_cell_exclude minen nec_poorly_differentiated"
    ),
    "a substance, not a study or treatment": "sstr_tracer prrt_agent tare_agent",
    "computed from its parts, or another scale": (
        "child_pugh karnofsky_10 karnofsky_20 karnofsky_30 karnofsky_40 karnofsky_50 karnofsky_60"
        " karnofsky_70 karnofsky_80 karnofsky_90 karnofsky_100"
    ),
}


class Row(NamedTuple):
    concept: str
    system: str
    code: str


@cache
def rows() -> frozenset[Row]:
    found: set[Row] = set()
    for path in sorted(COPY.glob("*.txt")):
        for line in path.read_text().splitlines():
            concept, system, *codes = line.split()
            found |= {Row(concept, system, code) for code in codes}
    return frozenset(found)


@cache
def reasons() -> dict[str, str]:
    return {concept: reason for reason, names in LEFT_OUT.items() for concept in names.split()}


def rules_of(row: Row) -> list[object]:
    """Every rule, answer or order that knows the code."""
    known: list[object] = []
    for key in spellings_of(row.system, row.code):
        for lookup in lookups_of(RULES).values():
            rule = lookup.codes.get(key)
            known += [rule] if rule is not None else []
            answers = (getattr(one, "answers", {}) for one in lookup.codes.values())
            known += [given for found in answers if (given := found.get(key))]
        known += [True] if key in RULES.presence.answers else []
    return known + ([True] if (row.system, row.code) in ordered() else [])


@cache
def ordered() -> frozenset[tuple[str, str]]:
    mapping = load_order_mapping("urn:nelm-cds")
    urls = {urls[0]: name for name, urls in SYSTEMS.items()}
    keys = (*mapping.codes, *mapping.liver_codes, *mapping.drug_codes)
    return frozenset((urls[system], code) for system, code in keys if system in urls)


def test_every_verified_code_is_known_or_left_out_for_a_reason() -> None:
    unknown = [row for row in sorted(rows()) if row.concept not in reasons() and not rules_of(row)]
    assert unknown == []


def test_what_is_left_out_is_really_not_understood() -> None:
    by_concept = {
        concept: [row for row in rows() if row.concept == concept] for concept in reasons()
    }
    assert [concept for concept, found in by_concept.items() if not found] == []
    assert [
        concept for concept, found in by_concept.items() if all(rules_of(row) for row in found)
    ] == []


def test_codes_to_be_excluded_never_give_a_fact() -> None:
    excluded = [row for row in rows() if row.concept.endswith(("_exclude", "_wrong_code"))]
    assert len(excluded) > 15
    counted = [
        row for row in excluded if not all(isinstance(rule, Refusal) for rule in rules_of(row))
    ]
    assert counted == []


def test_deprecated_codes_are_read_as_what_replaced_them() -> None:
    deprecated = [
        row
        for row in rows()
        if row.concept.endswith("_deprecated") and row.concept not in reasons()
    ]
    assert len(deprecated) >= 6
    assert all(rules_of(row) for row in deprecated)


def test_the_copy_equals_the_table_where_that_is_at_hand() -> None:
    shared = os.environ.get("NELM_SHARED", Path(__file__).parents[3] / "shared")
    path = Path(shared) / "clinical" / "terminology.csv"
    if not path.exists():
        pytest.skip("the terminology table (NELM_SHARED) was left out")
    short = {url: name for name, urls in SYSTEMS.items() for url in urls} | {
        "NAACCR-item": "naaccr"
    }
    with path.open() as file:
        table = {
            Row(row["concept"], short[row["system"]], row["code"])
            for row in csv.DictReader(file)
            if row["status"] == "verified" and row["system"] in short
        }
    assert rows() == table
