"""What a criterion may look at: the facts, the staging, the parameters and earlier verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nelm.evidence.parameters import Parameters
    from nelm.facts import FactSet
    from nelm.staging.summary import Staging


class Case:
    """One patient at one day, as criteria see it.

    `values` holds plain values only: a fact given as a range is judged once for each of its
    possible values, so that no criterion has to know of ranges.
    """

    __slots__ = ("as_of", "facts", "parameters", "staging", "values", "verdicts")

    def __init__(
        self,
        facts: FactSet,
        values: Mapping[str, Any],
        staging: Staging,
        parameters: Parameters,
        as_of: date,
        verdicts: dict[str, str],
    ) -> None:
        self.facts = facts
        self.values = values
        self.staging = staging
        self.parameters = parameters
        self.as_of = as_of
        self.verdicts = verdicts

    def value(self, name: str) -> Any:
        """The value of a fact; None if unknown."""
        return self.values.get(name)

    @property
    def packs(self) -> Mapping[str, bool]:
        """Which knowledge packs are switched on: `{"later": True}`."""
        packs: Mapping[str, bool] = self.parameters["packs"]
        return packs
