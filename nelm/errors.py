"""What can be refused. Missing clinical data is never an error: it is unknown.

Refused                  the caller must change something; never retried
├── UnknownName          a fact, parameter or option that does not exist
├── ImpossibleValue      a value outside what the fact or parameter can be
└── UnreadableDocument   a case or document whose shape is not ours
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class Refused(Exception):
    """Something the caller must change. `field` names the place, as `facts.ecog`."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class UnknownName(Refused):
    """A name that does not exist; the message offers the nearest one."""


class ImpossibleValue(Refused):
    """A value that the fact or parameter cannot have."""


class UnreadableDocument(Refused):
    """A case file or document whose shape is not ours."""


def unknown_name(kind: str, name: object, known: Iterable[str], field: str) -> UnknownName:
    """The refusal of a name, with the nearest known: "Did you mean ecog?"."""
    near = _nearest(str(name), list(known))
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    return UnknownName(f"{field}: no {kind} is called {name}.{hint}", field)


def _nearest(name: str, known: list[str]) -> list[str]:
    """The one that is written most alike; else those that hold the name, where they are few."""
    alike = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if alike or len(name) < _SHORTEST_PART:
        return alike
    holding = [one for one in known if name.lower() in one.lower()]
    return holding if len(holding) <= _MOST_OFFERED else []


_SHORTEST_PART = 3
_MOST_OFFERED = 3
