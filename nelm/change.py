"""What changed clinically between two assessments: whether it did, and line by line what.

Staging, strategy, verdicts with the criteria that settle them, and what is missing; never a raw
value by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nelm.assessment import STAGING_OUTPUTS, Assessment
from nelm.criteria import CriterionOutcome, Judgement
from nelm.document import to_document
from nelm.grounds import VERDICT_WORDS, acts, deciding_outcome, settling_outcomes
from nelm.labels import fact_label, option_label, order_label
from nelm.phrases import lowered, value_with_date
from nelm.staging.reads import facts_behind
from nelm.staging_words import NOTE_WORDS, OUTPUT_LABELS, STRATEGY_WORDS, output_word
from nelm.wording import MOST_VALUES, Voice
from nelm.work_up import WorkUpItem

# The milder verdict first.
VERDICTS: tuple[str, ...] = (
    "eligible", "conditional", "insufficient_data", "not_indicated", "contraindicated",
)  # fmt: skip


# Whether. -----------------------------------------------------------------------------------


def clinical_state(document: Mapping[str, Any]) -> dict[str, Any]:
    """What a proposal is built on, from an assessment document: plain JSON to compare or digest.

    Two documents with the same state call for the same proposal. The completeness of the record
    and the values themselves are left out.

    Source: the change test of proposals (pathway section 10); that it looks at the criteria which
    settle a verdict too, so that no proposal gives a reason that no longer holds, is operational.
    """
    staging = document["staging"]
    return {
        "staging": [staging[name] for name in STAGING_OUTPUTS],
        "notes": list(staging["notes"]),
        "prognostic_notes": [note["note"] for note in staging["prognostic_notes"]],
        "strategy": document["strategy"],
        "options": [_option_state(one) for one in document["options"]],
        "work_up": [one["item"] for one in document["work_up"]],
        "missing": list(document["missing"]),
    }


def _option_state(option: Mapping[str, Any]) -> list[Any]:
    verdict = option["verdict"]
    settling = [
        [one["id"], one["outcome"]]
        for one in option["criteria"]
        if acts(verdict, one["kind"], one["outcome"], one["check"])
    ]
    return [option["option"], verdict, option["rank"], settling]


def clinically_changed(before: Assessment | None, after: Assessment) -> bool:
    """Whether staging, strategy, verdicts, work-up or what is missing differ; values alone do not.

    Always true where there was no assessment before. True exactly where `difference` has a line.

    Source: as `clinical_state`.
    """
    if before is None:
        return True
    return clinical_state(to_document(before)) != clinical_state(to_document(after))


# What. --------------------------------------------------------------------------------------


def difference(before: Assessment, after: Assessment) -> tuple[str, ...]:
    """One line for each clinical change, the staging first; empty where nothing changed.

    Such as "hepatectomy: eligible -> contraindicated, because right heart failure (2026-03-02)".
    """
    return (
        *_staging_lines(before, after),
        *_note_lines(before, after),
        *_option_lines(before, after),
        *_missing_lines(before, after),
        *_work_up_lines(before, after),
    )


def _staging_lines(before: Assessment, after: Assessment) -> Iterator[str]:
    for name in STAGING_OUTPUTS:
        old, new = getattr(before.staging, name), getattr(after.staging, name)
        if old != new:
            values = _changed_values(before, after, name)
            because = f", because {values}" if values else ""
            words = f"{output_word(name, old)} -> {output_word(name, new)}"
            yield f"{OUTPUT_LABELS[name]}: {words}{because}"
    if before.strategy != after.strategy:
        old, new = STRATEGY_WORDS[before.strategy], STRATEGY_WORDS[after.strategy]
        yield f"strategy: {old} -> {new}"


def _changed_values(before: Assessment, after: Assessment, output: str) -> str:
    """The facts behind a staging output whose values differ, as they are now."""
    names = sorted(facts_behind(f"staging.{output}"))
    changed = [one for one in names if before.facts.value(one) != after.facts.value(one)]
    return ", ".join(_now(one, after) for one in changed[:MOST_VALUES])


def _now(name: str, assessment: Assessment) -> str:
    fact = assessment.facts.get(name)
    return f"{fact_label(name)} no longer on file" if fact is None else value_with_date(fact)


def _note_lines(before: Assessment, after: Assessment) -> Iterator[str]:
    old, new = _notes(before), _notes(after)
    yield from (f"now noted: {text}" for name, text in new.items() if name not in old)
    yield from (f"no longer noted: {text}" for name, text in old.items() if name not in new)


def _notes(assessment: Assessment) -> dict[str, str]:
    staging = assessment.staging
    prognostic = {f"prognosis {note.id}": lowered(note.title) for note in staging.prognostic_notes}
    return {name: NOTE_WORDS[name] for name in staging.notes} | prognostic


def _option_lines(before: Assessment, after: Assessment) -> Iterator[str]:
    """Verdicts, then reasons of unchanged verdicts, then an order that changed by itself."""
    if "not_applicable" in (before.strategy, after.strategy):
        return  # the strategy says it for all options
    lines: dict[str, list[str]] = {}
    for old, new in _paired(before, after):
        change = _option_change(old, new, Voice.of(after))
        if change:
            name = (new or old).option.id  # type: ignore[union-attr]
            lines.setdefault(change, []).append(_spoken(name))
    if lines:
        yield from (f"{', '.join(names)}: {change}" for change, names in lines.items())
    elif before.strategy == after.strategy:
        yield from _order_lines(before, after)


def _spoken(option: str) -> str:
    return lowered(option_label(option))


def _paired(
    before: Assessment, after: Assessment
) -> Iterator[tuple[Judgement | None, Judgement | None]]:
    old = {one.option.id: one for one in before.options}
    new = {one.option.id: one for one in after.options}
    for name in dict.fromkeys([*new, *old]):
        yield old.get(name), new.get(name)


def _option_change(old: Judgement | None, new: Judgement | None, voice: Voice) -> str:
    """What to say of one option after its name; empty where nothing changed."""
    if old is None or new is None:
        words = [VERDICT_WORDS[one.verdict] if one else "not judged" for one in (old, new)]
        return " -> ".join(words)
    if old.verdict != new.verdict:
        words = [VERDICT_WORDS[old.verdict], VERDICT_WORDS[new.verdict]]
        because = _because(old, new, voice)
        return " -> ".join(words) + (f", because {because}" if because else "")
    return _other_reasons(old, new, voice)


def _because(old: Judgement, new: Judgement, voice: Voice) -> str:
    """For the worse: what decides now. For the better: what decided before, as it is now."""
    now = _decision(new, voice)
    worse = VERDICTS.index(new.verdict) > VERDICTS.index(old.verdict)
    if worse or new.verdict == "insufficient_data":
        return now
    decided = deciding_outcome(old)
    again = next((one for one in new.outcomes if decided and one.id == decided.id), None)
    fell = "" if again is None else lowered(voice.reason(again, new.option.labs_limit))
    joiner = "; mind " if new.verdict == "conditional" else "; but "
    return joiner.join(part for part in (fell, now) if part)


def _decision(judgement: Judgement, voice: Voice) -> str:
    if judgement.verdict == "insufficient_data":
        return voice.waits_for(judgement)
    decided = deciding_outcome(judgement)
    return "" if decided is None else lowered(voice.reason(decided, judgement.option.labs_limit))


def _other_reasons(old: Judgement, new: Judgement, voice: Voice) -> str:
    """The same verdict on other grounds: what is new, and what no longer counts."""
    had = {one.id: one for one in settling_outcomes(old)}
    has = {one.id: one for one in settling_outcomes(new)}
    news = [one for name, one in has.items() if _is_news(one, had.get(name))]
    fresh = [lowered(voice.reason(one, new.option.labs_limit)) for one in news]
    gone = [_title(one) for name, one in had.items() if name not in has]
    settled = "settled" if new.verdict == "insufficient_data" else "no longer"
    parts = [*_listed("now", fresh, " "), *_listed(settled, gone)]
    return f"still {VERDICT_WORDS[new.verdict]}, {'; '.join(parts)}" if parts else ""


def _title(outcome: CriterionOutcome) -> str:
    if outcome.stale_fact is not None:
        return f"{fact_label(outcome.stale_fact)} older than its limit"
    return lowered(outcome.criterion.title)


def _is_news(now: CriterionOutcome, before: CriterionOutcome | None) -> bool:
    return before is None or before.outcome is not now.outcome


def _order_lines(before: Assessment, after: Assessment) -> Iterator[str]:
    ranks = {one.option.id: one.rank for one in before.options}
    for one in after.options:
        if ranks[one.option.id] != one.rank:
            yield f"{_spoken(one.option.id)}: place {ranks[one.option.id]} -> {one.rank}"
    if all(ranks[one.option.id] == one.rank for one in after.options):
        yield from _moves_within_a_place(before, after)


def _moves_within_a_place(before: Assessment, after: Assessment) -> Iterator[str]:
    old, new = ([one.option.id for one in seen.options] for seen in (before, after))
    if old != new:
        moved = [_spoken(name) for was, name in zip(old, new, strict=True) if was != name]
        yield f"order within the same place: {', '.join(moved)}"


def _missing_lines(before: Assessment, after: Assessment) -> Iterator[str]:
    old, new = before.missing, after.missing
    left = [name for name in old if name not in new]
    known = [_now(name, after) for name in left if name in after.facts]
    yield from _listed("now missing", (fact_label(name) for name in new if name not in old))
    yield from _listed("now on file", known)
    unneeded = (fact_label(name) for name in left if name not in after.facts)
    yield from _listed("no longer needed", unneeded)
    if old != new and set(old) == set(new):
        yield from _listed("missing, most wanted first", (fact_label(name) for name in new))


def _work_up_lines(before: Assessment, after: Assessment) -> Iterator[str]:
    old, new = ([one.item for one in seen.work_up] for seen in (before, after))
    yield from _listed("work-up added", (order_label(one) for one in new if one not in old))
    gone = [one for one in before.work_up if one.item not in new]
    brought = [one for one in gone if _arrived(one, before, after)]
    unasked = [one for one in gone if one not in brought]
    yield from _listed("work-up settled by results", (order_label(one.item) for one in brought))
    yield from _listed("work-up no longer asked for", (order_label(one.item) for one in unasked))
    if old != new and set(old) == set(new):
        yield from _listed("work-up, most wanted first", (order_label(one) for one in new))


def _arrived(item: WorkUpItem, before: Assessment, after: Assessment) -> bool:
    """Whether one of the facts that the test brings is new or of another day or value."""
    found = [(before.facts.get(name), after.facts.get(name)) for name in item.facts]
    return any(
        new is not None
        and (old is None or (old.value, old.effective) != (new.value, new.effective))
        for old, new in found
    )


def _listed(label: str, words: Iterable[str], joiner: str = ": ") -> Iterator[str]:
    listed = ", ".join(words)
    if listed:
        yield f"{label}{joiner}{listed}"
