"""Brings a database to the schema of this version. The only module that imports Alembic."""


def migrate(url: str) -> str:
    """Applies the missing migrations and returns the schema version reached.

    Safe to call from several processes at once, and again. Raises StorageUnavailable.
    """
    raise NotImplementedError
