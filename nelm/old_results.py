"""Results older than their limit, counted for one line: how many, and how old the oldest is."""

from __future__ import annotations

from collections.abc import Iterable

from nelm.assessment import Assessment
from nelm.catalog import CATALOG

_CLOSED = frozenset({"contraindicated", "not_indicated"})
# Of results of one day the first of these is named.
_KINDS = {
    "imaging": "imaging",
    "receptor": "receptor imaging",
    "labs": "laboratory values",
    "ecog": "ECOG",
}
_PLACE = {kind: place for place, kind in enumerate(_KINDS)}


def too_old(assessment: Assessment) -> frozenset[str]:
    """The facts older than the general limits that an option which is not closed reads.

    Source: operational (the limits of pathway section 7).
    """
    read = (one.stale for one in assessment.options if one.verdict not in _CLOSED)
    return assessment.stale.intersection(name for names in read for name in names)


def too_old_words(assessment: Assessment, names: Iterable[str], *, more: bool = False) -> str:
    """Such as "12 results too old (imaging 400 days)", of the oldest; empty without any."""
    found = (fact for name in names if (fact := assessment.facts.get(name)) is not None)
    dated = sorted(
        (one.effective, _PLACE[CATALOG[one.name].freshness or "labs"])
        for one in found
        if one.effective is not None
    )
    if not dated:
        return ""
    since, place = dated[0]
    kind = list(_KINDS.values())[place]
    beyond = " more" if more else ""
    count = f"{len(dated)}{beyond} result{'s' * (len(dated) > 1)}"
    return f"{count} too old ({kind} {(assessment.as_of - since).days} days)"
