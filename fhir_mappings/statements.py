"""What one resource version says about its patient: the unit that is stored and later combined."""

from typing import Any

import msgspec

# Flags of a statement's time: sent without any date, `effective` being when the resource was
# stored, if that is known; or dated only by its release.
UNDATED, RELEASED = "undated", "released"


class Statement(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One thing one resource version states; `nelm` facts are combined from these.

    fact: a fact of the catalog (pathway.md section 2) or one of RAW_FACTS below.
    value: JSON values only: number, boolean, string, a range {min, max, min_open, max_open}
        or, for raw facts, the object described there.
    effective: ISO date or instant as it was sent (also `2024` or `2024-03`); None = not stated.
    ordinal: position within the source, so that (source, ordinal) names the statement.
    """

    fact: str
    value: Any
    source: str
    unit: str | None = None
    effective: str | None = None
    last_updated: str | None = None
    version: str | None = None
    status: str = "final"
    mapping: str | None = None
    flags: tuple[str, ...] = ()
    upper_limit: float | None = None
    ordinal: int = 0


class NotUnderstood(msgspec.Struct, frozen=True, gc=False):
    """One resource or part of it that does not count, and why; never holds a patient's values.

    system: of the code, where one was sent.
    fact: of which a value was sent that could not be read, where its code says so; then
        `effective` is the time of that result, as it was sent.
    """

    source: str
    code: str | None
    display: str | None
    reason: str
    system: str | None = None
    fact: str | None = None
    effective: str | None = None


class Reading(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What reading one resource version gave; no statements means its older ones vanish.

    type, id: as the resource states them, "" where it does not.
    patient: FHIR id of the patient the resource refers to (its own id for a Patient); None where
        it refers to none, `urn:uuid:...` or `identifier:system|value` where only that is known.
    server: base address that an absolute reference to the patient names; None where it names none.
    sign: the resource states or suggests a neuroendocrine tumor or a liver metastasis.
    replaced_by, replaces: of a Patient, references to the record that stands in its place, and to
        those it stands for.
    """

    type: str
    id: str
    version: str | None = None
    last_updated: str | None = None
    patient: str | None = None
    statements: tuple[Statement, ...] = ()
    not_understood: tuple[NotUnderstood, ...] = ()
    sign: bool = False
    server: str | None = None
    replaced_by: str | None = None
    replaces: tuple[str, ...] = ()


UNREAD_RESULT = "unread_result"
CANDIDATE_CONDITION, CANDIDATE_WORDS = "candidate_condition", "candidate_words"

RAW_FACTS: dict[str, str] = {
    "birth_date": "date of birth as sent (`1960`, `1960-05`, `1960-05-02`); gives age_years",
    "deceased": "true, or the date of death",
    "liver_lesion": "one lesion of one study: {id, size_mm, lobe, targets_only}; newest study wins",
    "therapy": "{therapy, start, stop, ended}: a procedure or a named regimen",
    "drug": "{drug, start, stop, ended}: one ingredient; lines and regimens are made of them",
    "cancer_site": "site of a neuroendocrine tumor; its effective date is that of the diagnosis",
    "primary_resection": "sites whose primary the operation removes; gives primary_status",
    "kidney_transplant": "true; everolimus then is no treatment of the tumor",
    UNREAD_RESULT: "{fact, reason} of a result that could not be read; never counts",
    CANDIDATE_CONDITION: "{fact, value} of an unconfirmed diagnosis; never counts",
    CANDIDATE_WORDS: "{fact, value, sentence} of a report in words; never counts",
}
