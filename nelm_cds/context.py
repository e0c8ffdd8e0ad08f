"""What commands open before they begin: settings, the database, one connection by name."""

from __future__ import annotations

import os
from importlib import import_module

from nelm_cds.errors import CommandFailed, CommandRefused
from runtime.settings import ConnectionSettings, Settings
from runtime.settings_source import load_settings
from storage.database import SCHEMA_VERSION, Database
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


def connection_named(settings: Settings, name: str | None) -> ConnectionSettings:
    """One connection; the sole one where none is named.

    Raises:
        CommandRefused: there is none of that name, or several and none was named.
    """
    known = ", ".join(sorted(settings.connections)) or "none yet"
    if name is None:
        sole = settings.sole_connection()
        if sole is None:
            raise CommandRefused(f"name a connection (configured: {known})")
        return sole
    if name not in settings.connections:
        raise CommandRefused(
            f"there is no connection {name} (configured: {known}). "
            f"Add [connections.{name}] with its base_url to nelm-cds.toml"
        )
    return settings.connections[name]
