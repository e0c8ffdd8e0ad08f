"""What clinicians did with the cards, counted: for the admin page and for the command line."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from nelm.labels import order_label
from service.cds_hooks.making import OVERRIDE_REASONS
from service.cds_hooks.proposal_card import TOPIC
from service.cds_hooks.suggestions import careplan_uuids
from storage.card_statistics import (
    AcceptedCard,
    AnsweredCard,
    Counted,
    PlanState,
    accepted,
    counted,
    held_plans,
    last_answered,
    plan_states,
    unknown_cards,
)

# Cards shown to users so called were asked for by hand and are not counted.
BY_HAND = "Practitioner/nelm-playground"
SECONDS_OF_A_DAY = 86_400
_MOST_ANSWERS = 30
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

    @property
    def topic_words(self) -> str:
        return topic_words(self.topic)

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


class Answer(NamedTuple):
    """One card in words, and what was answered to it."""

    when: datetime
    topic: str
    about: str
    indicator: str
    outcome: str
    reason: str
    comment: str


class Counts(NamedTuple):
    """All of it. `unknown`: cards that were answered and that nobody knows here."""

    lines: tuple[Line, ...]
    unknown: int
    followed: Followed
    plans: tuple[PlanState, ...]
    answers: tuple[Answer, ...]


def read_counts(conn: Connection, since: float) -> Counts:
    """The cards shown since then (Unix seconds), and all proposals."""
    plans = [one for one in accepted(conn, TOPIC, since, BY_HAND) if _took_plan(one)]
    by_connection: dict[str, set[str]] = defaultdict(set)
    for one in plans:
        by_connection[one.connection].add(one.proposal or one.card)
    held = {
        (name, plan): status
        for name, offered in by_connection.items()
        for plan, status in held_plans(conn, name, sorted(offered)).items()
    }
    return Counts(
        lines_of(counted(conn, since, BY_HAND)),
        unknown_cards(conn, since),
        _followed(plans, held),
        tuple(plan_states(conn)),
        tuple(map(_answer, last_answered(conn, since, BY_HAND, _MOST_ANSWERS))),
    )


def topic_words(topic: str) -> str:
    """The topic as people read it: "order not indicated"."""
    return topic.removeprefix("nelm-").replace("-", " ")


def _answer(one: AnsweredCard) -> Answer:
    overridden = one.outcome == "overridden"
    return Answer(
        datetime.fromtimestamp(one.received_at, UTC),
        topic_words(one.topic),
        order_label(one.order) if one.order else "chart",
        one.indicator,
        one.outcome,
        _REASONS.get(one.reason or "", one.reason or _NO_REASON) if overridden else "",
        one.comment or "",
    )


def _took_plan(one: AcceptedCard) -> bool:
    return not careplan_uuids(UUID(one.card)).isdisjoint(one.suggestions)


def _followed(plans: Iterable[AcceptedCard], held: dict[tuple[str, str], str | None]) -> Followed:
    offered = {(one.connection, one.proposal or one.card) for one in plans}
    statuses = Counter[str](held[one] or "no status" for one in offered if one in held)
    return Followed(
        len(offered),
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


def headline(lines: Iterable[Line], days: int) -> str:
    """Such as "4 cards in 30 days: 1 accepted, 2 overridden"."""
    found = tuple(lines)
    shown = sum(one.shown for one in found)
    if not shown:
        return f"No card was shown in {days} days"
    taken, refused = sum(one.accepted for one in found), sum(one.overridden for one in found)
    cards = "1 card" if shown == 1 else f"{shown} cards"
    return f"{cards} in {days} days: {taken} accepted, {refused} overridden"
