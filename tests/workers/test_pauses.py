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


def test_connections_do_not_share_a_pause() -> None:
    pauses = Pauses(2.0, 10.0, _Clock())
    pauses.away("main")
    assert pauses.remaining("other") == 0
