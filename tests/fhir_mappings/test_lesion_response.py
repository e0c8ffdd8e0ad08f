"""The same lesions in two studies: what RECIST 1.1 makes of their diameters, as a candidate."""

from typing import Any

import pytest

from fhir_mappings.combination import combine_with_reasons
from tests.fhir_mappings.resources import (
    RULES,
    SNOMED,
    TODAY,
    coded,
    observation,
    quantity,
    readings,
)

Json = dict[str, Any]
FIRST, SECOND, THIRD = "2025-11-01", "2026-02-01", "2026-05-01"


def size(name: str, mm: float, day: str, **elements: Any) -> Json:
    focus = [{"reference": f"BodyStructure/{name}"}]
    sent = {"focus": focus, "bodySite": coded("10200004", SNOMED), "effectiveDateTime": day}
    return observation("21889-1", quantity(mm, "mm"), id=f"{name}-{day}", **(sent | elements))


def study(day: str, *sizes: float, **elements: Any) -> list[Json]:
    return [size(f"t{number}", mm, day, **elements) for number, mm in enumerate(sizes)]


def compared(*resources: Json) -> list[tuple[str, str]]:
    statements = [one for each in readings(*resources) for one in each.statements]
    combined = combine_with_reasons(statements, TODAY, RULES)
    assert "recist_status" not in combined.facts.values or any(
        one.fact == "recist_status" for one in statements
    )
    return [(one.value["value"], one.value["sentence"]) for one in combined.candidates]


@pytest.mark.parametrize(
    ("before", "after", "value"),
    [
        ((30, 20), (36, 24), "PD"),
        ((30, 20), (35, 24), "SD"),
        ((12, 11), (14, 13), "SD"),
        ((30, 20), (21, 14), "PR"),
        ((30, 20), (22, 14), "SD"),
        ((30, 20), (0, 0), "CR"),
        ((20,), (25,), "PD"),
        ((20,), (24,), "SD"),
    ],
)
def test_both_sides_of_each_threshold(
    before: tuple[float, ...], after: tuple[float, ...], value: str
) -> None:
    ((found, _),) = compared(*study(FIRST, *before), *study(THIRD, *after))
    assert found == value


def test_progression_is_measured_from_the_smallest_sum_and_response_from_the_first() -> None:
    grown = (*study(FIRST, 40, 30), *study(SECOND, 20, 15), *study(THIRD, 25, 19))
    ((value, sentence),) = compared(*grown)
    assert value == "PD"
    assert sentence == (
        "Sum of the diameters of 2 lesions of the liver followed by identity: 70 mm on 2025-11-01,"
        " 35 mm on 2026-02-01, 44 mm on 2026-05-01"
    )


def test_two_of_one_organ_are_followed_the_largest_or_those_marked() -> None:
    ((value, sentence),) = compared(*study(FIRST, 30, 20, 11), *study(THIRD, 30, 20, 40))
    assert (value, "2 lesions" in sentence) == ("SD", True)
    marked = {"method": {"text": "RECIST target lesion"}}
    sent = [
        size("a", 50, FIRST), size("b", 20, FIRST, **marked),
        size("a", 90, THIRD), size("b", 20, THIRD, **marked),
    ]  # fmt: skip
    ((value, sentence),) = compared(*sent)
    assert (value, "1 lesion " in sentence) == ("SD", True)


def test_lesions_without_an_identity_are_never_compared() -> None:
    nameless = [
        observation("21889-1", quantity(mm, "mm"), id=f"n{mm}", effectiveDateTime=day,
                    bodySite=coded("10200004", SNOMED))
        for mm, day in ((20, FIRST), (60, THIRD))
    ]  # fmt: skip
    assert compared(*nameless) == []


@pytest.mark.parametrize(
    "resources",
    [
        study(THIRD, 30, 20),
        [size("a", 30, FIRST), size("b", 40, THIRD)],
        [*study(FIRST, 9), *study(THIRD, 30)],
        [*study(FIRST, 30), size("t0", 20, THIRD, valueQuantity={"value": 20, "comparator": "<",
                                                                  "unit": "mm"})],
    ],
)  # fmt: skip
def test_what_cannot_be_compared_says_nothing(resources: list[Json]) -> None:
    assert compared(*resources) == []


def test_a_stated_response_of_that_day_or_later_says_more() -> None:
    grown = [*study(FIRST, 30), *study(SECOND, 60)]
    stated = observation(
        "97509-4", {"valueCodeableConcept": coded("LA28371-5")}, effectiveDateTime=SECOND, id="r"
    )
    assert compared(*grown, stated) == []
    assert len(compared(*grown, stated | {"effectiveDateTime": FIRST})) == 1
