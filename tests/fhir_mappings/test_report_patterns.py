"""Each pattern by itself on one sentence, and what speaks against all of them."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from fhir_mappings.reports.candidates import RULES, candidates_in, stated_by
from nelm.catalog import CATALOG

EXAMPLES: dict[str, dict[str, Any]] = yaml.load(
    (Path(__file__).parent / "report_examples.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader
)


def said(*texts: str) -> dict[str, Any]:
    return {one.fact: one.value for one in candidates_in(texts)}


def test_every_pattern_has_an_example_and_a_name_of_its_own() -> None:
    names = [rule.id for rule in RULES]
    assert sorted(names) == sorted(EXAMPLES)


@pytest.mark.parametrize("pattern", EXAMPLES)
def test_a_pattern_takes_the_value_from_its_sentence(pattern: str) -> None:
    example = EXAMPLES[pattern]
    found = stated_by(pattern, example["text"])
    assert (example["fact"], example["value"]) in [(one.fact, one.value) for one in found]
    assert all(one.fact in CATALOG and one.pattern == pattern for one in found)
    assert all(one.sentence in " ".join(example["text"].split()) for one in found)


@pytest.mark.parametrize(
    "text",
    [
        "Suspicious for liver metastases.",
        "Five possible liver metastases.",
        "Metastases in the liver cannot be excluded.",
        "Probable bone metastases.",
        "Liver metastases?",
        "Indication: rule out liver metastases.",
        "Family history: mother with pancreatic NET and liver metastases.",
        "Her father had an ileal NET.",
        "Comparison: CT 2023 with four liver metastases.",
        "Recommendation: PRRT with 4 cycles.",
        "PRRT is planned.",
        "Everolimus was declined.",
        "TACE or TARE may be considered.",
        "If the Ki-67 exceeds 20 %, chemotherapy is preferred.",
        "NETs with a Ki-67 of 3-20 % are called G2.",
        "Five renal cysts, the largest 44 mm.",
        "Three liver hemangiomas, the largest 30 mm.",
        "Adenocarcinoma of the colon, G2, Ki-67 60 %.",
        "Breast cancer 2012, G3, Ki-67 30 %.",
        "Innumerable nodules of the thyroid.",
        "Mitoses: 3 per 10 HPF.",
        "No new lesions.",
        "No bone metastases.",
        "Ascites: not assessed.",
        "V. a. NET des Pankreas.",
        "Inclusion criteria: ECOG 0-1, Ki-67 <20 %.",
        "Prior report (2019): Three liver metastases. Ascites.",
        "No liver metastasis larger than 1 cm has grown.",
        "No extrahepatic metastases apart from one nodule.",
        "Wrong patient: five liver metastases.",
        "RFA access. Anti-SSA positive. Everolimus-eluting stent in 2020.",
        "Extrahepatic disease was not evaluated.",
        "Ki-67: ___ %\nMitoses per 2 mm2: ___",
        "Portal vein: [ ] patent [ ] thrombosis",
        "Ausschluss Lebermetastasen.",
        "Keine sicheren Lebermetastasen.",
        "No suspicious liver lesions on non-contrast CT; study limited.",
        "Z.n. Pfortaderthrombose, jetzt rekanalisiert.",
        "Uptake below liver in the bone.",
        "Tumor board: unresectable. Second opinion: resectable.",
        "No right heart failure in 2019.",
        "No evidence of progression. Partial response of lymph nodes.",
        "Ki-67 is 2-5 %. Focally up to 22 %.",
        "Ki-67 is 2-5 %, focally up to 22 %.",
        "A tumor board discussed NET guidelines: Ki-67 > 55 % is a threshold.",
    ],
)
def test_nothing_is_taken_from_doubt_plans_relatives_others_and_forms(text: str) -> None:
    assert said(text) == {}


@pytest.mark.parametrize(
    ("text", "fact", "value"),
    [
        ("No ascites, pleural effusion or lymphadenopathy.", "ascites", "none"),
        ("There is no pleural effusion and no ascites.", "ascites", "none"),
        ("Ascites: none.", "ascites", "none"),
        ("Ascites: no.", "ascites", "none"),
        ("Ascites (-), encephalopathy (-).", "encephalopathy", "none"),
        ("No pleural effusion, mild ascites.", "ascites", "mild"),
        ("No portal vein thrombosis.", "portal_vein", "patent"),
        ("No evidence of extrahepatic disease.", "extrahepatic_disease", "none"),
        ("No liver metastases.", "liver_lesion_count", 0),
        ("No right heart failure.", "right_heart_failure", False),
        ("No peritoneal carcinomatosis.", "peritoneal_carcinomatosis", "none"),
    ],
)
def test_an_absence_that_is_stated_is_a_value(text: str, fact: str, value: Any) -> None:
    assert said(text)[fact] == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Ki-67 5-10 %.", {"min": 5, "max": 10}),
        ("Ki-67 <1 %.", {"max": 1, "max_open": True}),
        ("Ki-67 ≤ 2 %.", {"max": 2}),
        ("Ki-67 > 20 %.", {"min": 20, "min_open": True}),
        ("Ki-67 at least 12 %.", {"min": 12}),
        ("Ki-67 approx. 12,5 %.", 12.5),
        ("Ki 67 (MIB-1): 3 percent", 3),
    ],
)
def test_a_range_stays_a_range(text: str, value: Any) -> None:
    assert said(text)["ki67_primary_percent"] == value


@pytest.mark.parametrize(
    "text",
    [
        "The portal vein is patent with nonocclusive thrombus in the left branch.",
        "Portal vein is patent except for a thrombus in the left branch.",
        "Patent main portal vein. Occlusion of the left portal vein.",
        "No portal vein thrombosis in the right branch; left branch occluded.",
    ],
)
def test_a_closed_branch_beside_an_open_trunk_is_partial_never_patent(text: str) -> None:
    assert said(text) == {"portal_vein": "partial_thrombosis"}


def test_what_two_sentences_say_together_is_quoted_from_both() -> None:
    (one,) = candidates_in(["Patent main portal vein. Occlusion of the left portal vein."])
    assert one.sentence == "Patent main portal vein. … Occlusion of the left portal vein."


def test_a_portal_vein_that_is_open_everywhere_is_patent() -> None:
    assert said("Portal vein patent, no thrombus in the left branch.")["portal_vein"] == "patent"
    assert said("The portal vein and both branches are patent.")["portal_vein"] == "patent"
    assert said("Occlusion of the left portal vein.") == {
        "portal_vein": "thrombosis_extent_unknown"
    }


def test_no_disease_outside_the_liver_but_in_the_bone_is_disease_in_the_bone() -> None:
    found = said("Kein Nachweis extrahepatischer Metastasen, jedoch Knochenfilia in L3.")
    assert found == {
        "extrahepatic_sites": ["bone"],
        "extrahepatic_disease": "present_unquantified",
    }


def test_two_specimens_of_one_sentence_have_their_own_ki67() -> None:
    found = said("Ki-67 8 % in the primary, 22 % in the liver metastasis.")
    assert found["ki67_primary_percent"] == 8
    assert found["ki67_metastasis_percent"] == 22


def test_the_earlier_of_two_values_is_left_out() -> None:
    text = "The largest liver metastasis measures 42 mm (previously 38 mm)."
    assert said(text)["largest_liver_lesion_mm"] == 42
    text = "The largest hepatic lesion has grown from 21 mm to 34 mm."
    assert said(text)["largest_liver_lesion_mm"] == 34


def test_two_values_that_contradict_each_other_state_nothing() -> None:
    both = "Five liver metastases. Six liver metastases."
    assert "liver_lesion_count" not in said(both)
    assert said(both, "Impression: six liver metastases.")["liver_lesion_count"] == 6


def test_an_addendum_wins_over_what_it_corrects() -> None:
    text = "Liver: six metastases.\n\nADDENDUM: The number of liver metastases is eight."
    assert said(text)["liver_lesion_count"] == 8


def test_ki67_belongs_to_the_specimen_it_was_measured_in() -> None:
    text = "A. Ileum, resection: NET. Ki-67 2 %.\nB. Liver, core biopsy: metastasis. Ki-67 12 %."
    found = said(text)
    assert found["ki67_primary_percent"] == 2
    assert found["ki67_metastasis_percent"] == 12
    assert said("Liver metastases. Ki-67 8 %.")["ki67_primary_percent"] == 8


def test_resected_and_target_lesions_are_not_the_count() -> None:
    assert "liver_lesion_count" not in said("Resection of three liver metastases in 2021.")
    assert "liver_lesion_count" not in said("Two target lesions in the liver.")
    assert "liver_lesion_count" not in said("Two new liver metastases.")


def test_a_line_that_wraps_is_one_sentence() -> None:
    text = "There are five hypervascular liver\nmetastases, the largest of them\nmeasuring 42 mm."
    assert said(text)["liver_lesion_count"] == 5
    assert said(text)["largest_liver_lesion_mm"] == 42
