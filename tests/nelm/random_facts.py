"""Random facts for the laws: any fact of the catalog, dated or not, ranges among the numbers."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import strategies as st

from nelm.catalog import CATALOG, FactKind
from nelm.facts import UNSTATED, Fact, Therapy
from nelm.logic import Range

AS_OF = date(2026, 6, 1)
DATES = st.dates(date(2024, 1, 1), AS_OF)
# Where numbers decide something; drawn often, so that both sides of limits are met.
TELLING = (
    0,
    0.5,
    1,
    2,
    2.8,
    3,
    3.5,
    4,
    5,
    8,
    10,
    20,
    25,
    28,
    30,
    35,
    40,
    50,
    55,
    60,
    70,
    75,
    90,
    100,
)


def numbers(kind: FactKind) -> st.SearchStrategy[float]:
    low, high = kind.low or 0.0, kind.high or 0.0
    telling = [number for number in TELLING if low <= number <= high]
    if kind.kind == "integer":
        whole = [number for number in telling if number == int(number)]
        return st.sampled_from(whole) | st.integers(int(low), int(min(high, 15)))
    return st.sampled_from(telling) | st.floats(low, min(high, 110.0), allow_nan=False)


def values(name: str) -> st.SearchStrategy[Any]:
    """Plain values of a fact, none of them a range or of unstated extent."""
    kind = CATALOG[name]
    match kind.kind:
        case "number" | "integer":
            return numbers(kind)
        case "boolean":
            return st.booleans()
        case "choice":
            return st.sampled_from([c for c in kind.choices if c not in UNSTATED.get(name, {})])
        case "set":
            return st.frozensets(st.sampled_from(kind.choices), max_size=3)
        case "date":
            return DATES
        case _:
            one = st.builds(Therapy, st.sampled_from(kind.choices), st.none() | DATES)
            return st.lists(one, max_size=3).map(tuple)


@st.composite
def ranges(draw: st.DrawFn, name: str) -> Range:
    kind = CATALOG[name]
    ends = draw(st.lists(numbers(kind), min_size=2, max_size=2, unique=True))
    low, high = min(ends), max(ends)
    bounds = draw(st.sampled_from([(low, high), (low, None), (None, high)]))
    # No whole number lies between two that follow each other: such a range is refused.
    opens = st.booleans() if kind.kind != "integer" or high - low > 1 else st.just(False)
    return Range(*bounds, min_open=draw(opens), max_open=draw(opens))


def uncertain_values(name: str) -> st.SearchStrategy[Any]:
    """Plain values, ranges and values of unstated extent."""
    if CATALOG[name].low is not None:
        return values(name) | ranges(name)
    if name in UNSTATED:
        return values(name) | st.sampled_from(sorted(UNSTATED[name]))
    return values(name)


@st.composite
def fact_lists(draw: st.DrawFn, uncertain: bool = False) -> list[Fact]:
    """At most one fact per name; nearly always a patient with neuroendocrine liver metastases."""
    names = draw(st.lists(st.sampled_from(sorted(CATALOG)), unique=True, max_size=40))
    given: dict[str, Any] = {name: draw(values(name)) for name in names}
    if uncertain:  # a few are enough: each multiplies the possible patients
        given |= {name: draw(uncertain_values(name)) for name in names[:3]}
    if draw(st.integers(0, 9)):
        given |= {"has_neuroendocrine_tumor": True, "has_liver_metastases": True}
    return [Fact(name, value, effective=draw(st.none() | DATES)) for name, value in given.items()]
