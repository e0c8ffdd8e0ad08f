"""What an institution may lay over the shipped set, and what is refused by name."""

from pathlib import Path

import pytest
import yaml

from fhir_mappings.codes import WRONG_DIGIT, loinc_digit_fits
from fhir_mappings.mapping_set import (
    DEFAULT,
    FILES,
    SECTIONS,
    MappingSetRefused,
    load_mapping_set,
)


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    return tmp_path / "mine.yaml"


@pytest.mark.parametrize("name", FILES)
def test_a_copy_of_a_shipped_file_is_accepted(layer: Path, name: str) -> None:
    layer.write_bytes((DEFAULT / f"{name}.yaml").read_bytes())
    assert load_mapping_set(layer).version.startswith("mine-")


def test_the_sections_are_those_of_the_shipped_files() -> None:
    shipped = [yaml.safe_load((DEFAULT / f"{name}.yaml").read_text()) for name in FILES]
    assert set(SECTIONS) == {section for content in shipped for section in content}


def test_the_published_code_with_a_wrong_digit_is_the_only_one_excused() -> None:
    assert {"5895-7"} == WRONG_DIGIT
    assert loinc_digit_fits("5895-7")
    assert not loinc_digit_fits("5895-6")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "facts: {ecog: 0}",
            "mine.yaml: facts is no section of a mapping set. Sections: presence,",
        ),
        ("rules: []", "mine.yaml: rules is no section"),
        ("foo: 1", "mine.yaml: foo is no section"),
        ("observation: []", "Did you mean observations?"),
        ("observations: {id: x}", "mine.yaml: observations must be a list of rules."),
        ("single_drugs: []", "mine.yaml: single_drugs must be a table."),
        ("observations: []", "mine.yaml: holds no rule."),
        ("{}", "mine.yaml: holds no rule."),
        ("[]", "has no sections. Sections: presence,"),
    ],
)
def test_what_is_no_mapping_set_is_refused_by_name(layer: Path, text: str, said: str) -> None:
    layer.write_text(text)
    with pytest.raises(MappingSetRefused) as refusal:
        load_mapping_set(layer)
    assert said in str(refusal.value)
