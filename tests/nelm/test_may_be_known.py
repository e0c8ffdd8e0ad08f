"""What is only said in words stands beside what is missing, with its sentence, and escaped."""

from nelm.assessment import assess
from nelm.explanation import explain
from nelm.facts import FactSet
from nelm.may_be_known import asked_for, may_be_known, may_be_known_line, said_of_missing
from tests.nelm.test_explanation import AS_OF, RESECTABLE

ECOG = {"fact": "ecog", "value": 1, "sentence": "ECOG 1.", "source": "DiagnosticReport/7"}
SITES = {
    "fact": "extrahepatic_sites",
    "value": ["bone", "lung"],
    "sentence": "Bone and lung metastases.",
    "source": "DiagnosticReport/8",
}
BELOW_THREE = {
    "fact": "ki67_metastasis_percent",
    "value": {"max": 3, "max_open": True},
    "sentence": "Ki-67 ‹3 %",
    "source": "Observation/9",
}
EARLIER = {
    "fact": "treatment_history",
    "value": [{"therapy": "prrt", "cycles": 4}],
    "sentence": "After 4 cycles of PRRT.",
    "source": "DiagnosticReport/7",
}


def test_a_candidate_of_a_missing_fact_is_said_with_its_sentence_and_source() -> None:
    line = may_be_known_line(["ecog"], [ECOG])
    assert line.startswith("May be known (stated in words, not confirmed, not counted): ECOG 1")
    assert "“ECOG 1.”" in line
    assert "DiagnosticReport/7" in line


def test_a_candidate_of_a_known_fact_is_not_said() -> None:
    assert may_be_known_line(["krenning_score"], [ECOG]) == ""
    assert may_be_known([], [ECOG]) == []


def test_a_fact_that_can_stand_in_for_the_missing_one_may_be_known_too() -> None:
    found = may_be_known(["ki67_primary_percent"], [BELOW_THREE])
    assert [one.words for one in found] == ["Ki-67 of the metastasis below 3 %"]


def test_sets_and_treatments_are_said_in_words() -> None:
    found = may_be_known(["extrahepatic_sites", "treatment_history"], [EARLIER, SITES])
    assert [one.fact for one in found] == ["extrahepatic_sites", "treatment_history"]
    assert "bone" in found[0].words
    assert "PRRT" in found[1].words or "prrt" in found[1].words


def test_the_same_value_of_two_reports_is_said_once() -> None:
    again = ECOG | {"sentence": "Performance status: ECOG 1", "source": "DiagnosticReport/9"}
    assert len(may_be_known(["ecog"], [ECOG, again])) == 1


def test_what_a_report_says_stays_text_in_markdown() -> None:
    sentence = "[ECOG 1](https://example.org) **bold** <b>x</b> `y` | z"
    line = may_be_known_line(["ecog"], [ECOG | {"sentence": sentence}])
    assert "\\[ECOG 1\\](https" in line
    assert "\\*\\*bold\\*\\*" in line
    assert "<b>" not in line


def test_a_long_sentence_is_cut() -> None:
    line = may_be_known_line(["ecog"], [ECOG | {"sentence": "word " * 100}])
    assert len(line) < 300
    assert "…" in line


def test_an_explanation_says_where_words_contradict_what_counts() -> None:
    assessment = assess(FactSet.of(RESECTABLE | {"ecog": 0}), None, AS_OF)
    told = explain(assessment, "hepatectomy", [ECOG | {"effective": "2026-05-28"}])
    assert "**Report of 2026-05-28 says otherwise:** “ECOG 1.” (on file: ECOG 0)" in told


def test_an_explanation_says_what_may_be_known_beside_what_is_missing() -> None:
    known = {name: one for name, one in RESECTABLE.items() if name != "ecog"}
    assessment = assess(FactSet.of(known), None, AS_OF)
    option = next(one for one in assessment.options if "ecog" in one.missing)
    told = explain(assessment, option.option.id, [ECOG])
    assert "May be known" in told.partition("## Missing")[2]
    assert "May be known" not in explain(assessment, option.option.id)


def test_what_is_missing_and_what_the_work_up_would_bring_is_asked_for_once() -> None:
    known = assess(FactSet.of(RESECTABLE), None, AS_OF)
    bare = {name: RESECTABLE[name] for name in ("has_neuroendocrine_tumor", "has_liver_metastases")}
    unknown = asked_for(assess(FactSet.of(bare), None, AS_OF))
    assert len(unknown) == len(set(unknown))
    assert {"ki67_primary_percent", "extrahepatic_disease", "gastrin"} <= set(unknown)
    assert not set(asked_for(known)) & set(RESECTABLE)


def test_a_note_stands_beside_the_value() -> None:
    line = may_be_known_line(["ecog"], [ECOG | {"note": "two reports of this day differ"}])
    assert "two reports of this day differ (“ECOG 1.”" in line


def test_an_address_in_a_sentence_becomes_no_link_anywhere() -> None:
    sentence = "ECOG 1, see http://evil.example or WWW.evil.example or a@evil.example."
    line = may_be_known_line(["ecog"], [ECOG | {"sentence": sentence}])
    assert not any(link in line for link in ("://", "WWW.", "@"))
    assert "evil.example" in line


def test_what_reports_say_of_missing_facts_is_part_of_what_is_told() -> None:
    record = {"missing": ["ecog"], "candidates": [ECOG, SITES]}
    assert said_of_missing(record) == [["ecog", "ECOG 1"]]
    again = ECOG | {"sentence": "Performance status: ECOG 1", "source": "DiagnosticReport/9"}
    assert said_of_missing(record | {"candidates": [again]}) == said_of_missing(record)
    assert said_of_missing({"missing": ["ecog"], "candidates": []}) == []
