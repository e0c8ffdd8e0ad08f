"""What operators scrape: Prometheus text."""

import re
from pathlib import Path

from runtime.metrics import HELP, Metrics


def test_counters_gauges_and_histograms_are_shown() -> None:
    metrics = Metrics()
    metrics.count("nelm_notifications_total", connection="main")
    metrics.count("nelm_notifications_total", 2, connection="main")
    metrics.gauge("nelm_jobs_waiting", 4)
    metrics.observe("nelm_hook_seconds", 0.003, hook="patient-view")
    metrics.observe("nelm_hook_seconds", 99, hook="patient-view")
    text = metrics.text()
    assert 'nelm_notifications_total{connection="main"} 3' in text
    assert "nelm_jobs_waiting 4" in text
    assert 'nelm_hook_seconds_bucket{hook="patient-view",le="0.0025"} 0' in text
    assert 'nelm_hook_seconds_bucket{hook="patient-view",le="0.005"} 1' in text
    assert 'nelm_hook_seconds_bucket{hook="patient-view",le="10.0"} 1' in text
    assert 'nelm_hook_seconds_bucket{hook="patient-view",le="+Inf"} 2' in text
    assert 'nelm_hook_seconds_count{hook="patient-view"} 2' in text
    assert 'nelm_hook_seconds_sum{hook="patient-view"} 99.003' in text


def test_a_figure_says_what_it_counts() -> None:
    metrics = Metrics()
    metrics.count("nelm_notifications_total", connection="main")
    metrics.count("nelm_of_nobody_total")
    lines = metrics.text().splitlines()
    help_, kind, _ = lines[:3]
    assert help_.startswith("# HELP nelm_notifications_total Notifications stored")
    assert kind == "# TYPE nelm_notifications_total counter"
    assert "# HELP nelm_of_nobody_total" not in metrics.text()


def test_every_figure_of_ours_has_its_words() -> None:
    root = Path(__file__).parents[2]
    rooms = ("service", "workers", "runtime", "nelm_cds", "ehr")
    text = "".join(file.read_text() for room in rooms for file in (root / room).rglob("*.py"))
    named = r'\.(?:count|gauge|observe)\(\s*"(nelm_[a-z_]+)"'
    assert set(re.findall(named, text)) - set(HELP) == set()
    assert len(set(re.findall(named, text))) > 25


def test_a_label_cannot_break_out_of_its_quotes() -> None:
    metrics = Metrics()
    metrics.count("nelm_x_total", reason='a"b\nc\\')
    assert 'nelm_x_total{reason="a\\"b\\nc\\\\"} 1' in metrics.text()


def test_an_untouched_figure_is_zero() -> None:
    assert Metrics().value("nelm_x_total") == 0
