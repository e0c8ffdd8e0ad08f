"""Where a day stands on a common axis of time, in percent, and the days that are named on it."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

_MOST_TICKS = 6
_MONTHS = (1, 2, 3, 6, 12, 24, 36, 60, 120)
_ROOM = 0.02  # of the whole, left and right of the first and last day


class Tick(NamedTuple):
    """A named day: its place in percent, and whether its name must stand to the left of it."""

    at: float
    label: str
    at_the_end: bool


class Axis(NamedTuple):
    """From the first day to the last one shown."""

    first: date
    last: date

    def at(self, day: date) -> float:
        """The place of a day in percent of the width; days beyond stand at the edge."""
        whole = (self.last - self.first).days or 1
        share = min(1.0, max(0.0, (day - self.first).days / whole))
        return round(100 * (_ROOM + share * (1 - 2 * _ROOM)), 2)

    def ticks(self) -> tuple[Tick, ...]:
        """First days of months or years, at most six."""
        months = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month
        step = next((one for one in _MONTHS if months / one <= _MOST_TICKS), _MONTHS[-1])
        return tuple(self._ticks(step))

    def _ticks(self, step: int) -> Iterator[Tick]:
        place = self.first.year * 12 + self.first.month - 1
        place += -place % step
        while (day := date(place // 12, place % 12 + 1, 1)) <= self.last:
            if day >= self.first:
                label = str(day.year) if step >= 12 else f"{day.year}-{day.month:02d}"
                at = self.at(day)
                yield Tick(at, label, at > 88)
            place += step


def axis_over(days: Iterable[date], last: date) -> Axis | None:
    """The axis from the earliest of these days to `last`; None where there is none before it."""
    first = min(days, default=last)
    return Axis(first, last) if first < last else None
