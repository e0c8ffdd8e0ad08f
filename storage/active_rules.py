"""The mapping set of each connection: the installation's own, with the connection's layer over it.

A newly imported layer holds a few seconds later, without a restart.
"""

from __future__ import annotations

import threading
from time import monotonic

from fhir_mappings.mapping_layer import Layer, MappingSetRefused
from fhir_mappings.mapping_rules import MappingSet
from fhir_mappings.mapping_set import laid_over
from storage import mapping_sets
from storage.database import Database
from storage.errors import StorageBroken, StorageUnavailable

REFRESH_SECONDS = 5.0


class ActiveRules:
    """Which rules a connection's resources are read with. Safe to share between threads.

    common: for connections without a layer of their own.
    """

    def __init__(
        self, database: Database, common: MappingSet, refresh_seconds: float = REFRESH_SECONDS
    ) -> None:
        self.common = common
        self._database = database
        self._seconds = refresh_seconds
        self._versions: dict[str, str] = {}
        self._sets: dict[str, MappingSet] | None = None
        self._due = 0.0
        self._lock = threading.Lock()

    def of(self, connection: str) -> MappingSet:
        """The mapping set in which this connection's codes are understood; quick.

        The first call reads the database; later ones never wait: what was imported meanwhile is
        loaded aside.

        Raises:
            StorageUnavailable: the database is away, and nothing was read so far.
            StorageBroken: a stored layer cannot be used by this version; says what to do.
        """
        sets = self._sets
        if sets is None:
            self.refresh()
            sets = self._sets or {}
        elif monotonic() >= self._due:
            self._due = monotonic() + self._seconds
            threading.Thread(target=self._refresh_aside, name="mapping-rules", daemon=True).start()
        return sets.get(connection, self.common)

    def refresh(self) -> None:
        """Reads now which layers are active, and loads those that are new.

        Raises:
            StorageUnavailable, StorageBroken: as `of`.
        """
        with self._lock:
            with self._database.reading() as tx:
                versions = mapping_sets.active_versions(tx)
                changed = {
                    connection: mapping_sets.layer(tx, connection)
                    for connection, version in versions.items()
                    if self._versions.get(connection) != version
                }
            kept = {
                connection: rules
                for connection, rules in (self._sets or {}).items()
                if connection in versions and connection not in changed
            }
            self._sets = kept | {
                connection: self._with(connection, layer) for connection, layer in changed.items()
            }
            self._versions = versions
            self._due = monotonic() + self._seconds

    def _with(self, connection: str, layer: Layer) -> MappingSet:
        try:
            return laid_over((*self.common.layers, layer), self.common.canonical_base)
        except MappingSetRefused as refusal:
            raise StorageBroken(
                f"The mapping rules of connection {connection} cannot be used by this version:"
                f" {refusal.message} Correct them and import them again: nelm-cds mappings import"
                f" --connection {connection} FILE"
            ) from refusal

    def _refresh_aside(self) -> None:
        try:
            self.refresh()
        except (StorageUnavailable, StorageBroken):
            # the rules known so far hold; who reads the database next says that it is away
            return
