"""Wake-ups: in this process, and through a broker with at most one message waiting."""

import pytest
import redis

from runtime.broker_wake_up import QUEUE, WAITING_KEY, BrokerWakeUp
from runtime.metrics import Metrics
from runtime.wake_up import InProcessWakeUp


def test_calling_twice_before_anybody_looks_is_calling_once() -> None:
    wake_up = InProcessWakeUp()
    wake_up.call()
    wake_up.call()
    assert wake_up.wait(0)
    assert not wake_up.wait(0)


@pytest.mark.real
def test_at_most_one_message_waits_until_a_worker_begins(redis_url: str) -> None:
    wake_up = BrokerWakeUp(redis_url)
    client = redis.Redis.from_url(redis_url)
    assert wake_up.send() is True
    assert wake_up.send() is False
    assert client.llen(QUEUE) == 1
    wake_up.begun()
    assert wake_up.send() is True
    assert client.llen(QUEUE) == 2
    client.close()
    wake_up.close()


@pytest.mark.real
def test_a_wiped_broker_is_told_again(redis_url: str) -> None:
    wake_up = BrokerWakeUp(redis_url)
    client = redis.Redis.from_url(redis_url)
    wake_up.send()
    client.flushall()
    assert wake_up.send() is True
    assert client.ttl(WAITING_KEY) > 0
    client.close()
    wake_up.close()


@pytest.mark.real
def test_calls_are_sent_from_a_thread_and_close_sends_what_was_called(redis_url: str) -> None:
    wake_up = BrokerWakeUp(redis_url)
    client = redis.Redis.from_url(redis_url)
    wake_up.call()
    wake_up.close()
    assert client.llen(QUEUE) == 1
    client.close()


def test_a_broker_that_is_away_costs_the_caller_nothing() -> None:
    metrics = Metrics()
    wake_up = BrokerWakeUp("redis://127.0.0.1:1/0", metrics)
    wake_up.call()
    wake_up.close()
    assert metrics.value("nelm_wake_ups_failed_total") == 1
