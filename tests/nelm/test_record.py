"""Records: kept small, read back whole, long after the criteria's texts have changed."""

import copy
import json
from datetime import date

import pytest

from nelm import FactSet, Parameters, assess, from_document, to_document
from nelm.case_file import read_case
from nelm.record import expanded, to_record
from nelm.rulebook import Rulebook, rulebook
from tests.vignettes.worked_cases import case_file, sheet

pytestmark = pytest.mark.thorough

NELM = {"has_liver_metastases": True, "has_neuroendocrine_tumor": True}
CASES = {case["id"]: case for case in sheet()["cases"]}


def _kept(text: object) -> dict[str, object]:
    """What comes back from storage: JSON, and nothing else."""
    found: dict[str, object] = json.loads(json.dumps(text))
    return found


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_a_record_and_its_rulebook_give_the_whole_document_back(case: dict[str, object]) -> None:
    assessment = assess(*read_case(case_file(case)))
    book = Rulebook(_kept(rulebook(assessment.parameters).document))
    record = _kept(to_record(assessment))
    assert record["rulebook"] == book.digest
    assert expanded(record, book) == _kept(to_document(assessment))


@pytest.mark.parametrize("case", list(CASES.values())[::25])
def test_the_assessment_behind_a_record_is_judged_again_from_it(case: dict[str, object]) -> None:
    assessment = assess(*read_case(case_file(case)))
    again = from_document(_kept(to_record(assessment)))
    assert to_document(again) == to_document(assessment)


def test_a_record_is_a_tenth_of_its_document_or_less() -> None:
    found = [assess(*read_case(case_file(case))) for case in CASES.values()]
    records = sum(len(json.dumps(to_record(one))) for one in found)
    documents = sum(len(json.dumps(to_document(one))) for one in found)
    assert records * 10 < documents


def test_what_was_kept_still_says_what_it_said_after_a_title_has_changed() -> None:
    assessment = assess(FactSet.of(NELM), as_of=date(2026, 6, 1))
    record, then = _kept(to_record(assessment)), rulebook(assessment.parameters)
    changed = copy.deepcopy(then.document)
    criterion = changed["options"]["ablation"]["criteria"][0]
    criterion["title"] = criterion["title_to_check"] = "Something else"
    now = Rulebook(changed)
    assert now.digest != then.digest
    assert expanded(record, then) == _kept(to_document(assessment))
    assert expanded(record, now) != expanded(record, then)


def test_a_changed_parameter_is_the_threshold_that_a_record_shows() -> None:
    parameters = Parameters({"ablation_max_mm": 40})
    assessment = assess(FactSet.of(NELM), parameters, date(2026, 6, 1))
    document = expanded(_kept(to_record(assessment)), rulebook(parameters))
    ablation = next(one for one in document["options"] if one["option"] == "ablation")
    thresholds = [one["threshold"] for one in ablation["criteria"] if one["threshold"]]
    assert {"ablation_max_mm": 40} in thresholds


def test_a_pack_that_is_off_stands_in_no_rulebook() -> None:
    off = Parameters({"packs": {"later": False}})
    assert rulebook(off).digest != rulebook(Parameters()).digest
    assert rulebook(off) is rulebook(Parameters({"packs": {"later": False}}))


def test_a_record_of_other_criteria_is_refused() -> None:
    assessment = assess(FactSet.of(NELM), as_of=date(2026, 6, 1))
    record = to_record(assessment)
    record["options"][0][3] += "a"
    with pytest.raises(ValueError, match="zip"):
        expanded(record, rulebook(assessment.parameters))
