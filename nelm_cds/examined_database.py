"""What `doctor` looks up in the database, where that is there and at this version's schema."""

from __future__ import annotations

from collections.abc import Callable

from nelm_cds.examined_line import Line
from runtime.settings import Settings
from storage.database import SCHEMA_VERSION, Database, place_of
from storage.errors import StorageError


def looked_up(settings: Settings, look: Callable[[Database], list[Line]]) -> list[Line]:
    """The lines that `look` gives; none where the database is not well, which has its own line."""
    try:
        if not place_of(settings.database_url).is_there:
            return []
        database = Database(settings.database_url)
        try:
            return look(database) if database.schema_version() == SCHEMA_VERSION else []
        finally:
            database.close()
    except StorageError:
        return []
