"""Giving up on a job: visible under `nelm-cds jobs list`, revived by a person or a new cause."""

import logging

from storage import jobs
from storage.jobs import Job
from workers.parts import Parts

_log = logging.getLogger(__name__)


def bury_job(parts: Parts, job: Job, error: str) -> None:
    """Bury one job under its error's class name."""
    with parts.database.transaction(durable=False) as tx:
        jobs.bury(tx, [job], error)
    parts.metrics.count("nelm_jobs_buried_total", kind=job.kind, reason=error)
    _log.error("job buried", extra={"kind": job.kind, "patient_key": job.patient, "reason": error})
