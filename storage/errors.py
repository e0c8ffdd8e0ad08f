"""What storage can say instead of an answer.

StorageError
├── StorageRefused      the caller must change something; never retried
├── StorageUnavailable  try again: database away or locked, inbox full
└── StorageBroken       ours: the database refuses what we ask of it
    └── StorageOutdated   the schema is not the one this version needs; true of every row
"""


class StorageError(Exception):
    """Anything storage could not do; messages hold ids and classes, never a patient's values."""


class StorageRefused(StorageError):
    """The caller asked for something that must not be done."""


class StorageUnavailable(StorageError):
    """Safe to try again. `retry_after_seconds` is what a caller may be told to wait."""

    def __init__(self, message: str, retry_after_seconds: int = 5) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class StorageBroken(StorageError):
    """The database refused a statement: a row it cannot hold, or a fault of ours."""


class StorageOutdated(StorageBroken):
    """The database is not as this version expects it; an operator must act."""
