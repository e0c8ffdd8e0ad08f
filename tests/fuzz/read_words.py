"""Feeds texts made of the words of reports to their patterns, guided by coverage (atheris).

Nothing may raise, take long, or give a value that the catalog does not know. Development only, as
`read_anything`:

    PYTHONPATH=.:/tmp/atheris nice -n 19 .venv/bin/python -m tests.fuzz.read_words \\
        -max_total_time=3600 -rss_limit_mb=1024 -timeout=20 -max_len=600 -len_control=0
"""

import sys
from typing import Any

import atheris  # type: ignore[import-not-found]  # development only, see above

with atheris.instrument_imports(include=["fhir_mappings.reports"]):
    from fhir_mappings.reports.candidates import RULES, read_words
    from nelm.catalog import CATALOG

# The words that call for patterns, and what stands between them in reports.
WORDS = [
    *sorted({cue for rule in RULES for cue in rule.cues}),
    "liver", "metastases", "lesions", "largest", "12 mm", "4 x 3 cm", "8 %", "5-10 %", "no", "G2",
    "segment VII", "left", "right", "lobe", "1.", "2.", "- ", "\n", "\n\n", ". ", ", ", "; ", ": ",
    "(", ")", "| ", "\t", "in the", "of the", "twenty-four", "einundzwanzig", "two", "previously",
    "2021", "suspicious", "after", "4 cycles", "Findings:", "IMPRESSION:", "Comparison:", "<3 %",
    "NET", "Segment", "Size mm", "\u0130", "\u00df", "x3", "to", "and", "with", "\u2013",
    "ADDENDUM:",
]  # fmt: skip


def text_of(data: Any) -> str:
    """Words in any order, sometimes with any other signs between them."""
    pieces = []
    while data.remaining_bytes() and len(pieces) < 200:
        if data.ConsumeIntInRange(0, 15):
            pieces.append(data.PickValueInList(WORDS))
            pieces.append(" ")
        else:
            pieces.append(data.ConsumeUnicode(6))
    return "".join(pieces)


def one_input(given: bytes) -> None:
    """What atheris calls: the choices for one or two texts of a report."""
    data = atheris.FuzzedDataProvider(given)
    text = text_of(data)
    found, unread = read_words([text[: len(text) // 3], text] if len(text) % 2 else [text])
    assert all(isinstance(reason, str) for reason in unread)
    for one in found:
        kind = CATALOG[one.fact]
        assert one.sentence
        ends = one.value.values() if isinstance(one.value, dict) else [one.value]
        for end in ends:
            if isinstance(end, int | float) and kind.high is not None:
                assert kind.low <= end <= kind.high, one


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
