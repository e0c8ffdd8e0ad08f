"""Counters and timings that a process shows in Prometheus' text format.

Labels are names of ours (connection, step, reason), never a patient's anything.
"""

import threading
from bisect import bisect_left
from collections.abc import Iterator

BUCKETS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

# What each figure counts. A name that is not here is shown without.
HELP = {
    "nelm_admin_refused_total": "Refused requests to the pages under /admin.",
    "nelm_assessments_total": "Assessments that workers made.",
    "nelm_cards_forgotten_total": "Shown cards that could not be kept for feedback.",
    "nelm_cards_switched_off_total": "Cards left out because the call did not want their type.",
    "nelm_cards_quiet_total": "Cards left out because their clinician had overridden the same.",
    "nelm_database_failures_total": "Times the figures of the database could not be read.",
    "nelm_drafts_unreadable_total": "Draft orders of hook calls that were no FHIR resources.",
    "nelm_ehr_unavailable_total": "Reads that an EHR did not answer; they are tried again.",
    "nelm_events_missing_seconds": "For how long events of an EHR have been known to be missing.",
    "nelm_feedback_total": "Feedback to cards, by outcome.",
    "nelm_hook_callers_total": "Hook calls by how their caller was known, or refused.",
    "nelm_hook_read_seconds": "Time that a hook call spent reading from the EHR.",
    "nelm_hook_reads_total": "Hook calls that read from the EHR, by outcome.",
    "nelm_hook_seconds": "Time from a hook call to its answer.",
    "nelm_hooks_judged_in_place_total": "Hook calls judged from what came along with them.",
    "nelm_hooks_unread_total": "Hook calls on a record that could not be read.",
    "nelm_jobs_buried_total": "Jobs given up on since this process began.",
    "nelm_buried_jobs": "Jobs given up on that wait for a person. See: nelm-cds jobs list",
    "nelm_buried_notifications": "Notifications given up on. See: nelm-cds jobs list",
    "nelm_not_read_rows": "Changes told of that an EHR did not let us read; they are tried again.",
    "nelm_not_read_seconds": "Since when the oldest of them has been waiting.",
    "nelm_notifications_buried_total": "Notifications given up on since this process began.",
    "nelm_notifications_ingested_total": "Notifications whose resource was read and kept.",
    "nelm_notifications_poison_total": "Notifications that could not be read at all.",
    "nelm_notifications_refused_total": "Notifications refused for a wrong or missing secret.",
    "nelm_notifications_too_large_total": "Notifications refused for their size.",
    "nelm_notifications_total": "Notifications stored and acknowledged.",
    "nelm_notifications_unavailable_total": "Notifications not stored: the database was away.",
    "nelm_oldest_due_seconds": "For how long the oldest due row has been waiting.",
    "nelm_orders_for_another_total": "Orders of a call that were about another patient.",
    "nelm_patients_merged_total": "Times records that the EHR merged were joined here.",
    "nelm_poison_rows": "Notifications that nobody could read. See: nelm-cds jobs list",
    "nelm_prefetch_for_another_total": "Prefetched resources about another patient.",
    "nelm_problems_for_another_total": "Problems of a call that were about another patient.",
    "nelm_readers_total": "Requests for stored assessments, by how the reader was known.",
    "nelm_records_incomplete_total": "Records of which a part could not be read.",
    "nelm_rounds_failed_total": "Rounds of work that failed and are done again.",
    "nelm_staging_pages_total": "Requests for the page of a staging, by outcome.",
    "nelm_resources_failed_total": "Resources that we failed to read or keep in a record.",
    "nelm_subjects_elsewhere_total": "Resources whose subject is another patient than expected.",
    "nelm_subscriptions_not_active": "Subscriptions that their EHR calls switched off or failed.",
    "nelm_waiting_rows": "Rows that wait or are worked on.",
    "nelm_wake_ups_failed_total": "Wake-ups that no worker heard; the schedule finds the work.",
    "nelm_wake_ups_total": "Wake-ups sent to workers.",
    "nelm_workers_alive": "1 while those who work in this process live, else 0.",
}

Labels = tuple[tuple[str, str], ...]


class Metrics:
    """One process's figures. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counters: dict[str, dict[Labels, float]] = {}
        self._gauges: dict[str, dict[Labels, float]] = {}
        self._timings: dict[str, dict[Labels, list[float]]] = {}

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        """Add to a counter; its name ends in `_total`."""
        key = tuple(sorted(labels.items()))
        with self._lock:
            values = self._counters.setdefault(name, {})
            values[key] = values.get(key, 0) + amount

    def gauge(self, name: str, value: float, **labels: str) -> None:
        """Set a figure that goes up and down, such as waiting jobs."""
        with self._lock:
            self._gauges.setdefault(name, {})[tuple(sorted(labels.items()))] = value

    def observe(self, name: str, seconds: float, **labels: str) -> None:
        """Add one duration to a histogram; its name ends in `_seconds`."""
        key = tuple(sorted(labels.items()))
        with self._lock:
            series = self._timings.setdefault(name, {})
            # one slot per bucket, one for longer ones, then the sum
            slots = series.setdefault(key, [0.0] * (len(BUCKETS_SECONDS) + 2))
            slots[bisect_left(BUCKETS_SECONDS, seconds)] += 1
            slots[-1] += seconds

    def value(self, name: str, **labels: str) -> float:
        """The present value of a counter or gauge; 0 if it was never touched."""
        key = tuple(sorted(labels.items()))
        with self._lock:
            for family in (self._counters, self._gauges):
                if name in family:
                    return family[name].get(key, 0)
        return 0

    def text(self) -> str:
        """Everything in Prometheus' text exposition format."""
        with self._lock:
            lines = [*_plain(self._counters, "counter"), *_plain(self._gauges, "gauge")]
            lines += _histograms(self._timings)
        return "\n".join(lines) + "\n"


def _plain(families: dict[str, dict[Labels, float]], kind: str) -> Iterator[str]:
    for name, values in sorted(families.items()):
        yield from _head(name, kind)
        for labels, value in sorted(values.items()):
            yield f"{name}{_braces(labels)} {value:g}"


def _head(name: str, kind: str) -> Iterator[str]:
    if name in HELP:
        yield f"# HELP {name} {HELP[name]}"
    yield f"# TYPE {name} {kind}"


def _histograms(families: dict[str, dict[Labels, list[float]]]) -> Iterator[str]:
    for name, series in sorted(families.items()):
        yield from _head(name, "histogram")
        for labels, slots in sorted(series.items()):
            total = 0.0
            for limit, slot in zip((*BUCKETS_SECONDS, "+Inf"), slots[:-1], strict=True):
                total += slot
                yield f"{name}_bucket{_braces((*labels, ('le', str(limit))))} {total:g}"
            yield f"{name}_sum{_braces(labels)} {slots[-1]:g}"
            yield f"{name}_count{_braces(labels)} {total:g}"


def _braces(labels: Labels) -> str:
    if not labels:
        return ""
    inner = ",".join(f'{key}="{_escaped(value)}"' for key, value in labels)
    return "{" + inner + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
