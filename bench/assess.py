"""One complete assessment; what one changed fact costs; the criteria as code; import time."""

import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from bench.peers.tree import walk
from bench.peers.twenty import AS_AN_OPTION, TWENTY, by_hand
from bench.stack import ROOT, quiet
from bench.table import Row, interleaved, median
from nelm import Assessment, FactSet, assess, reassess
from nelm.case import Case
from nelm.case_file import read_case
from nelm.catalog import CATALOG
from nelm.compilation import compiled_round
from nelm.evidence.parameters import DEFAULTS
from nelm.logic import Kleene
from nelm.staging.summary import stage
from nelm.worlds import completed
from tests.vignettes.worked_cases import case_file, sheet

TURNS = 40
TURNS_OF_CHANGES = 5
LABORATORY = [name for name, kind in CATALOG.items() if kind.group == "labs"]
Given = tuple[Any, ...]  # facts, parameters, as_of


def assess_rows() -> list[Row]:
    """The worked cases judged again and again, one after another, in this process."""
    given = [read_case(case_file(case)) for case in sheet()["cases"]]
    for one in given:
        assess(*one)
    quiet()
    times = [median([_timed(lambda one=one: assess(*one)) for _ in range(TURNS)]) for one in given]  # type: ignore[misc]
    typical, per_second = median(times) * 1e3, len(times) / sum(times)
    start = min(_cpu_seconds("import nelm") for _ in range(9)) - min(
        _cpu_seconds("pass") for _ in range(9)
    )
    return [
        Row(
            f"one complete assessment, median of {len(given)} worked cases",
            f"{typical:.3f} ms",
            "–",
            "–",
            "<= 0.25 ms (stretch 0.10)",
            typical <= 0.25,
        ),
        Row(
            "patients per second and core, all worked cases",
            f"{per_second:,.0f}/s",
            "–",
            "–",
            ">= 4,000/s",
            per_second >= 4_000,
        ),
        *_change_rows(given),
        *_twenty_rows([one for one in given if not one[0].uncertain]),
        Row(
            "import of nelm, processor time over bare Python, least of 9",
            f"{start * 1e3:.0f} ms",
            "–",
            "–",
            "<= 150 ms",
            start <= 0.15,
        ),
    ]


def _change_rows(given: Sequence[Given]) -> list[Row]:
    """Each fact of every third case replaced by what another case says of it, one at a time."""
    chance = random.Random(4)
    seen: dict[str, list[Any]] = {}
    for facts, _, _ in given:
        for fact in facts:
            seen.setdefault(fact.name, []).append(fact)
    whole: dict[str, list[float]] = {"laboratory": [], "any": []}
    again: dict[str, list[float]] = {"laboratory": [], "any": []}
    for case in given[::3]:
        before = assess(*case)
        if before.basis is None or case[0].uncertain:
            continue
        for name, fact in case[0].by_name.items():
            others = [one for one in seen[name] if one != fact]
            if not others:
                continue
            first, second = _both_ways(before, _replaced(case[0], chance.choice(others)))
            for kind in ("any", "laboratory") if name in LABORATORY else ("any",):
                whole[kind].append(first)
                again[kind].append(second)
    return [
        _change_row("one new laboratory value", whole["laboratory"], again["laboratory"], 25),
        _change_row("one changed fact of any kind", whole["any"], again["any"], None),
    ]


def _replaced(facts: FactSet, new: Any) -> FactSet:
    return FactSet([new if fact.name == new.name else fact for fact in facts], facts.series)


def _both_ways(before: Assessment, facts: FactSet) -> tuple[float, float]:
    """Microseconds for the whole and for what the change touches: the least of some turns each."""
    whole = [
        _timed(lambda: assess(facts, before.parameters, before.as_of))
        for _ in range(TURNS_OF_CHANGES)
    ]
    again = [_timed(lambda: reassess(before, facts)) for _ in range(TURNS_OF_CHANGES)]
    return min(whole) * 1e6, min(again) * 1e6


def _change_row(
    what: str, whole: Sequence[float], again: Sequence[float], bar: float | None
) -> Row:
    ours, all_of_it = median(again), median(whole)
    return Row(
        f"{what} judged again, median of {len(again)}",
        f"{ours:.1f} us (90 % within {sorted(again)[len(again) * 9 // 10]:.0f})",
        f"the same patient judged as a whole {all_of_it:.0f} us",
        f"{ours / all_of_it:.2f}",
        "reported" if bar is None else f"<= {bar:.0f} us (a tenth of the whole's bar)",
        None if bar is None else ours <= bar,
    )


def _twenty_rows(given: Sequence[Given]) -> list[Row]:
    """Twenty criteria three ways; all three must say the same of every case."""
    ready = compiled_round([AS_AN_OPTION], DEFAULTS["packs"])
    plan = ready.plans[0]
    positions = [position for _, position, _, _ in plan.criteria]

    def as_code(case: Case) -> list[Kleene]:
        values = ready.outcomes(case, case.values, case.staging, case.parameters, case.verdicts)
        return [values[position] for position in positions]

    def as_tree(case: Case) -> list[Kleene]:
        return [walk(one.predicate, case) for one in TWENTY]

    cases = [_case(*one) for one in given]
    for case in cases:
        assert as_code(case) == as_tree(case) == by_hand(case)
    ways: dict[str, Callable[[Case], list[Kleene]]] = {
        "code": as_code,
        "tree": as_tree,
        "hand": by_hand,
    }
    seen = interleaved({name: (lambda w=way: _micros(w, cases)) for name, way in ways.items()}, 7)  # type: ignore[misc]
    code, tree, hand = (median(seen[name]) for name in ("code", "tree", "hand"))
    return [
        Row(
            "twenty criteria of one patient, as generated code",
            f"{code:.1f} us",
            f"walked as a tree {tree:.1f} us, plain Python by hand {hand:.1f} us",
            f"{code / tree:.2f} of the tree, {code / hand:.2f} of by hand",
            "reported",
            None,
        )
    ]


def _case(facts: Any, parameters: Any, as_of: Any) -> Case:
    values = completed(facts.values)
    return Case(facts, values, stage(facts, values, parameters), parameters, as_of, {})


def _micros(judge: Callable[[Case], list[Kleene]], cases: Sequence[Case]) -> float:
    begin = time.perf_counter()
    for _ in range(20):
        for case in cases:
            judge(case)
    return (time.perf_counter() - begin) / 20 / len(cases) * 1e6


def _timed(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _cpu_seconds(statement: str) -> float:
    """What a process of its own takes of a core; neighbors on the machine do not count."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", statement], cwd=ROOT, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
