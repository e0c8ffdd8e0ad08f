"""Words and checks that the patterns for count and size share."""

from __future__ import annotations

import re

from fhir_mappings.reports.rules import (
    Place,
)

LESION = r"(?:metastas[ei]s|lesions?|tumou?rs?|deposits?|nodules?|foci|mets|secondaries)"


LESIONS = (
    r"(?:metastases|lesions|tumou?rs|deposits|nodules|foci|mets|herde|metastasen|läsionen|filiae)"
)


ADJECTIVE = (
    r"(?:known|residual|remaining|hypervascular|arterially|enhancing|hypodense|hyperenhancing|avid"
    r"|dotatate-avid|dota-avid|tracer-avid|small|large|discrete|separate|distinct|bilobar|unilobar"
    r"|visible|focal|solid|individual|measurable|metastatic|neuroendocrine|sstr-positive|confluent"
    r"|somatostatin|receptor|positive|receptor-positive|histologically|proven|biopsy-proven"
    r"|definite|further|multifocal|subcentimet(?:er|re)|synchronous|metachronous"
    r"|hypermetabolic|well-defined|stable"
    r"|unchanged|persistent|arteriell|hypervaskularisierte|bekannte|hypervaskuläre|bilobäre"
    r"|residual|viable|subcapsular|net|fdg-avid|peripheral|central|other)"
)


NOT_ALL = re.compile(
    r"\b(?:new|additional|further|more(?! than)|target|largest|biggest|other|index|smaller"
    r"|satellite"
    r"|resected|ablated|treated"
    r"|removed|resection of|ablation of|embolization of|enucleation of|metastasectomy)\b"
)


NUMBERED = re.compile(
    r"\b(?:segments?|seg\.?|stage|type|grade|phase|krenning|score|lesion|figure|series|image|no\.?"
    r"|number|line|day|week|cycle)\s?(?:\d{1,2}[ab]?\s?(?:,|and|/|-)\s?){0,6}$"
)


_PART = re.compile(
    r"[-•+\d.() ]{0,6}(?:in )?(?:seg\w*\.?|s) ?(?:viii|vii|vi|iv|iii|ii|v|i|[1-8])[ab]?\b"
)


def is_of_a_segment(match: re.Match[str]) -> bool:
    """The line tells of one segment: "Segments II and III: three lesions up to 12 mm"."""
    return _PART.match(match.string) is not None


def counts_all(match: re.Match[str], place: Place) -> bool:
    """Not the new, further, target or removed ones only, nor those of one lobe."""
    around = match.string[max(0, match.start() - 30) : match.end()]
    after = match.string[match.end() : match.end() + 40]
    one_lobe = re.match(r",? (?:in|of|within|involving) (?:the )?(?:left|right)\b", after)
    treated = re.match(
        r" or (?:more|less|fewer)\b"
        r"|[^;,]{0,30}\b(?:were|was|have been|has been|being|can be|could be|to be) (?:\w+ )?"
        r"(?:resected|ablated|removed|treated|enucleated|embolized)",
        after,
    )
    return not (
        NOT_ALL.search(around)
        or one_lobe
        or treated
        or is_of_a_segment(match)
        or NUMBERED.search(match.string[: match.start()])
        or re.search(
            r"\b(?:left|right) (?:hepatic |liver )?(?:lobe|hemiliver)\W{0,3}$",
            match.string[max(0, match.start() - 20) : match.start()],
        )
        or re.search(
            r"biops|punctur|sampled|fiducial|specimen|hepatectom",
            match.string[max(0, match.start() - 40) : match.end() + 40],
        )
    )


def in_liver(match: re.Match[str], place: Place) -> bool:
    """The phrase stands under the liver."""
    return place.organ == "liver"
