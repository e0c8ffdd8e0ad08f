"""`GET /admin/feedback`: what clinicians did with the cards, and what became of accepted plans."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from service.admin.asking import PLAYGROUND_USER
from service.admin.entrance import Visitor, for_visitors
from service.cds_hooks.making import OVERRIDE_REASONS
from service.cds_hooks.proposal_card import TOPIC
from service.cds_hooks.suggestions import careplan_uuids
from service.parts import Parts, parts_of
from service.templating import rendered
from storage.card_statistics import (
    AcceptedCard,
    Counted,
    PlanState,
    accepted,
    counted,
    held_plans,
    plan_states,
    unknown_cards,
)

SPANS = (7, 30, 90, 365)
_USUAL = 30
_SECONDS_OF_A_DAY = 86_400
_REASONS = {one.code: one.display or one.code for one in OVERRIDE_REASONS}
_NO_REASON, _NOT_ANSWERED = "no reason given", "not answered"


class Reason(NamedTuple):
    words: str
    cards: int


class Line(NamedTuple):
    """One service and topic; `reasons` most frequent first."""

    connection: str
    service: str
    topic: str
    shown: int
    accepted: int
    overridden: int
    unanswered: int
    reasons: tuple[Reason, ...]

    def share(self, count: int) -> float:
        """Of the cards shown, in percent."""
        return round(100 * count / self.shown, 1) if self.shown else 0.0


class Followed(NamedTuple):
    """Accepted care plans: how many, how many of them the EHR holds, by their status there."""

    accepted: int
    held: int
    statuses: tuple[Reason, ...]

    @property
    def not_seen(self) -> int:
        return self.accepted - self.held


@for_visitors
async def feedback(request: Request, visitor: Visitor) -> Response:
    """The last 30 days, or as many as `days` asks for."""
    asked = request.query_params.get("days", "")
    days = int(asked) if asked.isdecimal() and int(asked) in SPANS else _USUAL
    parts = parts_of(request)
    lines, unknown, followed, plans = await run_in_threadpool(_read, parts, days)
    return rendered(
        "feedback.html",
        forms=True,
        title=_title(lines, days),
        visitor=visitor,
        days=days,
        spans=SPANS,
        lines=lines,
        unknown=unknown,
        followed=followed,
        plans=plans,
        several=len(parts.settings.connections) > 1,
    )


def _read(parts: Parts, days: int) -> tuple[tuple[Line, ...], int, Followed, list[PlanState]]:
    since = parts.clock().timestamp() - days * _SECONDS_OF_A_DAY
    with parts.database.reading() as conn:
        lines = lines_of(counted(conn, since, PLAYGROUND_USER))
        unknown = unknown_cards(conn, since)
        plans = [one for one in accepted(conn, TOPIC, since, PLAYGROUND_USER) if _took_plan(one)]
        by_connection: dict[str, set[str]] = defaultdict(set)
        for one in plans:
            by_connection[one.connection].add(one.patient)
        held = {
            (name, fhir_id): status
            for name, fhir_ids in by_connection.items()
            for fhir_id, status in held_plans(conn, name, sorted(fhir_ids)).items()
        }
        states = plan_states(conn)
    return lines, unknown, _followed(plans, held), states


def _took_plan(one: AcceptedCard) -> bool:
    return not careplan_uuids(UUID(one.card)).isdisjoint(one.suggestions)


def _followed(plans: Iterable[AcceptedCard], held: dict[tuple[str, str], str | None]) -> Followed:
    patients = {(one.connection, one.patient) for one in plans}
    statuses = Counter[str](held[one] or "no status" for one in patients if one in held)
    return Followed(
        len(patients),
        sum(statuses.values()),
        tuple(Reason(words, count) for words, count in statuses.most_common()),
    )


def lines_of(rows: Iterable[Counted]) -> tuple[Line, ...]:
    """One line for each connection, service and topic, the most shown first."""
    gathered: dict[tuple[str, str, str], list[Counted]] = defaultdict(list)
    for row in rows:
        gathered[row.connection, row.service, row.topic].append(row)
    lines = (_line(*about, found) for about, found in gathered.items())
    return tuple(sorted(lines, key=lambda one: (-one.shown, one.service, one.topic)))


def _line(connection: str, service: str, topic: str, rows: list[Counted]) -> Line:
    by_outcome: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for row in rows:
        by_outcome[row.outcome or _NOT_ANSWERED] += row.cards
        if row.outcome == "overridden":
            reasons[_REASONS.get(row.reason or "", row.reason or _NO_REASON)] += row.cards
    return Line(
        connection,
        service,
        topic,
        shown=by_outcome.total(),
        accepted=by_outcome["accepted"],
        overridden=by_outcome["overridden"],
        unanswered=by_outcome[_NOT_ANSWERED],
        reasons=tuple(Reason(words, count) for words, count in reasons.most_common()),
    )


def _title(lines: Iterable[Line], days: int) -> str:
    shown = accepted = overridden = 0
    for one in lines:
        shown += one.shown
        accepted += one.accepted
        overridden += one.overridden
    if not shown:
        return f"No card was shown in {days} days"
    cards = "1 card" if shown == 1 else f"{shown} cards"
    return f"{cards} in {days} days: {accepted} accepted, {overridden} overridden"
