"""Small builders of what an EHR says, invented."""

from typing import Any

from fhir_mappings.notifications import Change, Heard
from fhir_mappings.statements import NotUnderstood, Reading, Statement
from storage.resources import Kept


def heard(*changes: Change, **told: Any) -> Heard:
    return Heard("changes", changes, **told)


def change(number: int, version: str | None = "1", body: bytes | None = b"{}") -> Change:
    return Change("Observation", f"o{number}", version, None, "upsert", body)


def statement(source: str, fact: str, value: Any, effective: str | None, **more: Any) -> Statement:
    return Statement(fact=fact, value=value, source=source, effective=effective, **more)


def observation(
    number: int,
    day: str | None,
    value: Any = 1.0,
    *,
    version: str = "1",
    updated: str | None = None,
    fact: str = "albumin_g_dl",
    patient: str = "p1",
    sign: bool = True,
) -> Reading:
    """An Observation that states one fact on one day."""
    source = f"Observation/o{number}"
    told = {"last_updated": updated, "version": version}
    return Reading(
        type="Observation",
        id=f"o{number}",
        version=version,
        last_updated=updated,
        patient=patient,
        statements=(statement(source, fact, value, day, **told),),
        sign=sign,
    )


def condition(number: int, *, patient: str = "p1", sign: bool = True) -> Reading:
    """A Condition that states two facts and has a part that was not understood."""
    source = f"Condition/c{number}"
    return Reading(
        type="Condition",
        id=f"c{number}",
        version="1",
        patient=patient,
        statements=(
            statement(source, "has_neuroendocrine_tumor", True, "2024-01-01"),
            statement(source, "has_liver_metastases", True, "2024-01-01", flags=("by_text", "x")),
        ),
        not_understood=(NotUnderstood(source, "123", None, "no mapping"),),
        sign=sign,
    )


def kept(*readings: Reading, **more: Any) -> list[Kept]:
    return [Kept(reading, **more) for reading in readings]
