"""Getting at a report's words: forms, character sets, markup and bounds; nothing raises."""

import base64
import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fhir_mappings.mapping_set import MappingSet, load_mapping_set
from fhir_mappings.reading import read_resource
from fhir_mappings.reports import texts
from fhir_mappings.reports.candidates import LONG_SENTENCE, candidates_in
from fhir_mappings.staging_document import stage
from fhir_mappings.statements import CANDIDATE_WORDS, Reading
from nelm.facts import checked_value
from nelm.may_be_known import may_be_known, may_be_known_line

RULES: MappingSet = load_mapping_set()
WORDS = "Five liver metastases, Ki-67 <3 %."


def encoded(text: str, charset: str = "utf-8") -> str:
    return base64.b64encode(text.encode(charset)).decode()


def read(**elements: Any) -> Reading:
    report = {
        "resourceType": "DiagnosticReport",
        "id": "r1",
        "status": "final",
        "code": {"text": "CT"},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-03-01",
    }
    return read_resource(json.dumps(report | elements).encode(), RULES)


def facts(reading: Reading) -> set[str]:
    return {one.value["fact"] for one in reading.statements if one.fact == CANDIDATE_WORDS}


def reasons(reading: Reading) -> list[str]:
    return [line.reason for line in reading.not_understood]


@pytest.mark.parametrize(
    ("content_type", "charset"),
    [
        ("text/plain", "utf-8"),
        ("text/plain; charset=utf-8", "utf-8"),
        ("text/plain;charset=ISO-8859-1", "iso-8859-1"),
        ("text/plain; charset=windows-1252", "cp1252"),
        ("text/plain; charset=utf-16", "utf-16"),
    ],
)
def test_a_form_is_read_in_its_character_set(content_type: str, charset: str) -> None:
    form = {"contentType": content_type, "data": encoded("Größte Lebermetastase 42 mm.", charset)}
    assert "largest_liver_lesion_mm" in facts(read(presentedForm=[form]))


def test_html_is_read_without_its_markup_scripts_and_comments() -> None:
    page = (
        "<html><head><style>p{}</style></head><body><script>Ki-67 99 %</script>"
        "<!-- ECOG 4 --><p>Five <b>liver</b> metastases.</p><p>Ki-67 &lt;3&nbsp;%</p></body></html>"
    )
    found = facts(read(presentedForm=[{"contentType": "text/html", "data": encoded(page)}]))
    assert found >= {"liver_lesion_count", "ki67_primary_percent"}
    assert "ecog" not in found


def test_a_linked_form_is_listed_and_never_fetched() -> None:
    form = {"contentType": "text/plain", "url": "http://127.0.0.1:9/secret"}
    reading = read(presentedForm=[form])
    assert texts.ONLY_A_LINK in reasons(reading)
    assert all("127.0.0.1" not in str(line) for line in reading.not_understood)


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ({"contentType": "application/pdf", "data": "JVBERi0="}, texts.NOT_TEXT),
        ({"contentType": "text/plain", "data": "not base64!"}, texts.NOT_DECODED),
        ({"contentType": "text/plain", "data": encoded("ä", "cp1252")}, texts.NOT_DECODED),
        ({"contentType": "text/plain; charset=punycode", "data": "QQ=="}, texts.NOT_DECODED),
        ({"contentType": "text/plain"}, texts.NOT_DECODED),
        ({"contentType": 5}, texts.NOT_DECODED),
        ({"contentType": "text/plain", "data": encoded("a" * 100_001)}, texts.TOO_LONG),
        ({"contentType": "text/plain", "data": "A" * 5_000_000}, texts.TOO_LONG),
    ],
)
def test_a_form_that_is_not_read_is_listed_and_the_conclusion_still_read(
    form: dict[str, Any], reason: str
) -> None:
    reading = read(presentedForm=[form], conclusion=WORDS)
    assert reason in reasons(reading)
    assert "liver_lesion_count" in facts(reading)


def test_a_sentence_that_is_left_out_is_listed_beside_the_report() -> None:
    reading = read(conclusion=f"{WORDS} Then {'one word after another ' * 50}.")
    assert LONG_SENTENCE in reasons(reading)
    assert "liver_lesion_count" in facts(reading)


def test_only_the_first_forms_are_read() -> None:
    form = {"contentType": "text/plain", "data": encoded(WORDS)}
    assert texts.TOO_MANY in reasons(read(presentedForm=[form] * 9))


@pytest.mark.parametrize("status", ["registered", "partial", "cancelled", "entered-in-error"])
def test_words_of_a_report_that_does_not_count_are_no_candidates(status: str) -> None:
    assert facts(read(status=status, conclusion=WORDS)) == set()


def test_words_that_tell_of_our_disease_are_a_sign_of_it() -> None:
    assert read(conclusion="Liver metastases of a NET.").sign
    assert not read(conclusion="No liver metastases.").sign


def test_a_result_in_words_is_read_under_its_name() -> None:
    result = {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "code": {"text": "Ki-67"},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-03-01",
        "valueString": "approximately 8 % in the hot spots",
    }
    assert facts(read_resource(json.dumps(result).encode(), RULES)) == {"ki67_primary_percent"}
    family = result | {"code": {"text": "Family history"}, "valueString": "mother had an ileal NET"}
    assert facts(read_resource(json.dumps(family).encode(), RULES)) == set()


def test_candidates_stand_in_the_staging_document_and_never_count() -> None:
    found = stage([_bundle("Five liver metastases. ECOG 1 <b>.")], _day(), RULES)
    ecog = next(one for one in found["candidates"] if one["fact"] == "ecog")
    assert ecog["value"] == 1
    assert ecog["source"] == "DiagnosticReport/r1"
    # as written; whoever shows it escapes it
    assert ecog["sentence"] == "ECOG 1 <b>."
    assert "<" not in may_be_known_line(["ecog"], found["candidates"])
    assert ecog["effective"] == "2026-03-01"
    assert "ecog" not in found["facts"]
    assert found["staging"] == stage([_bundle("Nothing.")], _day(), RULES)["staging"]
    assert may_be_known(["ecog"], found["candidates"])[0].words == "ECOG 1"


def test_the_newest_report_says_what_may_be_known() -> None:
    older = _report("r1", "2025-03-01", "Five liver metastases. Bone metastases.")
    newer = _report("r2", "2026-03-01", "Seven liver metastases. Lung metastases.")
    found = stage([_of(newer, older)], _day(), RULES)["candidates"]
    counts = [one["value"] for one in found if one["fact"] == "liver_lesion_count"]
    sites = [one["value"] for one in found if one["fact"] == "extrahepatic_sites"]
    assert counts == [7]
    assert sorted(sites) == [["bone"], ["lung"]]


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "piece",
    [
        "Ki-67 ", "liver metastases ", "1 ", "a. ", "(((", "<", "no, ", "x: ", "\n", "segment 1 ",
        "Ki-67 12 % in the liver, five liver metastases, largest 4 cm. ", "portal vein ", "1-1-1-",
        "after PRRT and ", "between 1 mm and 2 cm lesions ", "grade 2 ", "\u00df\u0130", "<!--",
        "<p ",
    ],
)  # fmt: skip
def test_a_text_as_long_as_may_be_read_is_read_without_hanging(piece: str) -> None:
    text = (piece * (texts.LONGEST_TEXT // len(piece)))[: texts.LONGEST_TEXT]
    assert len(candidates_in([texts.without_markup(text)])) < 50


_VOCABULARY = st.sampled_from(
    "Ki-67 liver metastases no largest 12 5-10 % mm cm segment VII portal vein patent thrombosis G2"
    " NET PRRT 4 cycles after ascites ECOG <3 . , ; : \n Liver: ( ) bone and the ADDENDUM: 2021 1.5"
    " of in with grade Krenning 3 R0 Whipple stable months for 99999 0 Kein Lebermetastasen".split(
        " "
    )
)


@settings(deadline=None, max_examples=300)
@given(st.one_of(st.text(), st.lists(_VOCABULARY, max_size=60).map(" ".join)))
def test_any_text_gives_only_possible_values_and_never_raises(text: str) -> None:
    for one in candidates_in([text, text]):
        assert one.sentence
        if one.fact not in ("treatment_history",) and not isinstance(one.value, dict):
            checked_value(one.fact, one.value)


def _day() -> date:
    return date(2026, 6, 1)


def _report(name: str, day: str, words: str) -> dict[str, Any]:
    return {
        "resourceType": "DiagnosticReport",
        "id": name,
        "status": "final",
        "code": {"text": "CT"},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": day,
        "conclusion": words,
    }


def _of(*resources: dict[str, Any]) -> bytes:
    patient = {"resourceType": "Patient", "id": "p1", "birthDate": "1960-01-01"}
    entries = [{"resource": one} for one in (patient, *resources)]
    return json.dumps({"resourceType": "Bundle", "entry": entries}).encode()


def _bundle(words: str) -> bytes:
    return _of(_report("r1", "2026-03-01", words))
