"""`/admin/playground`: a hook call by hand, its cards as an EHR shows them, and feedback."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from time import perf_counter
from typing import Any, NamedTuple

import msgspec
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from runtime.settings import ConnectionSettings
from service.admin.asking import (
    Choice,
    choice_of,
    curl,
    edited_request,
    first_choice,
    orders,
    pretty,
    request_of,
)
from service.admin.entrance import Form, Visitor, for_visitors
from service.admin.markdown import card_html
from service.callers import Verified
from service.cds_hooks.discovery import SERVICES
from service.cds_hooks.feedback import keep_feedback
from service.cds_hooks.hook_call import answer_call
from service.cds_hooks.prefetch import NOTHING
from service.cds_hooks.record import Standing, see_record
from service.cds_hooks.staging_text import unread_words
from service.cds_hooks.suggestions import order_name
from service.errors import Malformed, Problem, operation_outcome
from service.parts import Parts, parts_of
from service.reads import note_record_read
from service.templating import rendered
from storage.errors import StorageError
from storage.listed_patients import Listed, newest_patients

_MOST_LISTED = 200
_NUMBER = re.compile(r"([0-9]+)")
_CALLER = "playground"
_OCCASIONS = {
    "patient-view": "on opening the chart",
    "order-select": "on selecting",
    "order-sign": "on signing",
    "problem-list-item-create": "on adding liver metastases",
}
_JSON = msgspec.json.Decoder()
_SILENCES = {
    Standing.JUDGED: "Read and judged: nothing is to be added about this.",
    Standing.NO_NELM: "No neuroendocrine tumor with liver metastases on record. "
    "The conditions on file show no neuroendocrine liver metastases.",
    Standing.WAITING: "The first assessment is not finished, and this asks nothing of it.",
    Standing.UNREAD: "Not read, not known. It says nothing about the patient: nothing is stored, "
    "and nothing came along with this call. On opening a chart that is no occasion for a card; it "
    "is counted and logged.",
}
_SILENT_TO_AN_EDITED_CALL = (
    "What that means depends on what was sent. Either nothing could be read, and nothing is known; "
    "or no neuroendocrine tumor with liver metastases is on record; or the record was read and "
    "judged, and nothing is to be added."
)
_READ_IN_PART = "Not known whether there are neuroendocrine liver metastases. Not read completely"
_NO_OCCASION = "On opening a chart that is no occasion for a card; it is counted and logged."
_QUIET = "What this clinician overrode with a reason stays quiet."


class ShownCard(NamedTuple):
    """A card of the response; `answer` says what was fed back to it on this page."""

    card: Mapping[str, Any]
    html: Markup
    answer: str


class Result(NamedTuple):
    """What came of a call: `problem` where it was refused, `silence` where no card came."""

    request: Mapping[str, Any]
    curl: str
    milliseconds: float
    response: Any
    cards: Sequence[ShownCard]
    problem: str = ""
    silence: str = ""
    feedback: str = ""
    feedback_curl: str = ""


@for_visitors
async def playground(request: Request, visitor: Visitor) -> Response:
    """`GET` shows the form; `POST` makes the call and shows what comes back."""
    parts = parts_of(request)
    if request.method != "POST":
        return await _page(parts, visitor, first_choice(parts))
    form = await visitor.form(request)
    try:
        choice = choice_of(parts, form)
        content = edited_request(form["request"]) if "edited" in form else request_of(parts, choice)
    except Malformed as refusal:
        return await _page(parts, visitor, _kept(parts, form), refusal=refusal.diagnostics)
    result = await _call(parts, choice, content, edited="edited" in form)
    return await _page(parts, visitor, choice, result)


@for_visitors
async def answer_card(request: Request, visitor: Visitor) -> Response:
    """`POST /admin/playground/feedback`: sends feedback as an EHR would, and shows the page again.

    The cards are shown from what the page sent back: a second call would leave out those that
    the answer has quieted.
    """
    parts = parts_of(request)
    form = await visitor.form(request)
    choice = choice_of(parts, form)
    content, response = edited_request(form.get("request", "")), _response(form)
    card, _, accepted = form.get("answer", "").partition("/")
    feedback = {"feedback": [_feedback(parts.clock(), form, card, accepted)]}
    connection = parts.settings.connections[choice.connection]
    body = msgspec.json.encode(feedback)
    await keep_feedback(parts, choice.service, (connection.name,), body)
    path = f"/cds-services/{choice.service}/feedback"
    result = _result(parts, choice, content, response, 0.0)._replace(
        feedback=pretty(feedback), feedback_curl=curl(parts, connection, path, feedback)
    )
    said = "accepted" if accepted else "overridden"
    cards = [
        one._replace(answer=said) if one.card.get("uuid") == card else one for one in result.cards
    ]
    return await _page(parts, visitor, choice, result._replace(cards=cards))


def _feedback(now: datetime, form: Form, card: str, accepted: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "card": card,
        "outcome": "accepted" if accepted else "overridden",
        "outcomeTimestamp": now.isoformat(),
    }
    if accepted:
        return found | {"acceptedSuggestions": [{"id": accepted}]}
    system, _, code = form.get(f"reason-{card}", "").rpartition("|")
    comment = form.get(f"comment-{card}", "").strip()
    reason = {"reason": {"code": code, "system": system}} if code else {}
    why = reason | ({"userComment": comment} if comment else {})
    return found | ({"overrideReason": why} if why else {})


def _response(form: Form) -> Any:
    try:
        return _JSON.decode(form.get("response", ""))
    except (msgspec.DecodeError, RecursionError):
        raise Malformed("The response that the page sent back is not JSON.") from None


def _kept(parts: Parts, form: Form) -> Choice:
    """The form as it was filled in, where it could not be used."""
    shown = first_choice(parts)
    return shown._replace(
        service=form.get("service", shown.service),
        patient=form.get("patient_typed", "") or form.get("patient", ""),
        order=form.get("order", ""),
        user=form.get("user", ""),
        again="again" in form,
    )


async def _call(
    parts: Parts, choice: Choice, content: Mapping[str, Any], *, edited: bool
) -> Result:
    caller = Verified(_CALLER, (choice.connection,))
    body = msgspec.json.encode(content)
    begin = perf_counter()
    try:
        answer = await answer_call(parts, SERVICES[choice.service], caller, body)
    except Problem as problem:
        outcome = operation_outcome(
            problem.status, problem.issue, problem.diagnostics, field=problem.field
        )
        result = _result(parts, choice, content, _JSON.decode(outcome.body), 0.0)
        return result._replace(problem=f"{problem.status}: {problem.diagnostics}")
    took = (perf_counter() - begin) * 1000
    known = parts.stored.look_up(choice.connection, choice.patient).known
    key = None if known is None else known.patient
    note_record_read("playground", choice.connection, key, "operator")
    await parts.shown.write()  # so that feedback finds its card at once
    result = _result(parts, choice, content, _JSON.decode(answer), took)
    return result if result.cards else result._replace(silence=_silence(parts, choice, edited))


def _silence(parts: Parts, choice: Choice, edited: bool) -> str:
    """What it means that no card came: silence is not always "nothing to say"."""
    if edited:
        return _SILENT_TO_AN_EDITED_CALL
    connection = parts.settings.connections[choice.connection]
    stored = parts.stored.look_up(connection.name, choice.patient).known
    record = see_record(parts, connection, stored, NOTHING)
    words = _SILENCES[record.standing]
    if record.standing is Standing.UNREAD and record.patient is not None and record.unread:
        words = f"{_READ_IN_PART}: {unread_words(record.unread)}. {_NO_OCCASION}"
    return f"{words} {_QUIET}" if choice.again else words


def _result(
    parts: Parts, choice: Choice, content: Mapping[str, Any], response: Any, took: float
) -> Result:
    connection: ConnectionSettings = parts.settings.connections[choice.connection]
    found = response.get("cards") if isinstance(response, dict) else None
    cards = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    return Result(
        request=content,
        curl=curl(parts, connection, f"/cds-services/{choice.service}", content),
        milliseconds=took,
        response=response,
        cards=[ShownCard(one, card_html(str(one.get("detail", ""))), "") for one in cards],
    )


async def _page(
    parts: Parts,
    visitor: Visitor,
    choice: Choice,
    result: Result | None = None,
    refusal: str = "",
) -> Response:
    listed = await run_in_threadpool(_patients, parts)
    return rendered(
        "playground.html",
        forms=True,
        status=400 if refusal else 200,
        title=_title(choice, result),
        visitor=visitor,
        services=SERVICES.values(),
        connections=list(parts.settings.connections),
        patients=listed,
        orders=orders(parts),
        choice=choice._replace(user=_user_of(result, choice)),
        result=result,
        refusal=refusal,
        request_text=pretty(result.request) if result else "",
        response_text=pretty(result.response) if result else "",
    )


def _title(choice: Choice, result: Result | None) -> str:
    """Such as "1 card on signing TACE for nelm-04"."""
    if result is None:
        return "Call a hook by hand"
    when = _OCCASIONS[SERVICES[choice.service].hook]
    about = f"{when} {order_name(choice.order)}" if when.endswith("ing") else when
    if result.problem:
        return f"Refused: a call {about} for {choice.patient}"
    count = len(result.cards)
    cards = "No card" if not count else "1 card" if count == 1 else f"{count} cards"
    return f"{cards} {about} for {choice.patient}"


def _user_of(result: Result | None, choice: Choice) -> str:
    """The clinician of the call that is shown, for a next call as the same one."""
    context = result.request.get("context") if result else None
    user = context.get("userId") if isinstance(context, dict) else None
    return user if isinstance(user, str) else choice.user


def _by_id(one: Listed) -> tuple[bool, list[tuple[int, str]]]:
    """Those with a sign of a tumor first, then by id with its numbers counted: 2 before 10."""
    pieces = _NUMBER.split(one.fhir_id)
    return not one.sign, [(int(piece) if piece.isdecimal() else -1, piece) for piece in pieces]


def _patients(parts: Parts) -> dict[str, list[Listed]]:
    try:
        with parts.database.reading() as conn:
            return {
                name: sorted(newest_patients(conn, name, _MOST_LISTED), key=_by_id)
                for name in parts.settings.connections
            }
    except StorageError:
        return {}  # one can still be typed in; the call itself says that the store is away
