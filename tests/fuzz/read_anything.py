"""Feeds mutated resources to the reading of FHIR, guided by coverage (atheris): nothing may raise.

Development only: atheris is not in the lock file. Run it for an hour beside other work:

    .venv/bin/pip install --target /tmp/atheris atheris
    PYTHONPATH=.:/tmp/atheris nice -n 19 .venv/bin/python -m tests.fuzz.read_anything \\
        -max_total_time=3600 -rss_limit_mb=1024 -print_final_stats=1

A finding is written to `crash-…` in the working directory; hand that file over to see it again.
"""

import copy
import json
import sys
from typing import Any

import atheris  # type: ignore[import-not-found]  # development only, see above

with atheris.instrument_imports(include=["fhir_mappings", "nelm"]):
    from fhir_mappings.combination import combine_with_reasons
    from fhir_mappings.mapping_layer import Layer
    from fhir_mappings.mapping_set import laid_over
    from fhir_mappings.reading import read_bundle, read_resource
    from fhir_mappings.staging_document import stage
    from fhir_mappings.statements import RAW_FACTS, Reading
    from fhir_mappings.unmapped_codes import seen_in, shape_of
    from nelm.catalog import CATALOG
    from nelm.errors import Refused

from tests.fhir_mappings.resources import TODAY
from tests.fhir_mappings.test_properties import RESOURCES, places

# Rules that look at what was sent, so that rewriting is tried too.
LAYER = b"""
observations:
  - id: fuzz.path
    fact: liver_tumor_burden_percent
    codes: {loinc: {"29593-1": Ki-67}}
    when: "bodySite.exists()"
    value: "component.value.ofType(Quantity)"
"""
RULES = laid_over((Layer("fuzz.yaml", LAYER),))
WORDS = [
    "", "final", "entered-in-error", "confirmed", "refuted", "2026-02-30", "2026", "9999-12-31",
    "2026-05-01T24:61:00+99:00", "Patient/p", "http://a/Patient/p", "urn:uuid:x", "#a", "<3 %",
    "1e999", ">>", "12 mg/dL", "liver", "http://loinc.org", "1975-2", "C7B.02", "\ud7ff",
]  # fmt: skip


def value_of(data: Any, depth: int = 0) -> Any:
    """Any JSON value, often one that means something here."""
    kind = data.ConsumeIntInRange(0, 9 if depth < 3 else 6)
    if kind <= 2:
        return data.PickValueInList(WORDS)
    if kind == 3:
        return data.ConsumeUnicodeNoSurrogates(12)
    if kind == 4:
        return data.ConsumeInt(8)
    if kind == 5:
        return data.ConsumeRegularFloat()
    if kind == 6:
        return data.PickValueInList([None, True, False])
    if kind == 7:
        return [value_of(data, depth + 1) for _ in range(data.ConsumeIntInRange(0, 3))]
    if kind == 8:
        return copy.deepcopy(data.PickValueInList(RESOURCES))
    names = ["coding", "system", "code", "text", "value", "unit", "reference", "start", "entry"]
    return {data.PickValueInList(names): value_of(data, depth + 1) for _ in range(2)}


def mutated(data: Any) -> bytes:
    """A Bundle of some resources with some of their elements replaced, removed or added."""
    entries = []
    for _ in range(data.ConsumeIntInRange(1, 3)):
        resource = copy.deepcopy(data.PickValueInList(RESOURCES))
        for _ in range(data.ConsumeIntInRange(0, 4)):
            _damage(data, resource)
        entries.append({"fullUrl": value_of(data, 3), "resource": resource})
    return json.dumps({"resourceType": "Bundle", "entry": entries}).encode()


def _damage(data: Any, resource: Any) -> None:
    found = places(resource)
    if not found:
        return
    path = data.PickValueInList(found)
    node = resource
    for key in path[:-1]:
        node = node[key]
    if data.ConsumeBool():
        node[path[-1]] = value_of(data)
    elif isinstance(node, dict):
        node.pop(path[-1])
        node[data.PickValueInList(["valueString", "component", "extension", "focus", "meta"])] = (
            value_of(data)
        )


def check(raw: bytes) -> None:
    """Reads, combines and stages; whatever comes out is within the catalog."""
    readings: list[Reading] = [*read_bundle(raw, RULES), read_resource(raw, RULES)]
    statements = [one for reading in readings for one in reading.statements]
    for one in statements:
        assert one.fact in CATALOG or one.fact in RAW_FACTS, one.fact
    for fact in combine_with_reasons(statements, TODAY, RULES).facts.values:
        assert fact in CATALOG, fact
    for reading in readings:
        for seen in seen_in(reading):
            shape_of(raw, seen)
    try:
        json.dumps(stage([raw], TODAY, RULES))
    except Refused:
        pass


def one_input(given: bytes) -> None:
    """What atheris calls: bytes as they are, or the choices for a mutated Bundle."""
    if given[:1] < b"\x40":
        check(given[1:])
    else:
        check(mutated(atheris.FuzzedDataProvider(given[1:])))


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
