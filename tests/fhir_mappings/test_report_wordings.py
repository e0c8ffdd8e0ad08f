"""Many wordings of one fact each, English and German, and some that state none."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from fhir_mappings.reports.candidates import candidates_in

WORDINGS: dict[str, list[tuple[str, Any]]] = yaml.load(
    (Path(__file__).parent / "report_wordings.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader
)


@pytest.mark.parametrize("fact", sorted(WORDINGS.keys() - {"therapies"}))
def test_every_wording_gives_its_value_and_no_other(fact: str) -> None:
    found = {
        text: [one.value for one in candidates_in([text]) if one.fact == fact]
        for text, _ in WORDINGS[fact]
    }
    assert found == {text: [] if value is None else [value] for text, value in WORDINGS[fact]}


def test_every_wording_of_a_therapy_names_it() -> None:
    found = {
        text: [
            entry["therapy"]
            for one in candidates_in([text])
            if one.fact == "treatment_history"
            for entry in one.value
        ]
        for text, _ in WORDINGS["therapies"]
    }
    assert found == {text: [name] for text, name in WORDINGS["therapies"]}


def test_a_numbered_abbreviation_is_no_denial() -> None:
    assert [one.value for one in candidates_in(["No. of liver metastases: 6"])][:1] == [6]


def test_a_form_with_some_open_fields_is_still_read() -> None:
    filled = "Primary: ileum\nGrade: G2\nKi-67: 8 %\nMitoses: ___\nAscites: none\nPortal vein: ___"
    found = {one.fact: one.value for one in candidates_in([filled])}
    assert found["reported_grade"] == "G2"
    assert found["ascites"] == "none"
    assert "portal_vein" not in found


def test_the_title_of_a_study_says_which_organ_its_findings_are_about() -> None:
    found = candidates_in(["MRI of the liver\nFindings: Six metastases, the largest 4 cm."])
    assert {"liver_lesion_count", "largest_liver_lesion_mm"} <= {one.fact for one in found}
    other = candidates_in(["CT of the chest\nFindings: Six metastases, the largest 4 cm."])
    assert "liver_lesion_count" not in {one.fact for one in other}
