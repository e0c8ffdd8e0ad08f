"""What a change of one fact touches: parts of the staging, options, work-up items, dates."""

from __future__ import annotations

from functools import cache, lru_cache
from itertools import compress
from operator import is_not
from typing import NamedTuple

from nelm.compilation import Compiled, Touched
from nelm.facts import FactSet
from nelm.follow_up import FOLLOW_UP_FACTS
from nelm.missing import wanted_behind
from nelm.staging.parts import PART_READS
from nelm.staging.prognosis import PROGNOSTIC_FACTS
from nelm.staging.summary import CORE_FACTS
from nelm.strategy import STRATEGY_FACTS
from nelm.validity import VALIDITY_FACTS
from nelm.work_up import items_lacking, items_reading


def changed_facts(before: FactSet, after: FactSet) -> list[str]:
    """The names whose facts differ in anything: value, date, source."""
    old, new = before.by_name, after.by_name
    others = compress(new, map(is_not, map(old.get, new), new.values()))
    changed = [name for name in others if old.get(name) != new[name]]
    if len(old) + sum(name not in old for name in changed) != len(new):
        changed += [name for name in old if name not in new]
    return changed


class Touch(NamedTuple):
    """What a change of these facts can change by itself, before anything that follows from it.

    `parts` are places of staging parts; `rounds` what to ask again, with the place of its round;
    `wanting` the options of which it depends on these facts what they are missing; `items` those of
    the work-up, `lacking` those of it that only ask whether the facts are there and fresh.
    """

    parts: tuple[int, ...]
    rounds: tuple[tuple[int, Touched], ...]
    wanting: frozenset[str]
    items: frozenset[str]
    lacking: frozenset[str]
    prognosis: bool
    core: bool
    strategy: bool
    follow_up: bool
    validity: bool


@lru_cache(maxsize=4096)
def touch(compiled: Compiled, names: tuple[str, ...]) -> Touch:
    """What these facts touch together; found once for each choice of them."""
    facts = frozenset(names)
    rounds = (
        (place, touched)
        for place, one in enumerate(compiled.rounds)
        for name in names
        if (touched := one.touched(name)) is not None
    )
    wanted = wanting(compiled)
    return Touch(
        tuple(place for place, reads in enumerate(PART_READS) if reads & facts),
        tuple(rounds),
        frozenset().union(*(wanted.get(name, ()) for name in names)),
        frozenset().union(*(items_reading(name) for name in names)),
        frozenset().union(*(items_lacking(name) for name in names)),
        bool(PROGNOSTIC_FACTS & facts),
        bool(CORE_FACTS & facts),
        bool(STRATEGY_FACTS & facts),
        bool(FOLLOW_UP_FACTS & facts),
        bool(VALIDITY_FACTS & facts),
    )


@cache
def wanting(compiled: Compiled) -> dict[str, frozenset[str]]:
    """The options of which it depends on a name what they are missing, by that name."""
    found: dict[str, set[str]] = {}
    for option, (place, _, plan) in compiled.places.items():
        for position in plan.requires:
            for read in compiled.rounds[place].names[position]:
                for name in wanted_behind(read):
                    found.setdefault(name, set()).add(option)
    return {name: frozenset(options) for name, options in found.items()}
