"""Collecting what one resource states while it is read; dates, statuses and references."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from fhir_mappings.elements import CodeableConcept, Meta, Period, Reference
from fhir_mappings.mapping_rules import Gives
from fhir_mappings.statements import UNREAD_RESULT, NotUnderstood, Reading, Statement

NO_RULE = "the code is not in the mapping set"
NO_CODE = "the resource has no code"
MODIFIED = "carries a modifier extension that is not understood"
NO_STATUS = "no status"
FHIR_STATUSES = frozenset(
    "registered preliminary partial final amended corrected appended cancelled entered-in-error"
    " unknown preparation in-progress not-done on-hold stopped completed active draft intended"
    " not-taken available".split()
)
NO_META = Meta()


class Draft(msgspec.Struct, gc=False):
    """One resource version being read: statements and refusals, in order.

    `effective`, `status` and `flags` are those of the resource and go into every statement.
    """

    resource_type: str
    resource_id: str
    sent_meta: Meta | None
    subject: Reference | None
    effective: str | None = None
    status: str = "final"
    flags: tuple[str, ...] = ()
    stated: list[Statement] = msgspec.field(default_factory=list)
    refused: list[NotUnderstood] = msgspec.field(default_factory=list)
    sign: bool = False

    @property
    def source(self) -> str:
        return f"{self.resource_type}/{self.resource_id}"

    @property
    def meta(self) -> Meta:
        return self.sent_meta or NO_META

    def state(
        self,
        fact: str,
        value: Any,
        mapping: str,
        *,
        unit: str | None = None,
        flags: tuple[str, ...] = (),
        upper_limit: float | None = None,
    ) -> None:
        """Adds one statement."""
        meta = self.sent_meta or NO_META
        self.stated.append(
            Statement(
                fact=fact,
                value=value,
                source=self.source,
                unit=unit,
                effective=self.effective,
                last_updated=meta.lastUpdated,
                version=meta.versionId,
                status=self.status,
                mapping=mapping,
                flags=self.flags + flags if flags else self.flags,
                upper_limit=upper_limit,
                ordinal=len(self.stated),
            )
        )

    def give(self, gives: tuple[Gives, ...], mapping: str, flags: tuple[str, ...] = ()) -> None:
        """Adds what a rule gives, each with its own flag."""
        for fact, value, flag in gives:
            self.state(fact, value, mapping, flags=(*flags, flag) if flag else flags)

    def refuse(self, concept: CodeableConcept | None, reason: str, fact: str | None = None) -> None:
        """Adds one line of what does not count, with the code it stands under.

        fact: of which this would have been the value, if it could be read.
        """
        system = code = display = None
        if concept is not None:
            if concept.coding:
                first = concept.coding[0]
                system, code, display = first.system, first.code, first.display
            display = display or concept.text
        effective = self.effective if fact else None
        self.refused.append(
            NotUnderstood(self.source, code, display, reason, system, fact, effective)
        )

    def reading(self) -> Reading:
        meta = self.sent_meta or NO_META
        for line in self.refused:
            if line.fact:
                unread = {"fact": line.fact, "reason": line.reason}
                self.state(UNREAD_RESULT, unread, UNREAD_RESULT)
        return Reading(
            type=self.resource_type,
            id=self.resource_id,
            version=meta.versionId,
            last_updated=meta.lastUpdated,
            patient=patient_of(self.subject),
            server=server_of(self.subject),
            statements=tuple(self.stated),
            not_understood=tuple(self.refused),
            sign=self.sign,
        )


def status_reason(status: str | None) -> str:
    """Why a resource of this status does not count; a status FHIR does not know is not repeated."""
    if not status:
        return NO_STATUS
    return f"status {status} does not count" if status in FHIR_STATUSES else "no status of FHIR"


def patient_of(subject: Reference | None) -> str | None:
    """The FHIR id of the patient referred to, whatever the form of the reference.

    `urn:uuid:...`, `identifier:system|value` or, of another kind of subject, `Group/1` where no
    patient id is known; None where nothing is referred to.
    """
    if subject is None:
        return None
    reference = subject.reference
    if not reference:
        named = subject.identifier
        return f"identifier:{named.system or ''}|{named.value}" if named and named.value else None
    return _patient_in(reference)


@lru_cache(maxsize=1024)
def _patient_in(reference: str) -> str:
    if reference.startswith("Patient/") and reference.count("/") == 1:
        return reference[8:]
    if reference.startswith(("urn:", "#")):
        return reference
    path = reference.partition("?")[0].partition("/_history/")[0]
    kind, _, resource_id = path.rpartition("/")
    return resource_id if kind.endswith("Patient") else f"{kind.rpartition('/')[2]}/{resource_id}"


def server_of(subject: Reference | None) -> str | None:
    """Base address of the FHIR server that an absolute reference names; None where it names none.

    The same id at another server is another patient: who knows whose record is read compares it.
    """
    if subject is None or not subject.reference or subject.reference.startswith("Patient/"):
        return None
    return server_in(subject.reference)


@lru_cache(maxsize=1024)
def server_in(reference: str) -> str | None:
    """The same of a reference as text."""
    if "://" not in reference:
        return None
    path = reference.partition("?")[0].partition("/_history/")[0]
    return path.rpartition("/")[0].rpartition("/")[0]


def start_of(when: str | None, period: Period | None) -> str | None:
    """A date, or the beginning of a period (its end where only that is known)."""
    if when or period is None:
        return when
    return period.start or period.end


def words_of(*concepts: CodeableConcept | None) -> str:
    """All texts and displays of some concepts in lower case, to look for a word."""
    texts: list[str] = []
    for concept in concepts:
        if concept is not None:
            texts += [concept.text or "", *(coding.display or "" for coding in concept.coding)]
    return " ".join(texts).casefold()
