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
from storage.errors import StorageBroken, StorageError

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
        self._sets: dict[str, MappingSet | str] | None = None
        self._due = 0.0
        self._lock = threading.Lock()

    def of(self, connection: str) -> MappingSet:
        """The mapping set in which this connection's codes are understood; quick.

        The first call reads the database; later ones never wait: what was imported meanwhile is
        loaded aside.

        Raises:
            StorageUnavailable: the database is away, and nothing was read so far.
            StorageBroken: this connection's layer cannot be used by this version; what to do.
        """
        sets = self._sets
        if sets is None:
            self.refresh()
            sets = self._sets or {}
        elif monotonic() >= self._due:
            self._due = monotonic() + self._seconds
            threading.Thread(target=self._refresh_aside, name="mapping-rules", daemon=True).start()
        found = sets.get(connection, self.common)
        if found.__class__ is str:
            raise StorageBroken(found)
        return found  # type: ignore[return-value]

    @property
    def use_paths(self) -> bool:
        """Whether any connection's rules decide by FHIRPath: then they look at what was sent.

        True as long as nobody has looked.
        """
        sets = self._sets
        if sets is None or self.common.paths:
            return True
        return any(isinstance(one, MappingSet) and one.paths for one in sets.values())

    def refresh(self) -> None:
        """Reads now which layers are active, and loads those that are new.

        Where a new one cannot be used, the rules of before hold.

        Raises:
            StorageUnavailable: the database is away.
        """
        with self._lock:
            with self._database.glance() as tx:
                versions = mapping_sets.active_versions(tx)
                changed = {
                    connection: mapping_sets.layer(tx, connection)
                    for connection, version in versions.items()
                    if self._versions.get(connection) != version
                }
            before = self._sets or {}
            sets = {one: rules for one, rules in before.items() if one in versions}
            for connection, layer in changed.items():
                loaded = self._with(connection, layer)
                if isinstance(loaded, MappingSet) or self._sets is None:
                    sets[connection] = loaded
            self._sets = sets
            self._versions = versions
            self._due = monotonic() + self._seconds

    def _with(self, connection: str, layer: Layer) -> MappingSet | str:
        """The rules, or why there are none."""
        try:
            return laid_over((*self.common.layers, layer), self.common.canonical_base)
        except MappingSetRefused as refusal:
            return (
                f"The mapping rules of connection {connection} cannot be used by this version:"
                f" {refusal.message} Correct them and import them again: nelm-cds mappings import"
                f" --connection {connection} FILE"
            )

    def _refresh_aside(self) -> None:
        try:
            self.refresh()
        except StorageError:
            # the rules known so far hold; who reads the database next says that it is away
            return
