"""Reads what prefetch left out from the EHR, with the caller's own token, within a budget.

Only where nothing stored can speak: an assessed patient is known from notifications. The token is
taken from the raw body when it is needed, goes to the connection's own server and nowhere else,
and ends with the call.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from importlib import import_module
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

import msgspec
from starlette.concurrency import run_in_threadpool

from ehr.errors import EhrRefused
from fhir_mappings.elements import Link, SearchPage
from fhir_mappings.statements import Reading
from service.cds_hooks.call import HookCall
from service.cds_hooks.discovery import PREFETCH
from service.cds_hooks.prefetch import Prefetched, Shape, read_prefetch

if TYPE_CHECKING:
    from ehr.hook_read import HookAnswer, HookRead

log = logging.getLogger("service.hooks")

# A read ends by itself at the end of the budget; this much later nobody waits for it any more.
_GRACE_SECONDS = 0.05
_FIRST = "conditions"


class _Authorization(msgspec.Struct):
    """Everything optional: a client that sends half of it is answered from what it brought."""

    access_token: str = ""
    token_type: str = "Bearer"  # noqa: S105
    patient: str | None = None


class _Body(msgspec.Struct, rename="camel"):
    fhir_authorization: _Authorization | None = None


class _Page(msgspec.Struct):
    link: list[Link] | None = None


_BODY = msgspec.json.Decoder(_Body)
_PAGE = msgspec.json.Decoder(_Page)


async def complete_prefetch(call: HookCall, body: bytes) -> Prefetched:
    """What came along, and where it has gaps that matter, what the EHR gives within the budget.

    The Conditions come first: without any sign of ours in a complete list of them nothing else of
    the patient is read. What could not be read stays as unread as it was.
    """
    alone = call.at_hand() is None
    prefetched = call.prefetched(alone=alone)
    if not prefetched.unread or not _may_read(call) or _is_known(call):
        return prefetched
    token = _token(body, call.patient_id)
    reader = await _open_reader(call, token) if token else None
    if reader is None:
        return prefetched
    if alone:
        # What is read besides may take the place of the newer one of two results.
        prefetched = call.read_prefetch()
    begin = perf_counter()
    found = await _conditions_then_the_rest(call, reader, prefetched)
    _note(call, prefetched, found, perf_counter() - begin)
    return found


def _may_read(call: HookCall) -> bool:
    """Whether the call names the connection's own server, and reading is not switched off."""
    named = bool(call.request.fhir_server) and not call.foreign
    return named and call.connection.hook_read_seconds > 0


def _is_known(call: HookCall) -> bool:
    """Whether the store can speak: the patient is assessed, or known to be none of ours."""
    latest = call.at_hand()
    if latest is None:
        return False
    if latest.digest is not None:
        return True
    stored, connection = call.parts.stored, call.connection.name
    return not latest.sign and stored.knows_conditions(connection, latest.patient)


def _token(body: bytes, patient_id: str) -> str:
    """The access token; empty if it is for another patient or of a kind that we cannot send."""
    try:
        given = _BODY.decode(body).fhir_authorization
    except msgspec.DecodeError:
        return ""
    if given is None or given.token_type.lower() != "bearer":
        return ""
    if given.patient is not None and given.patient.removeprefix("Patient/") != patient_id:
        return ""
    token = given.access_token
    # A line break would end the header and begin another.
    return token if token.isascii() and token.isprintable() else ""


async def _open_reader(call: HookCall, token: str) -> "HookRead | None":
    """A reader of the connection's server; None where the token must not be sent there."""
    # Loaded with the first call that needs it: most installations are answered from storage.
    hook_read = await run_in_threadpool(import_module, "ehr.hook_read")
    connection = call.connection
    allowed = (connection.base_url, *connection.fhir_servers)
    seconds = connection.hook_read_seconds
    try:
        reader: HookRead = hook_read.HookRead(call.request.fhir_server, allowed, token, seconds)
    except EhrRefused:
        log.warning("token not sent to this address", extra={"connection": connection.name})
        return None
    return reader


async def _conditions_then_the_rest(
    call: HookCall, reader: "HookRead", found: Prefetched
) -> Prefetched:
    if _FIRST in found.unread:
        found = await _filled(call, reader, found, (_FIRST,))
    if found.was_read(_FIRST) and not any(reading.sign for reading in found.readings):
        return found
    rest = [key for key in found.unread if key != _FIRST]
    return await _filled(call, reader, found, rest) if rest else found


class _Answered(NamedTuple):
    """`followed`: these are further pages of what came along, else the whole search anew."""

    answer: "HookAnswer"
    followed: bool


async def _filled(
    call: HookCall, reader: "HookRead", found: Prefetched, keys: Iterable[str]
) -> Prefetched:
    """These keys read side by side; who is not back at the end of the budget is not waited for."""
    loop, readers = asyncio.get_running_loop(), call.parts.readers
    reads = {key: loop.run_in_executor(readers, _ask, call, reader, found, key) for key in keys}
    seconds = max(0.0, reader.seconds_left) + _GRACE_SECONDS
    done, late = await asyncio.wait(reads.values(), timeout=seconds)
    for read in late:
        read.cancel()
    answers = {key: read.result() for key, read in reads.items() if read in done}
    return await run_in_threadpool(_merged, call, found, answers)


def _ask(call: HookCall, reader: "HookRead", found: Prefetched, key: str) -> _Answered:
    if found.shapes[key] is Shape.TRUNCATED:
        link = _next_page(call, key)
        if link and reader.may_follow(link):
            return _Answered(reader.follow(link), True)
    patient = quote(call.patient_id, safe="")
    query = PREFETCH[key].replace("{{context.patientId}}", patient)
    return _Answered(reader.fetch(query), False)


def _next_page(call: HookCall, key: str) -> str:
    sent = (call.request.prefetch or {}).get(call.prefetch_keys.get(key, key))
    try:
        page = sent if isinstance(sent, SearchPage) else _PAGE.decode(sent or b"{}")
    except msgspec.DecodeError:
        return ""
    return next((link.url for link in page.link or () if link.relation == "next"), "")


def _merged(call: HookCall, found: Prefetched, answers: Mapping[str, _Answered]) -> Prefetched:
    """Read like prefetch, with the same rules: other patients' resources never count."""
    sent = {
        key: _as_sent(key, one.answer)
        for key, one in answers.items()
        if one.answer.resources or (one.answer.complete and "?" in PREFETCH[key])
    }
    read = read_prefetch(sent, call.patient_id, call.mapping_set, {}, call.is_the_ehrs)
    shapes = dict(found.shapes)
    for key in sent:
        nothing_more = answers[key].followed and read.shapes[key] is Shape.NONE_FOUND
        shapes[key] = Shape.COMPLETE if nothing_more else read.shapes[key]
    return Prefetched(
        shapes,
        _once_each((*found.readings, *read.readings)),
        found.not_understood + read.not_understood,
    )


def _as_sent(key: str, answer: "HookAnswer") -> msgspec.Raw:
    """The answer in the form in which it would have come along; incomplete as a first page."""
    if "?" not in PREFETCH[key]:
        return msgspec.Raw(answer.resources[0])
    entries = b",".join(b'{"resource":' + resource + b"}" for resource in answer.resources)
    link = b"" if answer.complete else b'"link":[{"relation":"next","url":""}],'
    return msgspec.Raw(b'{"resourceType":"Bundle",' + link + b'"entry":[' + entries + b"]}")


def _once_each(readings: Iterable[Reading]) -> tuple[Reading, ...]:
    """Of a resource that came twice what was read last, which is the newer."""
    kept: dict[tuple[str, str], Reading] = {}
    nameless = []
    for reading in readings:
        if reading.id:
            kept[reading.type, reading.id] = reading
        else:
            nameless.append(reading)
    return (*kept.values(), *nameless)


def _note(call: HookCall, before: Prefetched, after: Prefetched, seconds: float) -> None:
    metrics, service = call.parts.metrics, call.service.id
    metrics.observe("nelm_hook_read_seconds", seconds, service=service)
    read = len(before.unread) - len(after.unread)
    metrics.count("nelm_hook_reads_total", read, outcome="read")
    if after.unread:
        metrics.count("nelm_hook_reads_total", len(after.unread), outcome="still unread")
