"""The one line above a proposal where what its strategy is named after is closed to the patient.

"Transarterial treatment first" must not be read by somebody whose portal vein is shut.
"""

from __future__ import annotations

from collections.abc import Iterator

from nelm.assessment import Assessment
from nelm.criteria import Judgement
from nelm.grounds import deciding_outcome
from nelm.labels import missing_names, option_label
from nelm.phrases import clipped, lowered
from nelm.wording import Voice

# The options that a branch is named after.
LEADING: dict[str, tuple[str, ...]] = {
    "resection_first": (
        "hepatectomy",
        "hepatectomy_with_ablation",
        "repeat_hepatectomy",
        "debulking",
    ),
    "local_first": ("ablation", "sbrt"),
    "transarterial_first": ("tae", "tace", "tare", "deb_tace"),
    "poorly_differentiated": ("platinum_etoposide",),
}
# How many options are named closed and open, the fullest first, until it fits.
_LENGTHS = ((9, 2, True), (9, 1, True), (2, 1, True), (2, 1, False), (1, 1, False), (1, 0, False))
_AFTER = {"lung_shunt_percent": "after MAA scan"}


def is_open(judgement: Judgement) -> bool:
    """Eligible, or conditional without a strong caution (rank class 1 of the pathway)."""
    return judgement.verdict == "eligible" or (
        judgement.verdict == "conditional" and not judgement.strong
    )


def leading(assessment: Assessment) -> list[Judgement]:
    """The options that carry the strategy, in ranked order; none where it is named after no one."""
    family = LEADING.get(assessment.strategy, ())
    return [one for one in assessment.options if one.option.id in family]


def closed_lead(assessment: Assessment, limit: int) -> str:
    """Such as "TAE/TACE contraindicated, complete portal vein thrombosis (2026-05-12). Open: …".

    Empty unless an option that carries the strategy is contraindicated, or all are not indicated,
    and none of them is open. At most `limit` characters.

    Source: operational.
    """
    family = leading(assessment)
    if not family or any(one.verdict in ("eligible", "conditional") for one in family):
        return ""
    shut = [one for one in family if one.verdict == "contraindicated"]
    if not shut and any(one.verdict != "not_indicated" for one in family):
        return ""
    told = _closed(assessment, shut or family)
    lines = (told.line(*lengths) for lengths in _LENGTHS)
    return next((line for line in lines if len(line) <= limit), clipped(told.line(1, 0), limit))


class _Told:
    def __init__(self, closed: list[str], why: str, instead: list[str], waiting: list[str]) -> None:
        self.closed, self.why, self.instead, self.waiting = closed, why, instead, waiting

    def line(self, most: int, most_open: int, with_waiting: bool = False) -> str:
        parts = [", ".join(self.instead[:most_open])] if most_open and self.instead else []
        parts += self.waiting if with_waiting else []
        named = "/".join(self.closed[:most])
        rest = f". Open: {'; '.join(parts)}" if self.instead and parts else ""
        if parts and not self.instead:
            rest = f". Nothing open; {'; '.join(parts)}"
        return f"{named} {self.why}{rest}"


def _closed(assessment: Assessment, closed: list[Judgement]) -> _Told:
    """What is closed for the reason of the first of them, what is open, what of the lead waits."""
    voice = Voice.of(assessment)
    first, reasons = closed[0], {one.option.id: _reason(voice, one) for one in closed}
    why = reasons[first.option.id]
    word = "contraindicated" if first.verdict == "contraindicated" else "not indicated"
    order = LEADING[assessment.strategy]
    same = sorted((name for name, one in reasons.items() if one == why), key=order.index)
    instead = [
        option_label(one.option.id)
        for one in assessment.options
        if is_open(one) and one.option.id != "follow_up"
    ]
    names = [option_label(name) for name in same]
    return _Told(names, f"{word}, {lowered(why)}", instead, list(_waiting(assessment)))


def _reason(voice: Voice, judgement: Judgement) -> str:
    deciding = deciding_outcome(judgement)
    return voice.reason(deciding, judgement.option.labs_limit) if deciding else ""


def _waiting(assessment: Assessment) -> Iterator[str]:
    """ "TARE after MAA scan" for the first option of the lead that waits for a result."""
    for one in leading(assessment):
        if one.verdict == "insufficient_data":
            lacking = [name for name in assessment.missing if name in one.missing]
            name = lacking[0] if lacking else ""
            after = _AFTER.get(name) if len(lacking) == 1 else None
            waits = f"waits for {missing_names(lacking[:1])[0]}" if lacking else "waits"
            yield f"{option_label(one.option.id)} {after or waits}"
            return
