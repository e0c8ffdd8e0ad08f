"""FHIR dates as they are sent: whole, partial (`2024`, `2024-03`) or instants with a zone."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime
from functools import lru_cache

# What was sent without a date never stands for something newer than what was dated.
_UNDATED = ""


@lru_cache(maxsize=8192)
def day_of(text: str | None) -> date | None:
    """The day; the first one of a partial date. None if missing or not a date."""
    if not text:
        return None
    head = text[:10]
    if len(head) == 4:
        head += "-01-01"
    elif len(head) == 7:
        head += "-01"
    try:
        return date.fromisoformat(head)
    except ValueError:
        return None


def last_day_of(text: str) -> date | None:
    """The last day that a partial date may mean; the day itself of a whole one."""
    first = day_of(text)
    if first is None or len(text) not in (4, 7):
        return first
    if len(text) == 4:
        return first.replace(month=12, day=31)
    return first.replace(day=monthrange(first.year, first.month)[1])


@lru_cache(maxsize=8192)
def instant_key(text: str | None) -> str:
    """A text that sorts by time: UTC without zone; a day stands before every moment of it.

    Without a date before every dated one.
    """
    if not text:
        return _UNDATED
    if len(text) <= 10:
        return text
    zone = text[19:]
    if zone in ("Z", "+00:00"):
        return text[:19]
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return _without_zone(moment).isoformat()


def _without_zone(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        return moment
    try:
        return moment.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        # `0001-01-01T00:00:00+01:00` and `9999-12-31T23:59:59-05:00` stand for "never" and "open"
        return moment.replace(tzinfo=None)


def is_after(text: str | None, as_of: str) -> bool:
    """Whether a date lies after the day `as_of` (ISO); a partial date from its first day on."""
    return text is not None and text[:10] > as_of and text[:10] != as_of[: len(text)]


def months_later(day: date, months: int) -> date:
    """The same day some months later (earlier if negative), at most the month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError


def months_between(start: date, end: date) -> float:
    """Months from one day to another, whole months and the share of the next one."""
    whole = (end.year - start.year) * 12 + end.month - start.month
    if months_later(start, whole) > end:
        whole -= 1
    reached, following = months_later(start, whole), months_later(start, whole + 1)
    return whole + (end - reached).days / max((following - reached).days, 1)
