"""What people did with a card: stored as it came, once, and joined with the card later."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from service.bodies import check_text, decode, read_body
from service.cds_hooks.discovery import SERVICES
from service.cds_hooks.models import FEEDBACK, FeedbackItem, OverrideReason, Reason
from service.errors import Malformed, TooLarge, Unknown
from service.parts import Parts, parts_of
from storage import cards

_MOST_OF_A_COMMENT = 2000
_MOST_ITEMS = 1000


async def receive_feedback(request: Request) -> Response:
    """`POST /cds-services/{id}/feedback`: 200 with an empty object once everything is stored.

    The same item twice is one row; items for cards not yet known are kept.

    Raises:
        Malformed: an item without card, outcome or a readable time; nothing is stored then.
        TooLarge: more than a thousand items; nothing is stored then.
    """
    parts = parts_of(request)
    service = request.path_params["service"]
    if service not in SERVICES:
        raise Unknown("There is no CDS service of that id.")
    caller = await parts.callers.verify(request.headers, service)
    body = await read_body(request, parts.settings.max_body_bytes)
    await keep_feedback(parts, service, caller.connections, body)
    return Response(b"{}", media_type="application/json")


async def keep_feedback(
    parts: Parts, service: str, connections: Sequence[str], body: bytes
) -> None:
    """Store what one feedback body says, from a caller who speaks for these connections.

    Raises:
        Malformed: as `receive_feedback`.
    """
    items = decode(FEEDBACK, body).feedback
    if len(items) > _MOST_ITEMS:
        raise TooLarge(f"The body holds more than {_MOST_ITEMS} items; send them in several calls.")
    rows = [
        _row(connection, service, item, place)
        for place, item in enumerate(items)
        for connection in connections
    ]
    await run_in_threadpool(_save, parts, rows)
    parts.metrics.count("nelm_feedback_total", len(rows), service=service)


def _save(parts: Parts, rows: list[cards.Feedback]) -> None:
    with parts.database.transaction() as tx:
        shown_by = cards.connections_of(tx, {one.card for one in rows})
        kept = list(_by_who_showed_it(rows, shown_by))
        cards.note_feedback(tx, kept, parts.clock().timestamp())


def _by_who_showed_it(
    rows: Sequence[cards.Feedback], shown_by: Mapping[str, str]
) -> Iterator[cards.Feedback]:
    """Feedback names no EHR: the card tells which of those that the caller may speak for it was.

    Of a card not known (yet) it is kept for each of them; what a person wrote only where there is
    one, since no hospital keeps the words of another.
    """
    sole = len({one.connection for one in rows}) == 1
    for one in rows:
        if one.card not in shown_by:
            yield one if sole else msgspec.structs.replace(one, user_comment=None)
        elif shown_by[one.card] == one.connection:
            yield one


def _row(connection: str, service: str, item: FeedbackItem, place: int) -> cards.Feedback:
    field = f"feedback[{place}]"
    if item.outcome not in ("accepted", "overridden"):
        raise Malformed(
            f'{field}.outcome must be "accepted" or "overridden".', field=f"{field}.outcome"
        )
    reasons = _reasons(item)
    coded = _coded(reasons)
    check_text(item.card, f"{field}.card")
    for one in item.accepted_suggestions or ():
        check_text(one.id, f"{field}.acceptedSuggestions")
    check_text(f"{coded.code}{coded.system}", f"{field}.overrideReason")
    _check_moment(item.outcome_timestamp, f"{field}.outcomeTimestamp")
    return cards.Feedback(
        card=item.card,
        connection=connection,
        service=service,
        outcome=item.outcome,
        outcome_timestamp=item.outcome_timestamp,
        accepted_suggestions=tuple(one.id for one in item.accepted_suggestions or ()),
        override_reason_code=coded.code,
        override_reason_system=coded.system,
        user_comment=_comment(reasons),
    )


def _reasons(item: FeedbackItem) -> list[OverrideReason]:
    found: list[OverrideReason] = []
    for given in (item.override_reason, item.override_reasons):
        if isinstance(given, list):
            found.extend(given)
        elif given is not None:
            found.append(given)
    return found


def _coded(reasons: list[OverrideReason]) -> Reason:
    """The first reason with a code; one without any where nobody chose one."""
    return next((one.reason for one in reasons if one.reason and one.reason.code), Reason())


def _comment(reasons: list[OverrideReason]) -> str | None:
    """The first comment, cut to what is kept."""
    return next(
        (
            one.user_comment.replace("\0", "")[:_MOST_OF_A_COMMENT]
            for one in reasons
            if one.user_comment
        ),
        None,
    )


def _check_moment(text: str, field: str) -> None:
    try:
        moment = msgspec.convert(text, datetime)
    except msgspec.ValidationError:
        raise Malformed(f"{field} is not an RFC 3339 time.", field=field) from None
    if moment.tzinfo is None:
        raise Malformed(f"{field} has no time zone.", field=field)
