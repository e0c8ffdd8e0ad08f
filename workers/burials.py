"""A job that failed through a fault of ours: tried again with growing pauses, then given up.

What is given up shows under `nelm-cds jobs list`; a person or a new cause revives it.
"""

import logging

from storage import jobs
from storage.jobs import Job
from workers.parts import Parts

_log = logging.getLogger(__name__)


def retry_or_bury(parts: Parts, job: Job, error: str) -> None:
    """Let one job wait, or bury it after `workers.max_attempts`; under its error's class name."""
    if job.attempt < parts.settings.workers.max_attempts:
        with parts.database.transaction(durable=False) as tx:
            jobs.retry(tx, [job], error)
    else:
        bury(parts, job, error)


def bury(parts: Parts, job: Job, error: str) -> None:
    """Give up on one job, where a person will see it."""
    with parts.database.transaction(durable=False) as tx:
        jobs.bury(tx, [job], error)
    parts.metrics.count("nelm_jobs_buried_total", kind=job.kind, reason=error)
    _log.error("job buried", extra={"kind": job.kind, "patient_key": job.patient, "reason": error})
