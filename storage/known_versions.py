"""When a version that was heard of before is worked on again: where nothing came of it."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from storage.tables import notifications, resources

VERSION_KEY = ("connection", "type", "fhir_id", "version")

_told = notifications.c
_here = resources.c


def once_unless_it_is_needed(columns: Sequence[str]) -> Mapping[str, Any]:
    """ON CONFLICT of a notification: one row per version, which waits anew if that is needed."""
    return {
        "index_elements": VERSION_KEY,
        "index_where": sa.text("version IS NOT NULL"),
        "where": _is_needed(),
        "set": {
            **{name: _new(name) for name in columns if name not in VERSION_KEY},
            "body": _body(),
            "attempts": sa.literal_column("0"),
            "unanswered": sa.literal_column("0"),
            "taker": sa.null(),
        },
    }


def _is_needed() -> sa.ColumnElement[bool]:
    """It was given up on; or it is done, and what came of it is not here; or it is another one.

    Deleted here, or never kept. What somebody looked up (load, sweep, backfill) is also needed
    where another version, or of a loaded one another content, is here. Not every server counts
    versions, and one restored from a backup counts them twice: the same version told with
    another lastUpdated is another one.
    """
    same_content = sa.or_(_new("origin") != "load", _here.body.is_not_distinct_from(_new("body")))
    same_version = sa.and_(
        _here.version.is_not_distinct_from(_old("version")),
        _is_same_time(_here.last_updated),
    )
    settled = sa.exists().where(
        *(_here[name] == _old(name) for name in ("connection", "type", "fhir_id")),
        _here.deleted.is_(sa.false()),
        sa.or_(_new("origin") == "subscription", sa.and_(same_version, same_content)),
    )
    state = _old("state")
    return sa.or_(
        state == "buried",
        sa.not_(_is_same_time(_old("last_updated"))),
        sa.and_(state == "done", sa.not_(settled)),
    )


def _is_same_time(known: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    told = _new("last_updated")
    return sa.or_(told.is_(None), known.is_not_distinct_from(told))


def _body() -> sa.ColumnElement[Any]:
    """Of two that wait under one version nobody knows here which is newer: the EHR is asked."""
    state = _old("state")
    waits = sa.or_(state == "waiting", state == "taken")
    both = sa.and_(waits, _new("origin") != "load")
    return sa.case((both, sa.null()), else_=_new("body"))


def _new(name: str) -> sa.ColumnElement[Any]:
    return sa.literal_column(f"excluded.{name}", type_=_told[name].type)


def _old(name: str) -> sa.ColumnElement[Any]:
    # As text, so that the row at hand is meant and not all of the table.
    return sa.literal_column(f"notifications.{name}", type_=_told[name].type)
