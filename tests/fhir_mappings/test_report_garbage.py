"""No words of a report, however odd, cost the report; and none take time beyond measure."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fhir_mappings.reports.candidates import REPEATING, RULES, candidates_in, read_words
from nelm.catalog import CATALOG

pytestmark = pytest.mark.thorough


@pytest.mark.parametrize("place", range(len(RULES)), ids=[rule.id for rule in RULES])
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_a_pattern_can_match_is_read_without_an_error(
    place: int, data: st.DataObject
) -> None:
    rule = RULES[place]
    phrase = data.draw(st.from_regex(rule.pattern))
    for text in (f"{phrase}.", f"Liver {rule.cues[0]} {phrase}."):
        assert all(one.fact in CATALOG for one in candidates_in([text]))


@pytest.mark.parametrize("word", ["zero", "0", "0.", "four", "iv"])
def test_a_krenning_score_is_read_in_words_too(word: str) -> None:
    (found,) = candidates_in([f"Krenning score {word}."])
    assert found.fact == "krenning_score"
    assert found.value == (4 if word in ("four", "iv") else 0)


def test_a_sentence_that_repeats_itself_is_read_in_part_and_says_so() -> None:
    read, unread = read_words(["Liver: " + "no liver metastases, " * 30])
    assert len(read) <= 1
    assert unread == [REPEATING]
    assert read_words(["No liver metastases, no bone metastases, no ascites."])[1] == []
