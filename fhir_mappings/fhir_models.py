"""The one import of fhir.resources (R4B): checks what we write. Slow; never in the web process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError


def validate(resource: Mapping[str, Any]) -> list[str]:
    """What is wrong with a resource as R4: one line each, element and reason, never a value.

    R4B field sets equal R4 4.0.1 for everything we write. Codes are not checked against value
    sets. Empty: nothing is wrong.
    """
    type_ = resource.get("resourceType")
    try:
        model = get_fhir_model_class(type_)
    except (LookupError, ValueError, TypeError):
        return ["resourceType: no such resource in R4"]
    try:
        model.model_validate(dict(resource))
    except ValidationError as refused:
        return [
            f"{'.'.join(str(part) for part in problem['loc']) or type_}: {problem['msg']}"
            for problem in refused.errors(include_input=False, include_url=False)
        ]
    return []
