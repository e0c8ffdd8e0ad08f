"""What commands open before they begin: settings, the database, one connection by name."""

from __future__ import annotations

import os
from importlib import import_module

from nelm_cds.errors import CommandFailed, CommandRefused
from runtime.settings import ConnectionSettings, Settings
from runtime.settings_source import load_settings
from storage.database import SCHEMA_VERSION, Database, place_of
from storage.errors import StorageRefused, StorageUnavailable


def read_settings() -> Settings:
    """The settings of this process, from file and environment.

    Raises:
        SettingRefused: one of them is wrong.
    """
    return load_settings(os.environ)


def open_database(settings: Settings) -> Database:
    """The database, at this version's schema; the embedded one is brought there by itself.

    Raises:
        CommandRefused: its URL is wrong, or it needs `nelm-cds migrate` first.
        CommandFailed: it is away.
    """
    try:
        database = Database(settings.database_url)
        version = database.schema_version()
        if version != SCHEMA_VERSION and database.is_sqlite:
            # nothing of ours is open while the schema changes
            database.close()
            # loads Alembic, which a database that is up to date never needs
            import_module("storage.migrate").migrate(settings.database_url)
        elif version != SCHEMA_VERSION:
            raise CommandRefused(
                f"the database is at schema {version or 'none'}, this version needs "
                f"{SCHEMA_VERSION}. Run: nelm-cds migrate"
            )
    except StorageRefused as refusal:
        raise CommandRefused(f"NELM_DATABASE_URL: {refusal}") from None
    except StorageUnavailable as problem:
        raise CommandFailed(
            f"the database does not answer ({problem}). See: nelm-cds doctor"
        ) from None
    return database


NO_DATABASE = "No database at {}"
FIND_DATABASE = (
    "Set NELM_CONFIG or NELM_DATABASE_URL, or run in the service's directory; "
    "a new one is made by nelm-cds migrate or serve"
)


def database_name(settings: Settings) -> str:
    """Where the database is, without its password.

    Raises:
        CommandRefused: its URL is wrong.
    """
    try:
        return place_of(settings.database_url).name
    except StorageRefused as refusal:
        raise CommandRefused(f"NELM_DATABASE_URL: {refusal}") from None


def open_existing_database(settings: Settings) -> Database:
    """As `open_database`, for commands that look at what is there: none is ever created.

    Raises:
        CommandRefused: there is none, or as `open_database`.
        CommandFailed: it is away.
    """
    name = database_name(settings)
    if not place_of(settings.database_url).is_there:
        raise CommandRefused(f"{NO_DATABASE.format(name)}. {FIND_DATABASE}")
    return open_database(settings)


_ADD_ONE = "add [connections.NAME] with its base_url to nelm-cds.toml"


def connection_named(settings: Settings, name: str | None) -> ConnectionSettings:
    """One connection; the sole one where none is named.

    Raises:
        CommandRefused: there is none of that name, or several and none was named.
    """
    known = ", ".join(sorted(settings.connections)) or "none yet"
    if name is None:
        sole = settings.sole_connection()
        if sole is None:
            way = "name one of them" if settings.connections else _ADD_ONE
            raise CommandRefused(f"which connection? Configured: {known}; {way}")
        return sole
    if name not in settings.connections:
        raise CommandRefused(
            f"there is no connection {name} (configured: {known}). "
            f"Add [connections.{name}] with its base_url to nelm-cds.toml"
        )
    return settings.connections[name]
