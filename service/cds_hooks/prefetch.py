"""What a client sent along, and, for each key, how much silence in it means.

Seven shapes look alike on the wire (key absent, null, no hits, no hits said by an outcome, an
error, a first page, an unresolved token); only some of them say "there is none".
"""

import re
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

import msgspec

from fhir_mappings.elements import Issue, Link, OperationOutcome, SearchPage, Sent
from fhir_mappings.mapping_set import MappingSet
from fhir_mappings.plain_results import Alone
from fhir_mappings.reading import read_bundle, read_resource
from fhir_mappings.search_pages import decode_page, read_page, read_single
from fhir_mappings.statements import NotUnderstood, Reading
from service.cds_hooks.discovery import PREFETCH
from service.cds_hooks.search_link import is_our_search


class Shape(Enum):
    """How one key arrived."""

    ABSENT = "absent"  # the client did not satisfy it, for whatever reason
    NULL = "null"  # "no data", but also sent for queries that were never run
    NONE_FOUND = "none found"  # the search ran and had no hits
    FAILED = "failed"  # an OperationOutcome instead of data, an error in it, or nothing readable
    PARTIAL = "partial"  # an outcome says that something was left out, or may have been
    TRUNCATED = "truncated"  # one page of several, or fewer than the server counts
    DAMAGED = "damaged"  # an entry is no resource at all; the others count
    OTHER_QUERY = "other query"  # an unresolved token, another filter or resource type than ours
    COMPLETE = "complete"


def is_conclusive(shape: Shape) -> bool:
    """Whether what such a key does not hold is known not to be there."""
    return shape is Shape.COMPLETE or shape is Shape.NONE_FOUND


# Issues that take nothing from a result. A server that finds nothing says so as "processing" too.
_HARMLESS_ISSUES = frozenset({"not-found", "informational"})
_HARMLESS_WHERE_NONE = _HARMLESS_ISSUES | {"processing"}
# A search may bring these along without being another search.
_BESIDE = frozenset({"Patient", "Medication"})


class _Head(msgspec.Struct, rename="camel"):
    """A Bundle without its entries, or any other resource without its content."""

    resource_type: str = ""
    total: int | None = None
    link: list[Link] | None = None
    entry: msgspec.Raw = msgspec.Raw(b"")


class _Told(msgspec.Struct, rename="camel"):
    """An OperationOutcome, or any other resource without its content."""

    resource_type: str = ""
    issue: list[Issue] | None = None


class _OutcomeEntry(msgspec.Struct):
    resource: _Told | None = None


class _Outcomes(msgspec.Struct):
    entry: list[_OutcomeEntry] | None = None


# The resource type each key asks for.
_TYPES = {key: re.split(r"[/?]", template)[0] for key, template in PREFETCH.items()}
KEY_OF_TYPE = {asked: key for key, asked in _TYPES.items()}
_OTHER_PAGES = frozenset({"next", "previous", "prev"})

_NULL = b"null"
_LONGEST_NOTHING = 20
_HEAD = msgspec.json.Decoder(_Head)
_OUTCOMES = msgspec.json.Decoder(_Outcomes)


@dataclass(frozen=True)
class Prefetched:
    """What came along for one patient. `shapes` has every key of the contract."""

    shapes: Mapping[str, Shape]
    readings: tuple[Reading, ...]
    not_understood: tuple[NotUnderstood, ...]

    @property
    def anything(self) -> bool:
        """Whether the client sent any data at all."""
        return bool(self.readings) or Shape.NONE_FOUND in self.shapes.values()

    def was_read(self, key: str) -> bool:
        """Whether what this key does not hold is known not to be there."""
        return is_conclusive(self.shapes[key])

    @cached_property
    def unread(self) -> tuple[str, ...]:
        """The keys about which nothing can be concluded from silence, in the contract's order."""
        return tuple(key for key in PREFETCH if not self.was_read(key))


NOTHING = Prefetched(dict.fromkeys(PREFETCH, Shape.ABSENT), (), ())


def read_prefetch(
    prefetch: Mapping[str, Sent | msgspec.Raw | None] | None,
    patient_id: str,
    mapping_set: MappingSet,
    renamed: Mapping[str, str],
    is_the_ehrs: Callable[[str], bool] = lambda _: True,
    alone: Alone | None = None,
) -> Prefetched:
    """The readings of this patient's resources, and the shape of every key; never raises.

    What a key holds may be decoded already. `renamed` maps our key to the client's. Resources of
    other patients never count, nor those of the same id at a server of which `is_the_ehrs` says no.
    With `alone` only what may decide something is told of this patient's resources.
    """
    if not prefetch:
        return NOTHING
    shapes: dict[str, Shape] = {}
    readings: list[Reading] = []
    strangers: list[NotUnderstood] = []
    for key in PREFETCH:
        named = renamed.get(key, key)
        if named not in prefetch:
            shapes[key] = Shape.ABSENT
            continue
        shape, found = _read_key(key, prefetch[named], patient_id, mapping_set, alone)
        if _are_all_of(patient_id, found):
            readings += found
            shapes[key] = shape
            continue
        others: list[Reading] = []
        for reading in found:
            server = reading.server
            if reading.patient == patient_id and (server is None or is_the_ehrs(server)):
                readings.append(reading)
            elif _states(reading):
                others.append(reading)
        strangers += [_stranger(one) for one in others]
        if others and is_conclusive(shape):
            # Not our search: it holds what we did not ask for, so it may lack what we did.
            shape = Shape.OTHER_QUERY
        shapes[key] = shape
    return Prefetched(shapes, tuple(readings), tuple(strangers))


def _are_all_of(patient_id: str, found: Sequence[Reading]) -> bool:
    """Whether all name this patient, by an id alone: nearly always so, and quickly seen."""
    return {one.patient for one in found} == {patient_id} and {one.server for one in found} == {
        None
    }


def _read_key(
    key: str,
    sent: Sent | msgspec.Raw | None,
    patient_id: str,
    mapping_set: MappingSet,
    alone: Alone | None,
) -> tuple[Shape, list[Reading]]:
    if sent is None:
        return Shape.NULL, []
    if isinstance(sent, msgspec.Raw):
        return _read_raw(key, sent, patient_id, mapping_set, alone)
    if isinstance(sent, SearchPage):
        return _read_page(key, sent, patient_id, mapping_set, alone)
    if isinstance(sent, OperationOutcome):
        return Shape.FAILED, []
    return _single(key, type(sent).__name__, read_single(sent, mapping_set))


def _read_page(
    key: str,
    page: SearchPage,
    patient_id: str,
    mapping_set: MappingSet,
    alone: Alone | None,
) -> tuple[Shape, list[Reading]]:
    readings = read_page(page, mapping_set, alone)
    said: Sequence[OperationOutcome] = ()
    if "OperationOutcome" in {reading.type for reading in readings}:
        said = [e.resource for e in page.entry if e.resource.__class__ is OperationOutcome]
        readings = [reading for reading in readings if reading.type != "OperationOutcome"]
    return _shape_of(key, page.link, page.total, readings, said, patient_id), readings


def _read_raw(
    key: str,
    raw: msgspec.Raw,
    patient_id: str,
    mapping_set: MappingSet,
    alone: Alone | None,
) -> tuple[Shape, list[Reading]]:
    """Where something does not fit what the standard says, or rules look at the JSON itself."""
    text = memoryview(raw)
    if len(text) == len(_NULL) and bytes(text) == _NULL:
        return Shape.NULL, []
    page = decode_page(raw, mapping_set)
    if page is not None:
        return _read_page(key, page, patient_id, mapping_set, alone)
    try:
        head = _HEAD.decode(text)
    except msgspec.DecodeError:
        unresolved = bytes(text[:64]).lstrip().startswith(b'"{{')
        return (Shape.OTHER_QUERY if unresolved else Shape.FAILED), []
    if head.resource_type == "OperationOutcome":
        return Shape.FAILED, []
    if head.resource_type != "Bundle":
        return _single(key, head.resource_type, read_resource(raw, mapping_set))
    everything = [] if _is_empty(head.entry) else read_bundle(raw, mapping_set)
    readings = [reading for reading in everything if reading.type != "OperationOutcome"]
    said = _outcomes_in(raw) if len(readings) < len(everything) else []
    return _shape_of(key, head.link, head.total, readings, said, patient_id), readings


def _single(key: str, resource_type: str, reading: Reading) -> tuple[Shape, list[Reading]]:
    """One resource: what a read gives. Where a search was asked for, it is not all there is."""
    if not resource_type:
        return Shape.FAILED, []
    is_read = PREFETCH[key].startswith(f"{resource_type}/")
    return (Shape.COMPLETE if is_read else Shape.TRUNCATED), [reading]


def _shape_of(
    key: str,
    link: Sequence[Link] | None,
    total: int | None,
    readings: Sequence[Reading],
    said: Sequence[_Told | OperationOutcome],
    patient_id: str,
) -> Shape:
    """What a Bundle's silence means: the first that speaks against it counts."""
    links = {one.relation: one.url for one in link or ()}
    if spoiled := _spoiled_by(said, nothing=not readings and not total):
        return spoiled
    if not _OTHER_PAGES.isdisjoint(links):
        return Shape.TRUNCATED
    if "self" in links and not is_our_search(links["self"], _TYPES[key], patient_id):
        return Shape.OTHER_QUERY
    return _shape_of_entries(readings, _TYPES[key], total)


def _spoiled_by(said: Sequence[_Told | OperationOutcome], *, nothing: bool) -> Shape | None:
    if not said:
        return None
    if any(map(_failed, said)):
        return Shape.FAILED
    harmless = _HARMLESS_WHERE_NONE if nothing else _HARMLESS_ISSUES
    return None if all(_is_harmless(one, harmless) for one in said) else Shape.PARTIAL


def _shape_of_entries(readings: Sequence[Reading], asked: str, total: int | None) -> Shape:
    if {reading.type for reading in readings} == {asked}:
        others: list[Reading] = []
    else:
        others = [reading for reading in readings if reading.type != asked]
    if any(not reading.type or reading.type == "Bundle" for reading in others):
        return Shape.DAMAGED
    found = len(readings) - len(others)
    if others and (not found or any(_is_uncalled_for(one) for one in others)):
        return Shape.OTHER_QUERY
    if total is not None and total > found:
        return Shape.TRUNCATED
    return Shape.COMPLETE if readings else Shape.NONE_FOUND


def _is_uncalled_for(reading: Reading) -> bool:
    """Whether what this key did not ask for states something, and does not come along by rule."""
    return reading.type not in _BESIDE and _states(reading)


def _is_empty(entry: msgspec.Raw) -> bool:
    text = memoryview(entry)
    return len(text) < _LONGEST_NOTHING and bytes(text).strip() in (b"", _NULL, b"[]")


def _outcomes_in(raw: msgspec.Raw) -> Sequence[_Told | OperationOutcome]:
    try:
        entries = _OUTCOMES.decode(raw).entry or ()
    except msgspec.DecodeError:
        return [_Told()]
    return [
        entry.resource
        for entry in entries
        if entry.resource is not None and entry.resource.resource_type == "OperationOutcome"
    ]


def _failed(outcome: _Told | OperationOutcome) -> bool:
    """Whether an outcome tells of an error; one without a readable issue does."""
    issues = outcome.issue or [Issue()]
    return any(issue.severity in ("error", "fatal") for issue in issues)


def _is_harmless(outcome: _Told | OperationOutcome, codes: Set[str]) -> bool:
    """Whether nothing it tells of takes anything from the result."""
    return all(issue.code in codes for issue in outcome.issue or ())


def _states(reading: Reading) -> bool:
    """Whether it says something of somebody; a Medication or an outcome beside it does not."""
    return bool(reading.patient or reading.statements)


def _stranger(reading: Reading) -> NotUnderstood:
    reason = "refers to another patient" if reading.patient else "refers to no patient"
    return NotUnderstood(f"{reading.type}/{reading.id}", None, None, reason)
