"""FHIR files that others made go through without a crash, and none of them makes up a fact."""

import os
from datetime import date
from pathlib import Path

import pytest

from fhir_mappings.reading import read_bundle
from fhir_mappings.staging_document import stage
from nelm.errors import Refused
from tests.fhir_mappings.resources import RULES

SHARED = Path(os.environ.get("NELM_SHARED", Path(__file__).parents[3] / "shared"))
FOLDER = SHARED / "data"
FILES = sorted(FOLDER.rglob("*.json"))
# What a stranger's file may state without any rule of ours about cancer.
HARMLESS = {"sex", "age_years", "pregnant", "has_neuroendocrine_tumor"}


@pytest.fixture(autouse=True)
def third_party_files() -> None:
    if not FILES:
        pytest.skip("third-party files left out")


def staged(path: Path) -> set[str]:
    """Facts of one file; the sentence of the refusal where it holds several patients."""
    try:
        return set(stage([path.read_bytes()], date(2026, 6, 1), RULES)["facts"])
    except Refused as refusal:
        return {refusal.message}


def test_every_file_is_staged_or_refused_with_a_sentence() -> None:
    for path in FILES:
        found = staged(path)
        assert found <= HARMLESS or "--patient" in next(iter(found)), path.name


def test_no_entry_of_any_file_is_dropped() -> None:
    for path in FILES:
        for reading in read_bundle(path.read_bytes(), RULES):
            silent = reading.type in ("Patient", "Medication", "BodyStructure", "Specimen")
            assert reading.statements or reading.not_understood or silent, path.name
