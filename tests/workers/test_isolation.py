"""One bad row never takes the others with it."""

from collections.abc import Sequence

import pytest

from ehr.errors import EhrUnavailable
from runtime.metrics import Metrics
from storage.errors import StorageBroken, StorageOutdated, StorageUnavailable
from workers.isolation import each_apart, survived


@pytest.mark.parametrize("kind", [KeyError, StorageBroken])
def test_only_the_bad_item_is_given_up_and_all_others_are_done(kind: type[Exception]) -> None:
    done: list[int] = []
    given_up: list[tuple[int, str]] = []

    def step(items: Sequence[int]) -> None:
        if 13 in items:
            raise kind("a value that must not travel")
        done.extend(items)

    each_apart(step, range(40), lambda item, error: given_up.append((item, error)))
    assert sorted(done) == [item for item in range(40) if item != 13]
    assert given_up == [(13, kind.__name__)]


@pytest.mark.parametrize(
    "error", [EhrUnavailable("away"), StorageUnavailable("away"), StorageOutdated("no table")]
)
def test_what_waits_for_others_is_passed_on(error: Exception) -> None:
    given_up: list[int] = []

    def step(items: Sequence[int]) -> None:
        raise error

    with pytest.raises(type(error)):
        each_apart(step, [1, 2], lambda item, _: given_up.append(item))
    assert given_up == []


def test_nothing_to_do_calls_nothing() -> None:
    calls: list[object] = []
    each_apart(calls.append, [], lambda item, error: calls.append(item))
    assert calls == []


@pytest.mark.parametrize("error", [KeyError("a value"), StorageUnavailable("away")])
def test_a_round_that_fails_is_counted_and_survived(error: Exception) -> None:
    metrics = Metrics()

    def fail() -> None:
        raise error

    assert not survived("worker", fail, metrics)
    assert survived("worker", Metrics, metrics)
    reason = type(error).__name__
    assert metrics.value("nelm_rounds_failed_total", loop="worker", reason=reason) == 1
