"""How every card of ours is put together: identity, topic, source, override reasons, lengths."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from nelm.evidence.citations import CITATIONS
from nelm.findings import Indicator
from nelm.wording import clipped
from service.cds_hooks.call import CardToShow, HookCall
from service.cds_hooks.models import Card, Coding, Link, Source, Suggestion
from storage.cards import Shown

# HL7 CodeSystem "Non-Adherence Reason Codes" (CDS Hooks 3.0 ballot), codes as there; a
# footnote mark at the end of one display left out.
_REASONS = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"
OVERRIDE_REASONS = [
    Coding(_REASONS, code, display)
    for code, display in (
        ("expert-contradicts", "Advice from expert contradicts the recommended action"),
        ("risk-benefit-ratio", "Recipient assessment of risk/benefit ratio"),
        ("action-completed", "Recommended action was already completed"),
        ("need-more-info", "Could not address recommended action due to need for more "
         "information/pending results/pending consult"),
        ("prefers-alternative", "Patient prefers an alternative approach or treatment"),
        ("patient-refuses", "Patient refuses/declines (no context given)"),
        ("service-not-available", "Treatment or service is not practically available"),
    )
]  # fmt: skip

_REFERENCE = re.compile(r"[A-Z][A-Za-z]{1,63}/[A-Za-z0-9\-.]{1,64}")
_OURS = uuid5(NAMESPACE_URL, "urn:nelm-cds:cards")
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9]")


def card_uuid(call: HookCall, topic: str, order: str | None, digest: str) -> UUID:
    """The same for the same call and evidence, so that clients can tell a repeat."""
    parts = (call.connection.name, call.request.hook_instance, topic, order or "", digest)
    return _named("\x1f".join(parts))


@lru_cache(maxsize=64)
def _named(name: str) -> UUID:
    """A card's suggestions ask for its name before it is made."""
    return uuid5(_OURS, name)


def evidence_digest(call: HookCall, *said: object) -> str:
    """A digest over what a card rests on for this patient: new evidence, new digest."""
    content = repr((call.connection.name, call.patient_id, *said)).encode()
    return blake2b(content, digest_size=16).hexdigest()


def make_card(
    call: HookCall,
    *,
    topic: str,
    topic_title: str,
    order: str | None,
    digest: str,
    indicator: Indicator,
    summary: str,
    detail: str,
    cites: Iterable[str] = (),
    suggestions: Iterable[Suggestion | None] = (),
    links: Iterable[Link] = (),
    overridable: bool = True,
    about: Iterable[str] = (),
    proposal: str | None = None,
) -> CardToShow:
    """A card, and what is remembered of it; empty fields are left out.

    `about`: references of the orders it is about, for clients that want them told apart.
    `proposal`: the identifier of the CarePlan that it may offer.
    """
    uuid = str(card_uuid(call, topic, order, digest))
    profile = call.profile
    offered = [one for one in suggestions if one is not None][: profile.max_suggestions]
    allowed = [one for one in links if one.type in profile.links]
    named = tuple(dict.fromkeys(one for one in about if is_plain_reference(one)))
    card = Card(
        uuid=uuid,
        summary=clipped(summary),
        indicator=indicator,
        source=source(call, topic, topic_title, cites),
        detail=detail or None,
        suggestions=offered or None,
        selection_behavior=profile.selection_behavior if offered else None,
        override_reasons=OVERRIDE_REASONS if overridable else None,
        links=allowed or None,
        extension=_associated(call, named),
    )
    context = call.request.context
    shown = Shown(
        uuid=uuid,
        connection=call.connection.name,
        service=call.service.id,
        hook_instance=call.request.hook_instance,
        patient=call.patient_id,
        topic=topic,
        order=order,
        digest=digest,
        indicator=indicator,
        shown_at=call.parts.clock().timestamp(),
        user=context.user_id,
        suggestions=tuple(one.uuid for one in offered),
        proposal=proposal,
    )
    return CardToShow(card, shown, named)


def is_plain_reference(reference: str) -> bool:
    """Whether it has the standard's form `Type/id`; only such ones go back to the client."""
    return _REFERENCE.fullmatch(reference) is not None


def _associated(call: HookCall, references: Sequence[str]) -> dict[str, Any] | None:
    """The extension by which a card names its orders, in each form that the client knows."""
    forms = call.profile.associated_resource
    if not references or not forms:
        return None
    return {
        key: [one if form == "text" else {"reference": one} for one in references]
        for key, form in forms.items()
    }


def source(call: HookCall, topic: str, title: str, cites: Iterable[str]) -> Source:
    """The first paper behind a card; our own page where no paper is."""
    papers = [CITATIONS[one] for one in cites if one in CITATIONS and CITATIONS[one].year]
    coding = topic_coding(call, topic, title)
    if papers:
        return Source(papers[0].short, papers[0].url, coding)
    about = f"{call.parts.settings.public_url.rstrip('/')}/about"
    return Source("NELM decision support", about, coding)


def topic_coding(call: HookCall, topic: str, title: str) -> Coding:
    """The topic; clients that respect earlier overrides by it may need a plain code (Epic)."""
    code = _NOT_PLAIN.sub("", topic) if call.profile.plain_topic_codes else topic
    return Coding(f"{call.canonical_base}:topics", code[:100], title)
