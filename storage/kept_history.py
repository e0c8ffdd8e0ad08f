"""How many statements of a fact can still decide it, and in which order they stand."""

from fhir_mappings.dates import day_of, instant_key
from fhir_mappings.statements import UNDATED, Statement
from nelm.catalog import CATALOG

# The newest decides; the one before it is at hand where the newest turns out not to count on the
# day that is judged, such as a result dated in the future.
_NEWEST = 2
# One study may state many lesions, one result each.
_ONE_STUDY = 64
# What reports say in words is shown, never counted: that of the last few reports.
_WORDS = 120
# Stability is counted from one progression to the next.
_COURSE = 12

# What was sent without a date has places of its own: it must not push a dated result out of
# sight, nor be pushed out unseen. Behind the name of its fact, in the table only.
_UNDATED_MARK = "?"

_BY_RULE = {"newest": _NEWEST, "derived": _NEWEST, "latest_study": _ONE_STUDY}
_BOUNDED: dict[str, int | None] = {
    **{name: _BY_RULE.get(kind.rule) for name, kind in CATALOG.items()},
    "recist_status": _COURSE,
    "liver_lesion": _ONE_STUDY,
    "imaging_study": _ONE_STUDY,
    "candidate_words": _WORDS,
    "unread_result": _ONE_STUDY,
    "birth_date": _NEWEST,
    "deceased": _NEWEST,
    "pregnancy": _NEWEST,
}


def statements_kept(fact: str) -> int | None:
    """How many of a fact's newest statements are current; None: all of them."""
    return _BOUNDED.get(fact_in(fact))


def place_name(statement: Statement) -> str:
    """Under which name a statement is kept, so that it competes with its like for being current."""
    flags = statement.flags
    if statement.effective is None or (flags and UNDATED in flags):
        return statement.fact + _UNDATED_MARK
    return statement.fact


def fact_in(name: str) -> str:
    """The fact behind such a name."""
    return name[:-1] if name[-1] == _UNDATED_MARK else name


def effective_key(effective: str | None) -> str:
    """The place of an effective time in the order; what is no date is oldest."""
    return instant_key(effective) if not effective or day_of(effective) else ""


def updated_key(last_updated: str | None) -> str:
    """The place of a lastUpdated in the order; unknown is before every known one."""
    return instant_key(last_updated) if last_updated else ""
