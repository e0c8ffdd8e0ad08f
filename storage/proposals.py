"""CarePlan proposals: what we propose, and what of it the EHR holds."""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from storage import patients
from storage.rows import Prepared, Writing
from storage.tables import proposals
from storage.written import Written

_row = proposals.c
# Before the EHR's own id of a patient, in the identifier of what is proposed for one not kept here.
UNKEYED = "fhir-"


class Proposal(msgspec.Struct, frozen=True):
    """One proposal, by its stable identifier.

    state: ready (to be offered or written), written (the EHR holds it), superseded (another
        strategy took its place, or nothing is proposed any more), gone (deleted at the EHR).
    ehr_reference, ehr_version, ehr_status: the CarePlan at the EHR, None while it holds none.
    ehr_digest: the digest whose content the EHR was last seen to hold; None where that was another
        text, such as one that people have edited.
    """

    patient: int
    connection: str
    identifier: str
    strategy: str
    careplan: bytes
    digest: str
    state: str
    ehr_reference: str | None
    ehr_version: str | None
    ehr_status: str | None
    updated_at: float
    ehr_digest: str | None


class Draft(msgspec.Struct, frozen=True):
    """A proposal to save. digest: over what it is built on; the same digest is no news."""

    patient: int
    connection: str
    identifier: str
    strategy: str
    careplan: bytes
    digest: str


_COLUMNS = tuple(_row[name] for name in Proposal.__struct_fields__)


_REPLACED = ["patient", "strategy", "careplan", "digest", "state", "updated_at"]
_KEY = ["connection", "identifier"]
_SAVE = Writing(proposals, [*_KEY, *_REPLACED], {"index_elements": _KEY, "set": _REPLACED})
_HELD = ["ehr_reference", "ehr_version", "ehr_status"]
_ADOPT = Writing(proposals, [*_KEY, *_REPLACED, *_HELD], {"index_elements": _KEY})
_NAMED = {"connection": sa.Text(), "identifier": sa.Text()}
_BEFORE = Prepared(
    lambda asked: (
        sa.select(_row.connection, _row.identifier, _row.digest, _row.ehr_reference)
        .select_from(asked)
        .join(
            proposals,
            sa.and_(_row.connection == asked.c.connection, _row.identifier == asked.c.identifier),
        )
    ),
    _NAMED,
)
_SUPERSEDE = Prepared(
    lambda asked: (
        sa.update(proposals)
        .where(_row.patient == asked.c.patient, _row.identifier != asked.c.identifier)
        .where(_row.state != "gone")
        .values(state="superseded")
    ),
    {"patient": _row.patient.type, "identifier": sa.Text()},
)
_SUPERSEDE_ALL = Prepared(
    lambda asked: (
        sa.update(proposals)
        .where(_row.patient == asked.c.patient, _row.state != "gone")
        .values(state="superseded")
    ),
    {"patient": _row.patient.type},
)
_UNCHANGED = Prepared(
    lambda asked: (
        sa.update(proposals)
        .where(_row.connection == asked.c.connection, _row.identifier == asked.c.identifier)
        .values(state=sa.case((_row.ehr_reference.is_(None), "ready"), else_="written"))
    ),
    _NAMED,
)

FIND = Written(
    "SELECT patient, connection, identifier, strategy, careplan, digest, state, ehr_reference,"
    " ehr_version, ehr_status, updated_at, ehr_digest FROM proposals"
    " WHERE connection = {0} AND identifier = {0}"
)


def save(tx: Connection, drafts: Sequence[Draft], now: float | None = None) -> set[str]:
    """Saves these, one a patient, and supersedes the patients' others; the identifiers with news.

    What the EHR holds under an identifier stays known, so that it is updated, never made twice.
    """
    instant = time.time() if now is None else now
    patients.lock(tx, [one.patient for one in drafts])
    names = [(one.connection, one.identifier) for one in drafts]
    before = {(found[0], found[1]): (found[2], found[3]) for found in _BEFORE.run(tx, names)}
    _SUPERSEDE.run(tx, [(one.patient, one.identifier) for one in drafts])
    same = [name for name, one in zip(names, drafts, strict=True) if _is_same(before, name, one)]
    if same:
        _UNCHANGED.run(tx, same)
    new = [one for name, one in zip(names, drafts, strict=True) if not _is_same(before, name, one)]
    _SAVE.run(tx, [_to_row(one, before, instant) for one in new])
    return {one.identifier for one in new}


def supersede(tx: Connection, keys: Iterable[int]) -> None:
    """Nothing is proposed for these patients any more; what the EHR holds of it stays known."""
    rows = [(key,) for key in sorted(set(keys))]
    if rows:
        _SUPERSEDE_ALL.run(tx, rows)


_Before = Mapping[tuple[str, str], tuple[str, str | None]]


def _is_same(before: _Before, name: tuple[str, str], draft: Draft) -> bool:
    return name in before and before[name][0] == draft.digest


def _to_row(draft: Draft, before: _Before, instant: float) -> dict[str, Any]:
    _, at_ehr = before.get((draft.connection, draft.identifier), (None, None))
    state = "ready" if at_ehr is None else "written"
    return msgspec.structs.asdict(draft) | {"state": state, "updated_at": instant}


def find(tx: Connection, connection: str, identifier: str) -> Proposal | None:
    """The proposal with this identifier value."""
    found = FIND.row(tx, connection, identifier)
    return None if found is None else Proposal(*found)


def of_patient(tx: Connection, patient: int) -> list[Proposal]:
    """All proposals of a patient, the newest first."""
    theirs = sa.select(*_COLUMNS).where(_row.patient == patient)
    newest_first = theirs.order_by(_row.updated_at.desc(), _row.id.desc())
    return [Proposal(*one) for one in tx.execute(newest_first)]


_OF_MANY = Prepared(
    lambda asked: (
        sa.select(*_COLUMNS).select_from(asked).join(proposals, _row.patient == asked.c.patient)
    ),
    {"patient": _row.patient.type},
)


def of_patients(tx: Connection, keys: Iterable[int]) -> list[Proposal]:
    """All proposals of these patients, in no particular order. Works on `glance()` too."""
    return [Proposal(*one) for one in _OF_MANY.run(tx, [(key,) for key in keys])]


def held_by_ehr(
    tx: Connection,
    connection: str,
    identifier: str,
    reference: str,
    version: str | None,
    status: str | None,
    now: float | None = None,
    *,
    digest: str | None = None,
) -> bool:
    """Notes that the EHR holds a CarePlan with this identifier; False if it is none of ours.

    `digest` is that of our proposal if the CarePlan still says the same.
    """
    held = (
        sa.update(proposals)
        .where(_row.connection == connection, _row.identifier == identifier)
        .values(
            state=sa.case((_row.state == "superseded", "superseded"), else_="written"),
            ehr_reference=reference,
            ehr_version=version,
            ehr_status=status,
            ehr_digest=digest,
            updated_at=time.time() if now is None else now,
        )
    )
    return tx.execute(held).rowcount > 0


def adopt(
    tx: Connection, draft: Draft, reference: str, version: str | None, status: str | None
) -> None:
    """Keeps a proposal that the EHR holds before we have drafted it ourselves.

    A hook offers what it judged for one call; accepted, it may come back first. Its digest is
    nobody's, so that what is drafted later is news, and what people hold is left to them.
    """
    row = _to_row(draft, {}, time.time())
    held = {"state": "written", "ehr_reference": reference, "ehr_version": version}
    _ADOPT.run(tx, [row | held | {"ehr_status": status}])


def settled_identifier(tx: Connection, connection: str, identifier: str) -> str:
    """The identifier under which the proposal is kept, once its patient has a key of ours.

    What was offered before says the EHR's own id of the patient ("main:fhir-p1:work_up").
    """
    who, _, strategy = identifier.removeprefix(f"{connection}:").rpartition(":")
    if not who.startswith(UNKEYED):
        return identifier
    key = patients.find(tx, connection, who.removeprefix(UNKEYED))
    return identifier if key is None else f"{connection}:{key}:{strategy}"


def gone_at_ehr(tx: Connection, connection: str, reference: str, now: float | None = None) -> bool:
    """Notes that the CarePlan at this reference was deleted; False if it is none of ours."""
    gone = (
        sa.update(proposals)
        .where(_row.connection == connection, _row.ehr_reference == reference)
        .values(
            state="gone",
            ehr_reference=None,
            ehr_version=None,
            ehr_status=None,
            ehr_digest=None,
            updated_at=time.time() if now is None else now,
        )
    )
    return tx.execute(gone).rowcount > 0
