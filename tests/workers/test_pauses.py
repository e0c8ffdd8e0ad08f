"""An EHR that is away is left alone for a pause that doubles."""

from workers.pauses import Pauses


class _Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_pause_doubles_up_to_the_longest_and_starts_anew_after_an_answer() -> None:
    clock = _Clock()
    pauses = Pauses(2.0, 10.0, clock)
    seen = []
    for _ in range(4):
        seen.append(pauses.away("main"))
        clock.now += seen[-1]
        assert pauses.remaining("main") == 0
    assert seen == [2.0, 4.0, 8.0, 10.0]
    pauses.answered("main")
    assert pauses.away("main") == 2.0


def test_several_failures_during_one_pause_are_one_failure() -> None:
    clock = _Clock()
    pauses = Pauses(2.0, 10.0, clock)
    assert pauses.away("main") == 2.0
    clock.now += 0.5
    assert pauses.away("main") == 1.5


def test_what_the_ehr_asks_for_is_the_least() -> None:
    pauses = Pauses(2.0, 10.0, _Clock())
    assert pauses.away("main", retry_after_seconds=30) == 30


def test_what_the_ehr_asks_for_is_kept_for_a_quarter_of_an_hour_at_most() -> None:
    assert Pauses(2.0, 10.0, _Clock()).away("main", retry_after_seconds=86_400) == 900


def test_it_is_asked_at_once_where_somebody_says_that_it_is_well() -> None:
    pauses = Pauses(2.0, 10.0, _Clock())
    pauses.away("main", retry_after_seconds=600)
    pauses.forget("main")
    assert pauses.remaining("main") == 0
    assert not pauses.has_answered("main", 1e9)


def test_an_answer_counts_for_a_while() -> None:
    clock = _Clock()
    pauses = Pauses(2.0, 10.0, clock)
    pauses.answered("main")
    clock.now += 60
    assert pauses.has_answered("main", 120)
    clock.now += 61
    assert not pauses.has_answered("main", 120)


def test_connections_do_not_share_a_pause() -> None:
    pauses = Pauses(2.0, 10.0, _Clock())
    pauses.away("main")
    assert pauses.remaining("other") == 0
