"""New mapping rules: read again what is kept of the registry, without asking the EHR for it."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence

from ehr.errors import EhrUnavailable
from storage import jobs, mapping_sets, patients, resources
from storage.jobs import Job
from storage.patients import Patient
from storage.resources import Kept
from workers.background import Background
from workers.burials import retry_or_bury
from workers.isolation import each_apart
from workers.parts import Parts

# Longer than another worker may still read with the rules of before (`storage.active_rules`).
DELAY_SECONDS = 15.0


def put_whose_rules_changed(parts: Parts, delay_seconds: float = DELAY_SECONDS) -> int:
    """Ask for a reading of every patient with a sign whose connection has other rules than before.

    True of an imported layer, of the settings' file and of a new version of the shipped set. A
    connection that is looked at for the first time: only who was judged by another set.
    """
    asked = 0
    for connection in parts.settings.connections:
        version = parts.rules.of(connection).version
        with parts.database.reading() as conn:
            if mapping_sets.in_force(conn, connection) == version:
                continue
        with parts.database.transaction() as tx:
            before = mapping_sets.in_force(tx, connection)
            if before == version:
                continue
            first = before is None
            whose = mapping_sets.registry(tx, connection, version if first else None)
            delay = 0.0 if first else delay_seconds
            jobs.put(tx, "reread", whose, time.time() + delay)
            mapping_sets.set_in_force(tx, connection, version)
            asked += len(whose)
    return asked


def rereads_taken(parts: Parts, taken: Sequence[Job]) -> None:
    """Read the kept resources of leased jobs again; the others go on where one fails."""
    each_apart(
        lambda items: _reread(parts, items),
        taken,
        lambda job, error: retry_or_bury(parts, job, error),
    )


def _reread(parts: Parts, taken: Sequence[Job]) -> None:
    kept: dict[str, list[Kept]] = defaultdict(list)
    silent: dict[float, list[Job]] = defaultdict(list)
    for job in taken:
        with parts.database.reading() as tx:
            patient = patients.get(tx, job.patient)
            stored = resources.read_bodies(tx, job.patient)
        if patient is None:
            continue
        try:
            kept[patient.connection] += _readings(parts, patient, stored)
        except EhrUnavailable as problem:
            pause = parts.pauses.away(patient.connection, problem.retry_after_seconds)
            silent[pause].append(job)
    waiting = {job.patient for some in silent.values() for job in some}
    done = [job for job in taken if job.patient not in waiting]
    with parts.database.transaction(durable=False) as tx:
        for connection, readings in sorted(kept.items()):
            resources.keep(tx, connection, readings)
        for pause, some in silent.items():
            jobs.retry(tx, some, EhrUnavailable.__name__, pause)
        if done:
            jobs.put(tx, "assess", [job.patient for job in done])
            jobs.done(tx, done)


def _readings(parts: Parts, patient: Patient, stored: Sequence[resources.Stored]) -> list[Kept]:
    """What is kept, read with today's rules; what it refers to may have to be asked for."""
    background = Background(parts, patient.connection)
    held = [(one, one.body) for one in stored if one.body]
    background.gather((body for one, body in held if one.origin == "load"), ask=False)
    background.gather(body for one, body in held if one.origin != "load")
    if background.away:
        raise EhrUnavailable("this EHR fell silent while the record was read again")
    return [Kept(background.read(body), body, one.origin, confirmed=True) for one, body in held]
