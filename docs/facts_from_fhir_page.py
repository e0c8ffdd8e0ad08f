"""Which resources carry which fact, as a page: printed from the examples that run as tests."""

from collections.abc import Sequence

from nelm.catalog import CATALOG, FactKind
from tests.fhir_mappings.wire_forms import Example, made
from tests.fhir_mappings.wire_forms_written import written

# Facts that no verified standard code carries, and why. They come under our own code, as a listed
# text, or from the words of a report once a person has confirmed them.
GAP = "no verified code in LOINC or SNOMED CT (gap of the terminology table)"
JUDGEMENT = "a judgement of surgeons or of the board, for which no code exists"
WORDS = "said in reports only; a candidate until a person confirms it"
PLAN = "an estimate or plan of this operation, for which no code exists"
UNCODED: dict[str, str] = {
    "fit_for_major_surgery": JUDGEMENT,
    "primary_resectable": JUDGEMENT,
    "histology_confirmed": "a pathology report says it in words; its codes say the finding",
    "mitoses_per_2mm2": GAP,
    "symptomatic": JUDGEMENT,
    "bulk_symptoms": JUDGEMENT,
    "symptoms_controlled_on_ssa": JUDGEMENT,
    "liver_disease_diffuse": WORDS,
    "reported_liver_type": GAP,
    "liver_tumor_burden_percent": GAP,
    "resectable_percent": JUDGEMENT,
    "resectable_plus_ablatable_percent": JUDGEMENT,
    "reported_resectability": JUDGEMENT,
    "future_liver_remnant_percent": GAP,
    "remnant_contiguous_segments": JUDGEMENT,
    "hilar_or_bile_duct_proximity": WORDS,
    "large_vessel_proximity": WORDS,
    "lung_shunt_percent": GAP,
    "hepatomegaly": "no verified code in the terminology table",
    "unresectable_nodes_or_extraabdominal": JUDGEMENT,
    "liver_dominant": JUDGEMENT,
    "krenning_score": GAP,
    "sstr_uptake_at_least_liver": WORDS,
    "expected_operative_mortality_percent": PLAN,
    "expected_morbidity_percent": PLAN,
    "lt_simultaneous_resection": PLAN,
}
_OUR_CODE, _TEXT = "our code", 'text "'
_MOST_CODES = 5


def examples_by_fact() -> dict[str, list[Example]]:
    """Every fact of the catalog with the examples of it that are read."""
    found: dict[str, list[Example]] = {name: [] for name in CATALOG}
    for one in (*made(), *written()):
        if one.fact in found:
            found[one.fact].append(one)
    return found


def uncoded() -> list[str]:
    """The facts that no standard code carries, in the order of the catalog."""
    return [
        fact
        for fact, examples in examples_by_fact().items()
        if all(one.carrier.startswith((_OUR_CODE, _TEXT)) for one in examples)
    ]


def facts_from_fhir_page() -> str:
    """The page, by group of facts."""
    by_fact = examples_by_fact()
    number = sum(map(len, by_fact.values()))
    lines = [
        "# Facts from FHIR",
        "",
        "*Printed from the examples of `tests/fhir_mappings` by `make docs`; do not edit.*",
        "",
        f"{len(by_fact)} facts, {number} examples; each runs as a test. Codes are examples, at",
        f"most {_MOST_CODES} of a fact; all stand in `fhir_mappings/mapping_sets/default/`. Every",
        "Observation is also read in a component. *Our code*: the fact's name in the code system",
        "`{canonical base}:codes`. *Text*: a whole text that is listed, where no standard code is",
        "beside it; such a fact carries `by_text`.",
        "",
    ]
    group = ""
    for fact, examples in by_fact.items():
        kind = CATALOG[fact]
        if kind.group != group:
            group = kind.group
            lines += [f"## {group.capitalize()}", "", "| fact | values | codes | as |"]
            lines.append("|---|---|---|---|")
        row = f"| {fact} | {_values(kind)} | {_codes(examples)} | {_forms(examples)} |"
        lines.append(row)
        if _is_last_of_group(fact):
            lines.append("")
    return "\n".join([*lines, *_without_code()]) + "\n"


def _is_last_of_group(fact: str) -> bool:
    names = list(CATALOG)
    place = names.index(fact) + 1
    return place == len(names) or CATALOG[names[place]].group != CATALOG[fact].group


def _values(kind: FactKind) -> str:
    if kind.kind in ("number", "integer"):
        return kind.unit or "a number"
    if kind.kind == "boolean":
        return "yes, no"
    return ", ".join(kind.choices[:6]) + (", …" if len(kind.choices) > 6 else "") or "a date"


def _codes(examples: Sequence[Example]) -> str:
    named = list(dict.fromkeys(one.carrier for one in examples))
    codes = [one for one in named if not one.startswith((_OUR_CODE, _TEXT))]
    shown = codes[:_MOST_CODES]
    if len(codes) > len(shown):
        shown.append(f"{len(codes) - len(shown)} more")
    shown += ["our code"] if any(one.startswith(_OUR_CODE) for one in named) else []
    shown += ["text"] if any(one.startswith(_TEXT) for one in named) else []
    return ", ".join(shown)


def _forms(examples: Sequence[Example]) -> str:
    forms = dict.fromkeys(one.form for one in examples)
    short = dict.fromkeys(
        form.removeprefix("Observation.")
        for form in forms
        if not form.startswith("Observation.component.")
    )
    return "; ".join(short)


def _without_code() -> list[str]:
    lines = ["## Facts that no standard code carries", "", "| fact | why |", "|---|---|"]
    return lines + [f"| {fact} | {UNCODED[fact]} |" for fact in uncoded()]
