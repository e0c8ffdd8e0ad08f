"""Brings a database to the schema of this version. The only module that imports Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from storage.database import SCHEMA_VERSION, Database

_STEPS = Path(__file__).parent / "migrations"
# Any number; the same in every process, so that two of them never migrate at once.
_ADVISORY_LOCK = 7_304_112


def migrate(url: str) -> str:
    """Applies the missing migrations and returns the schema version reached.

    Safe to call from several processes at once, and again. Raises StorageUnavailable.
    """
    database = Database(url)
    try:
        with database.transaction() as tx:
            if not database.is_sqlite:
                tx.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"))
            command.upgrade(_configuration(tx), SCHEMA_VERSION)
        return database.schema_version() or ""
    finally:
        database.close()


def _configuration(tx: Connection) -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", str(_STEPS))
    configuration.attributes["connection"] = tx
    return configuration
