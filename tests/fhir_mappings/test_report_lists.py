"""Lists and tables of lesions, number words, and words that are left out: each listed."""

from typing import Any

import pytest

from fhir_mappings.reports import candidates
from fhir_mappings.reports.candidates import candidates_in, read_words
from fhir_mappings.reports.texts import without_markup

LIST = "Liver metastases:\n1. Segment II, 12 mm\n2. Segment IVa, 31 mm\n3. Segment VII, 2.4 cm\n"
OF_LIST = {"liver_lesion_count": 3, "largest_liver_lesion_mm": 31, "bilobar": True}


def said(text: str) -> dict[str, Any]:
    found = {one.fact: one.value for one in candidates_in([text])}
    found.pop("has_liver_metastases", None)
    return found


@pytest.mark.parametrize(
    "text",
    [
        LIST,
        f"{LIST}No further focal lesions.",
        "Lebermetastasen:\n- Segment II: 12 mm\n- Segm. IVa: 31 mm\n- Segment VII: 2,4 cm\n",
        "Metastases of the liver\n(a) S2 12 mm\n(b) S4a 31 mm (previously 28 mm)\n(c) S7 24 mm\n",
        "Liver:\n1) 12 mm metastasis, segment 2\n2) 31 mm metastasis, segment 4\n"
        "3) 24 mm metastasis, segment 7\n4) 50 mm simple cyst, segment 8\nSpleen normal.",
        "Hepatic metastases:\nSegment II: 12 mm\nSegment IV: 31 mm\nSegment VII: 24 mm",
        "Three liver metastases:\n- left lobe 12 mm\n- left lobe 31 mm\n- right lobe 24 mm",
        "Liver metastases\n| No | Segment | Size mm |\n|---|---|---|\n| 1 | II | 12 |\n"
        "| 2 | IVa | 31 |\n| 3 | VII | 24 |\n",
        "Liver metastases\nNo\tSegment\tSize (cm)\n1\tII\t1.2\n2\tIVa\t3.1\n3\tVII\t2.4\n",
        "Lebermetastasen\nNr.  Lage  Größe\n1  Segment II  12 mm\n2  Segment IV  31 mm\n"
        "3  Segment VII  24 mm",
    ],
)
def test_a_complete_list_gives_number_largest_and_lobes(text: str) -> None:
    assert said(text) == OF_LIST


@pytest.mark.parametrize(
    "text",
    [
        "Liver metastases in segment II (12 mm), IVa (31 mm) and VII (24 mm).",
        "Liver mets: S2 12 mm, S4 31 mm, S7 2.4 cm.",
        "Lebermetastasen in Segment II (12 mm), IV (3,1 cm) und VII (24 mm).",
        "Three liver metastases in segment 2, 12 mm, segment 4, 31 mm, and segment 7, 24 mm.",
    ],
)
def test_a_list_in_one_line_is_read_like_one_over_lines(text: str) -> None:
    assert said(text) == OF_LIST


@pytest.mark.parametrize(
    "text",
    [
        "Liver metastases, e.g. in segment VI (31 mm) and VII (18 mm).",
        "Multiple liver metastases in segment VI (31 mm) and VII (18 mm).",
        "Liver metastases in segment VI (31 mm) and VII (18 mm) among others.",
        "Liver metastases in segment VI (31 mm) and VII (18 mm) were resected.",
        "Possible liver metastases in segment VI (31 mm) and VII (18 mm).",
        "Liver metastases in segment VI (31 mm) and VII (18 mm) are suspected.",
        "Prior CT: liver metastases in segment VI (31 mm) and VII (18 mm).",
    ],
)
def test_a_list_in_one_line_that_is_not_of_all_gives_nothing(text: str) -> None:
    assert not said(text).keys() & {"liver_lesion_count", "bilobar"}


@pytest.mark.parametrize("sign", "*•▪◦-+")
def test_every_common_bullet_begins_a_line_of_a_list(sign: str) -> None:
    lines = "\n".join(f"{sign} {line[3:]}" for line in LIST.splitlines()[1:])
    assert said(f"Liver metastases:\n{lines}") == OF_LIST


def test_lists_and_tables_of_html_are_read() -> None:
    rows = "".join(
        f"<tr><td>{place}</td><td>{size}</td></tr>"
        for place, size in (("II", 12), ("IVa", 31), ("VII", 24))
    )
    table = f"<table><tr><th>Segment</th><th>Size (mm)</th></tr>{rows}</table>"
    assert said(without_markup(f"<h3>Liver metastases</h3>{table}")) == OF_LIST
    items = "".join(f"<li>{line[3:]}</li>" for line in LIST.splitlines()[1:])
    assert said(without_markup(f"<p>Liver metastases:</p><ol>{items}</ol>")) == OF_LIST
    results = "<table><tr><td>INR</td><td>1.1</td></tr></table>"
    assert said(without_markup(results)) == {"inr": 1.1}


def test_the_sentence_of_a_list_is_its_heading_and_lines() -> None:
    found = candidates_in([LIST])
    count = next(one for one in found if one.fact == "liver_lesion_count")
    assert count.pattern == "lesion_list"
    assert count.sentence == (
        "Liver metastases: … Segment II, 12 mm … Segment IVa, 31 mm … Segment VII, 2.4 cm"
    )


@pytest.mark.parametrize(
    "text",
    [
        f"Comparison: CT 2024. {LIST}",
        f"{LIST}In addition multiple tiny lesions.",
        f"{LIST}Weitere kleine Herde.",
        LIST.replace("Liver", "Possible liver"),
        LIST.replace("Liver", "Target lesions, liver"),
        LIST.replace("Liver", "Multiple liver"),
        LIST.replace("Liver", "The largest liver"),
        LIST.replace("Liver metastases:", "Liver metastases, previously:"),
        LIST.replace("Liver metastases:", "Liver metastases of the colon carcinoma:"),
        LIST.replace("Liver metastases", "Indeterminate liver lesions"),
        LIST.replace("Liver metastases", "Simple liver cysts"),
        LIST.replace("Liver metastases", "Enlarged lymph nodes"),
        LIST.replace("31 mm", "31 mm, suspicious only"),
        LIST.replace("31 mm", "ablated in 2024"),
        LIST.replace("31 mm", "two metastases"),
        LIST.replace("Segment VII, 2.4 cm", "Bone: L3, metastasis, 2.4 cm"),
    ],
)
def test_a_list_that_is_not_of_all_metastases_now_gives_nothing(text: str) -> None:
    assert not said(text).keys() & OF_LIST.keys()


def test_a_heading_that_counts_otherwise_wins_over_its_list() -> None:
    assert said(f"Five {LIST.lower()}") == {"liver_lesion_count": 5}


def test_a_line_about_one_segment_tells_nothing_of_all() -> None:
    text = "Liver metastases:\n1. Segments II and III: three lesions up to 12 mm\n2. Other organs"
    assert not said(text).keys() & OF_LIST.keys()


def test_a_size_that_is_missing_leaves_the_largest_open() -> None:
    text = LIST.replace(", 31 mm", " (too small to measure)")
    assert said(text) == {"liver_lesion_count": 3, "bilobar": True}
    changed = LIST.replace("31 mm", "31 mm -> 28 mm")
    assert "largest_liver_lesion_mm" not in said(changed)


def test_a_segment_that_is_missing_leaves_one_lobe_open() -> None:
    text = "Liver:\n1) 12 mm metastasis, segment 2\n2) 31 mm metastasis\n"
    assert said(text) == {"liver_lesion_count": 2, "largest_liver_lesion_mm": 31}
    assert said("Liver metastases:\n- S5 12 mm\n- S6/7 9 mm")["bilobar"] is False


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("seventeen", 17), ("nineteen", 19), ("twenty", 20), ("twenty-four", 24),
        ("thirty one", 31), ("ninety-nine", 99), ("forty", 40),
    ],
)  # fmt: skip
def test_number_words_are_read_up_to_ninety_nine(word: str, value: int) -> None:
    assert said(f"{word.capitalize()} liver metastases.")["liver_lesion_count"] == value
    size = said(f"The largest liver metastasis measures {word} millimeters.")
    assert size["largest_liver_lesion_mm"] == value
    burden = said(f"Liver tumor burden {word} percent.")
    assert burden["liver_tumor_burden_percent"] == value


@pytest.mark.parametrize(
    ("word", "value"),
    [("vierzehn", 14), ("neunzehn", 19), ("einundzwanzig", 21), ("dreißig", 30)],
)
def test_german_number_words_are_read(word: str, value: int) -> None:
    assert said(f"{word.capitalize()} Lebermetastasen.")["liver_lesion_count"] == value


def test_number_words_are_no_parts_of_other_words() -> None:
    assert "liver_tumor_burden_percent" not in said("Liver tumor burden often percent.")
    assert said("Between twenty and thirty liver metastases.")["liver_lesion_count"] == {
        "min": 20,
        "max": 30,
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"ECOG 1. Liver metastases {'and more words ' * 60}.", candidates.LONG_SENTENCE),
        ("Krenning 3. " * 2_001, candidates.MANY_SENTENCES),
        ("Ki-67: ___ %\nMitoses: ___\nECOG 1", candidates.OF_NOBODY),
    ],
)
def test_words_that_are_left_out_are_listed_with_their_reason(text: str, reason: str) -> None:
    assert reason in read_words([text])[1]


def test_what_stands_beside_a_sentence_that_is_too_long_is_still_read() -> None:
    found, unread = read_words([f"ECOG 1. Liver metastases {'and more words ' * 60}."])
    assert [one.fact for one in found] == ["ecog"]
    assert unread == [candidates.LONG_SENTENCE]
    assert read_words(["ECOG 1."])[1] == []


def test_letters_that_become_two_in_lower_case_leave_their_sentence_readable() -> None:
    assert said("İzmir: ECOG 1.")["ecog"] == 1
