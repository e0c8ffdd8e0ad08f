"""A staging from bare values, as the tests of its parts want it."""

from __future__ import annotations

from typing import Any

from nelm.evidence.parameters import Parameters
from nelm.facts import FactSet
from nelm.staging.summary import Staging, stage


def staged(parameters: dict[str, Any] | None = None, **values: Any) -> Staging:
    facts = FactSet.of(values)
    return stage(facts, facts.values, Parameters(parameters))
