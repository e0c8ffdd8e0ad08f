"""Counters and timings that a process shows in Prometheus' text format.

Labels are names of ours (connection, step, reason), never a patient's anything.
"""

import threading
from bisect import bisect_left
from collections.abc import Iterator

BUCKETS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

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
        yield f"# TYPE {name} {kind}"
        for labels, value in sorted(values.items()):
            yield f"{name}{_braces(labels)} {value:g}"


def _histograms(families: dict[str, dict[Labels, list[float]]]) -> Iterator[str]:
    for name, series in sorted(families.items()):
        yield f"# TYPE {name} histogram"
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
