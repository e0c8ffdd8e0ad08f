"""Lists of liver metastases, one line each: their number, the largest and the lobes.

Only a list that reads as complete says so: nothing of targets, examples, doubts and removed ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from fhir_mappings.reports import context
from fhir_mappings.reports.contradictions import Candidate, Found
from fhir_mappings.reports.quantities import COUNT, SIZE, amount_in, millimeters_in
from fhir_mappings.reports.sentences import Sentence

PATTERN = "lesion_list"
_MOST_ITEMS = 40
_LONGEST_ITEM = 120

_NUMERAL = r"(?:viii|vii|vi|iv ?[ab]?|iii|ii|v|i|[1-8] ?[ab]?)(?![a-z\d]|[.,]\d)"
_SEGMENTS = re.compile(
    rf"\b(?:seg(?:m|s|ments?|mente?n?)?\b\.?|s(?=[1-8]|[ivx ]{{1,4}}\b)) ?"
    rf"(?P<list>{_NUMERAL}(?: ?(?:/|-|,|and|und|&|to) ?{_NUMERAL})*)"
)
_LOBE = re.compile(
    r"\b(?:(?P<left>left|link\w+)|(?:right|recht\w+)) (?:hepatic |liver )?"
    r"(?:lobe|hemiliver|leberlappen|lappen)\b"
)
_LEFT, _RIGHT = (
    frozenset(("ii", "iii", "iv", "2", "3", "4")),
    frozenset(("v", "vi", "vii", "viii", "5", "6", "7", "8")),
)
_MARKER = re.compile(
    r"(?:[-•+·>▪◦‣○]|\s{2}|\(?\d{1,2}[.):]|#\d{1,2}:?|\(?[a-h][.)]|(?:lesion|herd) \d{1,2}:?)\s*"
)
_BARE_MARKER = re.compile(r"\(?\d{1,2}[.):]?$")
_METASTASIS = r"(?:metastas[ei]s|metastasen?|mets|secondaries|filiae?|deposits?)"
_HEAD = re.compile(
    rf"\b(?:liver|hepatic) (?:\w+ )?{_METASTASIS}\b|\b{_METASTASIS} (?:of|in|to|der|in der) "
    rf"(?:the )?(?:liver|leber)\b|\bleber(?:metastasen|filiae|metastasierung)\b"
)
_LIVER_HEAD = re.compile(r"^(?:in the )?(?:liver|leber)\b[^.;]{0,30}:?$")
_ONE = re.compile(rf"\b{_METASTASIS}\b")
# What makes a list one of some lesions only, or of lesions at another time.
_SOME = re.compile(
    r"\b(?:targets?|non-?targets?|index|reference|measurable|largest|biggest|new|additional"
    r"|further|other|selected|represent\w+|examples?|e\.g|such as|including|includes?|among|some"
    r"|several|multiple|numerous|innumerable|countless|many|disseminated|diffuse|treated|ablated"
    r"|resected|removed|embolized|biops\w+|previous\w*|prior|former\w*|planned|zahlreiche?n?"
    r"|multiple|einige|größte\w*|neue?n?|beispiel\w*|u\. ?a|z\. ?b|behandelte?n?|resezierte?n?)\b"
)
_MANY = re.compile(
    r"\b(?:lesions|metastases|metastasen|deposits|nodules|foci|herde|cluster\w*|group|confluent"
    r"|conglomerat\w*|multiple|several|two|three|four|each|zwei|drei|je|satellites?)\b"
)
_GONE = re.compile(
    r"\b(?:no|not|without|resected|ablated|removed|resolved|disappeared|treated|necro\w+|formerly"
    r"|nicht|kein\w*|reseziert|abladiert|verschwunden|former)\b"
)
_BENIGN = re.compile(r"\b(?:\w*cysts?|\w*zysten?|h[aä]e?mangiom\w*|fnh|adenomas?|calcif\w+)\b")
_ELSEWHERE = re.compile(
    r"\b(?:bones?|lungs?|nodes?|lymph\w*|pancrea\w*|pankrea\w*|spleen|kidneys?|adrenals?"
    r"|vertebra\w*"
    r"|periton\w*|ovar\w*|knochen\w*|milz|nieren?|ile(?:um|al)|jejun\w*|chest|brain)\b"
)
_MORE = re.compile(
    r"\b(?:additional|further|other|more|multiple|numerous|several|many|smaller|remaining|also"
    r"|weitere\w*|zahlreiche|zusätzlich\w*)\b[^.;]{0,30}?\b(?:lesions?|metastas\w+|deposits?"
    r"|nodules?|foci|herde?)\b"
)
_COUNT = re.compile(rf"(?<![\w.,/-]){COUNT}(?= (?:\w+ ){{0,3}}?(?:{_METASTASIS}|leber\w+))")
_SIZE = re.compile(SIZE)
_BEFORE = re.compile(r"\([^()]*\)")
_PLAIN_SIZE = re.sub(r"\?P<\w+>", "?:", SIZE)
_WHERE = r"(?:in )?(?:seg(?:m|s|ments?|mente?n?)?\b\.? ?|\bs ?|\b)"
_SIZED = rf" ?(?:\((?:{_PLAIN_SIZE})\)|[:,]? ?(?:{_PLAIN_SIZE}))"
_IN_SEGMENT = rf"{_NUMERAL}(?: ?/ ?{_NUMERAL})?"
_PART = re.compile(rf"{_WHERE}(?P<where>{_IN_SEGMENT}){_SIZED}")
_RUN = re.compile(
    rf"(?:{_WHERE}{_IN_SEGMENT}{_SIZED}(?:, and |, und |,|;| and| und| &)? ?){{2,12}}"
)
_NOT_ALL_OF_LINE = re.compile(
    rf"[^.;]{{0,40}}?(?:\b(?:among|others?|etc|further|weitere\w*)\b|{_SOME.pattern}"
    rf"|{_GONE.pattern}|{_ELSEWHERE.pattern})"
)
_NOT_HERE = ("plan", "prior", "general", "question", "family")


class _Line(NamedTuple):
    sentence: Sentence
    marker: str
    rest: str


class _Item(NamedTuple):
    sentence: Sentence
    size: float | int | None
    lobes: frozenset[str] | None


def stated_by_lists(sentences: Sequence[Sentence]) -> Iterator[Found]:
    """What complete lists of liver metastases state, with their heading and lines as sentence.

    Source: mapping.md "Words" ("bilobar also from segments if every lesion is listed").
    """
    for sentence in sentences:
        yield from _in_one_line(sentence)
    lines = list(_marked(sentences))
    for first, last in _runs(lines):
        if last - first > 1 and not _continues(lines[last - 1 : last + 1]):
            head, *found = (one.sentence for one in lines[first - 1 : last + 2])
            yield from _stated(head, found[: last - first], found[last - first :])


def _runs(lines: Sequence[_Line]) -> Iterator[tuple[int, int]]:
    """Where lines of a list follow each other, behind the first line: begin and end."""
    first = 1
    while first < len(lines):
        last = first
        while last < min(len(lines), first + _MOST_ITEMS) and _is_item(lines[last]):
            last += 1
        yield first, last
        first = max(last, first + 1)


def _has_size(low: str) -> bool:
    """Cheaply: most sentences name no size, so that no list has to be looked for."""
    return "mm" in low or "cm" in low


def _in_one_line(sentence: Sentence) -> Iterator[Found]:
    """ "Liver metastases in segment II (12 mm), IVa (31 mm) and VII (24 mm)": all of them."""
    low = sentence.low
    head = _HEAD.search(low) if _has_size(low) else None
    run = _RUN.search(low, head.end()) if head else None
    if head is None or run is None:
        return
    before = Sentence(low[: run.start()], sentence.shown, sentence.chapter, sentence.organ)
    parts = [_part(one) for one in _PART.finditer(low, *run.span())]
    if (
        context.polarity(sentence, *head.span()) == context.AFFIRMED
        and _counts(before, parts)
        and not _NOT_ALL_OF_LINE.match(low, run.end())
        and _counts_as(before.low, len(parts))
    ):
        yield from _found([_item(one) for one in parts], sentence, sentence.shown)


def _part(match: re.Match[str]) -> Sentence:
    """One of them as a line of its own; "VII (24 mm)" is of a segment too."""
    size = match[0][match.end("where") - match.start() :]
    return Sentence(f"segment {match['where']} {size}", match[0])


def _counts_as(low: str, number: int) -> bool:
    """The heading says this number of metastases, or none."""
    said = _COUNT.search(low)
    return said is None or bool(amount_in(said) == number)


def _found(items: list[_Item], head: Sentence, shown: str) -> Iterator[Found]:
    for fact, value in _facts(items):
        candidate = Candidate(fact, value, shown, PATTERN)
        yield Found(candidate, head.chapter, context.year_of(head), earlier=False)


def _marked(sentences: Sequence[Sentence]) -> Iterator[_Line]:
    """Each sentence with the number, letter or dash before it."""
    held = ""
    for sentence in sentences:
        if _BARE_MARKER.fullmatch(sentence.low):
            held = sentence.low
            continue
        marker = _MARKER.match(sentence.low)
        rest = sentence.low[marker.end() :] if marker else sentence.low
        yield _Line(sentence, marker[0] if marker else held, rest)
        held = ""


def _is_item(line: _Line) -> bool:
    if len(line.rest) > _LONGEST_ITEM:
        return False
    found = _SEGMENTS.search(line.rest) or _LOBE.search(line.rest)
    if found is None:
        return bool(line.marker and _ONE.search(line.rest) and _SIZE.search(line.rest))
    return bool(line.marker) or found.start() == 0


def _continues(ends: Sequence[_Line]) -> bool:
    """Behind the last item stands another one of the same form that is not understood."""
    forms = [re.sub(r"[\da-h]+", "n", one.marker.strip()) for one in ends]
    return len(forms) == 2 and forms[0] == forms[1] != ""


def _stated(head: Sentence, lines: list[Sentence], after: list[Sentence]) -> Iterator[Found]:
    if not _counts(head, lines) or any(_goes_on(one) for one in after):
        return
    items = [_item(one) for one in lines if not _BENIGN.search(one.low)]
    if len(items) > 1 and _counts_as(head.low, len(items)):
        shown = " … ".join([head.shown, *(one.sentence.shown for one in items)])
        yield from _found(items, head, shown)


def _counts(head: Sentence, lines: list[Sentence]) -> bool:
    """A heading that says liver metastases, of this patient now, and lines that are one each."""
    found = _HEAD.search(head.low)
    if found is None:
        found = _LIVER_HEAD.search(head.low)
        if found is None or not all(_ONE.search(x.low) or _BENIGN.search(x.low) for x in lines):
            return False
    return _is_of_now(head, *found.span()) and not any(map(_speaks_against, lines))


_OTHERWISE_MEANT = (context.is_earlier, context.is_planned, context.is_supposed)


def _is_of_now(head: Sentence, start: int, end: int) -> bool:
    """All metastases of this patient as they are, said without doubt."""
    return not (
        head.chapter in _NOT_HERE
        or _SOME.search(_BEFORE.sub(" ", head.low))
        or context.polarity(head, start, end) != context.AFFIRMED
        or any(is_meant(head, start, end) for is_meant in _OTHERWISE_MEANT)
        or context.is_of_another_person(head)
        or context.names_another_tumor(head.low)
    )


def _speaks_against(line: Sentence) -> bool:
    """More than one lesion, none any more, one in doubt, or one elsewhere."""
    low = line.low
    return bool(
        _MANY.search(low)
        or _GONE.search(low)
        or _ELSEWHERE.search(low)
        or (not _BENIGN.search(low) and context.polarity(line, 0, 0) != context.AFFIRMED)
    )


def _goes_on(line: Sentence) -> bool:
    """More lesions in words behind the list."""
    found = _MORE.search(line.low)
    return found is not None and context.polarity(line, *found.span()) != context.NEGATED


def _item(line: Sentence) -> _Item:
    return _Item(line, _size_in(line.low), _lobes_in(line.low))


def _size_in(low: str) -> float | int | None:
    """In mm; what stands in brackets beside another size is the former one."""
    found = list(_SIZE.finditer(_BEFORE.sub(" ", low))) or list(_SIZE.finditer(low))
    return millimeters_in(found[0]) if len(found) == 1 else None


def _lobes_in(low: str) -> frozenset[str] | None:
    """None where neither segment nor lobe is named; segment I lies in neither lobe."""
    lobe = _LOBE.search(low)
    if lobe:
        return frozenset(("left" if lobe["left"] else "right",))
    segments = _SEGMENTS.search(low)
    if segments is None:
        return None
    named = {one.rstrip(" ab") for one in re.findall(_NUMERAL, segments["list"])}
    sides = (("left", _LEFT), ("right", _RIGHT))
    return frozenset(side for side, numbers in sides if named & numbers)


def _facts(items: list[_Item]) -> Iterator[tuple[str, Any]]:
    yield "has_liver_metastases", True
    yield "liver_lesion_count", len(items)
    sizes = [one.size for one in items if one.size is not None]
    if len(sizes) == len(items):
        yield "largest_liver_lesion_mm", max(sizes)
    lobes = frozenset[str]().union(*(one.lobes or () for one in items))
    every = all(one.lobes is not None for one in items)
    if len(lobes) == 2 or (lobes and every):
        yield "bilobar", len(lobes) == 2
