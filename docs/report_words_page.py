"""How well reports in words are read, as a page: precision and recall per fact."""

from collections.abc import Iterator

from docs.report_words import SETS, Score, labelled_texts, score_of, second_texts
from fhir_mappings.reports.candidates import RULES
from nelm.catalog import CATALOG
from nelm.labels import fact_label

PRINTED = "*Printed from the code and its labelled texts by `make docs`; do not edit.*"


def report_words_page() -> str:
    """The measured figures of every fact in the labelled texts, open and sealed ones apart."""
    texts = {name: labelled_texts(name) for name in SETS}
    scores = {name: score_of(found) for name, found in texts.items()}
    lines = [
        "# Reports in words: how well they are read",
        "",
        PRINTED,
        "",
        f"{len(RULES)} patterns read conclusions, text forms and results in words into",
        "*candidates*: a value with its sentence, shown beside what is missing, never counted in a",
        "verdict until a person records it. English is read first; German in its common forms.",
        "",
        f"Measured on {sum(map(len, texts.values()))} invented texts, labelled by somebody who did",
        f"not write the patterns: {len(texts['open'])} open ones, with which the patterns were",
        f"made, and {len(texts['sealed'])} sealed ones, of which only totals were seen (of all, by",
        "fact, by what stood in the way). They were looked at while the patterns were made, so",
        "that their figures are somewhat favorable too.",
        "The rules of labelling: `tests/fixtures/report_texts/README.md`.",
        "",
        "- *Precision*: of the values stated, the share that the text does state.",
        "- *Recall*: of the values that the text states, the share that was found.",
        "",
        "A dash: nothing of that fact was stated, or is there. Few texts hold a rare fact: its",
        "figures are rough.",
        "",
        "| Fact | Open: precision | Recall | Values | Sealed: precision | Recall | Values |",
        "|---|---|---|---|---|---|---|",
        *_rows(scores),
        "",
        *_second(),
        "## Not read",
        "",
        "- Numbers spelled out above ninety-nine; tables other than of lesions with a column for",
        "  place and one for size; lists that do not read as complete.",
        "- Age, sex and dates of imaging: structured sources carry them.",
        "- PDF, RTF and scanned forms, and forms that are only linked: listed, not read.",
        "- A text of more than 100,000 characters or 2,000 sentences, a sentence of more than 800",
        "  characters, a form that is mostly not filled in: each listed with its reason.",
        "- Two values of one fact in one report that contradict each other, where neither an",
        "  addendum, a date nor the impression settles it.",
    ]
    return "\n".join(lines) + "\n"


# Measured on the second texts before the patterns learned lists, tables and number words.
_BEFORE = ("98.5 %", "77.8 %")


def _second() -> list[str]:
    """What the later texts gave before and after."""
    texts = second_texts()
    score = score_of(texts)
    precision, recall = (f"{100 * one:.1f} %" for one in (score.precision(), score.recall()))
    return [
        "## A second measure",
        "",
        f"{len(texts)} texts were written and labelled before the patterns learned lists, tables",
        "and number words above twenty, by the one who then taught them and looked at totals:",
        f"precision {_BEFORE[0]} before and {precision} after, recall {_BEFORE[1]} before and",
        f"{recall} after ({score.expected()} values). By the same hand, so favorable; the sealed",
        "texts are the stricter measure.",
        "",
    ]


def _rows(scores: dict[str, Score]) -> Iterator[str]:
    held = {name for score in scores.values() for name in score.seen()}
    yield _row("**All**", [(score, None) for score in scores.values()])
    for name in sorted(held, key=lambda one: CATALOG[one].order):
        label = fact_label(name)
        yield _row(f"{label} (`{name}`)", [(score, [name]) for score in scores.values()])


def _row(label: str, scores: list[tuple[Score, list[str] | None]]) -> str:
    cells = [label]
    for score, facts in scores:
        cells += [
            _percent(score.precision(facts), score.stated(facts)),
            _percent(score.recall(facts), score.expected(facts)),
            str(score.expected(facts)),
        ]
    return f"| {' | '.join(cells)} |"


def _percent(share: float, of: int) -> str:
    return f"{100 * share:.1f} %" if of else "–"
