"""A small world for the workers' tests: an EHR in memory and a real database."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from ehr.errors import EhrRefused, EhrUnavailable
from ehr.in_memory import InMemoryEhr
from ehr.interface import Ehr, Found, SearchParameters
from fhir_mappings.mapping_set import MappingSet
from fhir_mappings.notifications import Change, Heard, Interaction, Problem
from runtime.settings import ConnectionSettings, IntakeSettings, Settings, WorkerSettings
from storage import assessments, jobs, notifications, patients, proposals, rulebooks
from storage.database import Database
from storage.notifications import Origin
from workers.drain import Drained, drain
from workers.parts import Parts, make_parts

TODAY = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
LOINC = "http://loinc.org"


class FlakyEhr(InMemoryEhr):
    """An EHR that can be away or behind a confused proxy, and counts what it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False
        self.reads = 0
        self.answers_instead = ""
        self.refuses = 0
        self.refuses_types: frozenset[str] = frozenset()
        # References, and types that are searched for, of which it fails to give this one only.
        self.fails_for: frozenset[str] = frozenset()
        self.retry_after: float | None = None
        # References that no search finds, though they can be read.
        self.hides: frozenset[str] = frozenset()
        self.asked: list[str] = []
        # What a search for results gives in the place of what matches.
        self.given_instead: list[bytes] = []

    def read(self, reference: str) -> Found:
        self.reads += 1
        if self.away:
            raise EhrUnavailable("the EHR is away", 503, self.retry_after)
        if self.refuses:
            raise EhrRefused("the EHR refuses", self.refuses)
        self.asked.append(reference)
        self._fail(reference)
        self._check(reference.partition("/")[0])
        return super().read(self.answers_instead or reference)

    def search(self, type_: str, parameters: SearchParameters | None = None) -> Iterator[bytes]:
        self._fail(type_)
        self._check(type_)
        if type_ == "Observation" and self.given_instead:
            return iter(self.given_instead)
        found = super().search(type_, parameters)
        return (body for body in found if self._reference(body) not in self.hides)

    @staticmethod
    def _reference(body: bytes) -> str:
        resource = msgspec.json.decode(body)
        return f"{resource['resourceType']}/{resource['id']}"

    def _fail(self, what: str) -> None:
        if what in self.fails_for:
            raise EhrUnavailable("the EHR fails", 500, perhaps_alone=True)

    def _check(self, type_: str) -> None:
        if type_ in self.refuses_types:
            raise EhrRefused(f"{type_}: the EHR refuses", 403)


class World:
    """One connection `main`, its EHR, the database, and a clock that tests move."""

    def __init__(self, database: Database, mapping_set: MappingSet, **intake: Any) -> None:
        self.now = TODAY
        self.ehr = FlakyEhr()
        self.database = database
        main = ConnectionSettings(
            name="main", base_url="http://ehr.invalid/fhir", intake=IntakeSettings(**intake)
        )
        settings = Settings(
            connections={"main": main},
            workers=WorkerSettings(read_threads=4, first_pause_seconds=0.01, lease_seconds=60),
        )
        self._ehrs: dict[str, Ehr] = {"main": self.ehr}
        self.parts: Parts = make_parts(
            settings, database, ehrs=self._ehrs, mapping_set=mapping_set, clock=lambda: self.now
        )

    def disconnect(self) -> None:
        """The connection is taken out of the settings."""
        self._ehrs.clear()

    def close(self) -> None:
        self.parts.close()
        self.database.close()

    # --- what happens at the EHR ---------------------------------------------------------------

    def chart(self, resource: Mapping[str, Any]) -> Found:
        """Somebody charts this resource; no notification yet."""
        return self.ehr.update(resource)

    def notify(
        self,
        found: Found,
        *,
        body: bool = True,
        origin: Origin = "subscription",
        interaction: Interaction = "upsert",
    ) -> None:
        """The notification of this version arrives."""
        type_, _, id_ = found.reference.partition("/")
        change = Change(
            type_,
            id_,
            version=found.version if body else None,
            last_updated=found.last_updated if body else None,
            interaction=interaction,
            body=found.body if body else None,
        )
        self.hear(change, origin=origin)

    def hear(
        self, *changes: Change, problems: tuple[Problem, ...] = (), origin: Origin = "subscription"
    ) -> None:
        with self.database.transaction() as tx:
            notifications.put_now(tx, "main", Heard("changes", changes, problems), origin)

    def change(self, resource: Mapping[str, Any], **notification: Any) -> Found:
        """Charted and notified."""
        found = self.chart(resource)
        self.notify(found, **notification)
        return found

    def remove(self, reference: str) -> None:
        """Deleted at the EHR and notified."""
        self.ehr.delete(reference)
        type_, _, id_ = reference.partition("/")
        self.hear(Change(type_, id_, interaction="delete"))

    # --- what is known -------------------------------------------------------------------------

    def drain(self) -> Drained:
        return drain(self.parts)

    def key(self, patient: str) -> int:
        with self.database.reading() as tx:
            key = patients.find(tx, "main", patient)
        assert key is not None
        return key

    def document(self, patient: str = "p1") -> dict[str, Any]:
        """The latest assessment document; empty where there is none."""
        with self.database.reading() as tx:
            latest = assessments.latest(tx, "main", patient)
            if latest is None or latest.document is None:
                return {}
            return rulebooks.whole(tx, latest.document)

    def value(self, fact: str, patient: str = "p1") -> Any:
        return self.document(patient).get("facts", {}).get(fact, {}).get("value")

    def history(self, patient: str = "p1") -> int:
        with self.database.reading() as tx:
            return len(assessments.history(tx, "main", patient))

    def waiting(self) -> int:
        with self.database.reading() as tx:
            return notifications.count_waiting(tx) + jobs.count_waiting(tx)

    def buried(self) -> list[tuple[str, str | None]]:
        with self.database.reading() as tx:
            noted = notifications.list_noted(tx)
        return [(one.state, one.error) for one in noted]

    def proposals(self, patient: str = "p1") -> list[dict[str, Any]]:
        key = self.key(patient)
        with self.database.reading() as tx:
            return [msgspec.json.decode(one.careplan) for one in proposals.of_patient(tx, key)]

    def end_pauses(self) -> None:
        """What waits for a pause to end is due now."""
        with self.database.transaction() as tx:
            tx.exec_driver_sql("UPDATE notifications SET available_at = 0")

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)


# --- resources -----------------------------------------------------------------------------------


def patient(id_: str = "p1") -> dict[str, Any]:
    return {"resourceType": "Patient", "id": id_, "birthDate": "1960-05-02", "gender": "female"}


def condition(id_: str, code: str, of: str = "p1") -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "id": id_,
        "subject": {"reference": f"Patient/{of}"},
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "verificationStatus": {"coding": [{"code": "confirmed"}]},
        "code": {"coding": [{"system": ICD10CM, "code": code}]},
        "onsetDateTime": "2026-01-10",
    }


def net(of: str = "p1") -> dict[str, Any]:
    """A neuroendocrine tumor of the pancreas."""
    return condition(f"net-{of}", "C25.4", of)


def metastasis(of: str = "p1") -> dict[str, Any]:
    """A secondary neuroendocrine tumor of the liver."""
    return condition(f"met-{of}", "C7B.02", of)


def bilirubin(
    value: float, of: str = "p1", id_: str = "bili", day: str = "2026-05-20"
) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": id_,
        "status": "final",
        "subject": {"reference": f"Patient/{of}"},
        "effectiveDateTime": day,
        "code": {"coding": [{"system": LOINC, "code": "1975-2"}]},
        "valueQuantity": {
            "value": value,
            "unit": "mg/dL",
            "system": "http://unitsofmeasure.org",
            "code": "mg/dL",
        },
    }
