"""Whether the search that a server says it ran (a Bundle's self link) is the one we asked for."""

from urllib.parse import SplitResult, parse_qsl, urlsplit

# By what our templates search; any other filter, or a modifier, makes another query of it.
_OUR_FILTERS = frozenset({"patient", "subject", "patient:Patient", "subject:Patient"})

# What changes neither which resources there are nor what they hold. All else that begins with "_"
# does (_summary, _elements, _lastUpdated, _id, _filter, a page's offset, ...), or may.
_HARMLESS = frozenset(
    {"_count", "_sort", "_format", "_pretty", "_total", "_include", "_revinclude", "_bundletype"}
)


def is_our_search(self_link: str, resource_type: str, patient_id: str) -> bool:
    """Whether this is our search by patient for that type, with nothing that narrows it.

    A link that names no query tells nothing against it.
    """
    if "{{" in self_link or "%7B%7B" in self_link.upper():
        return False
    try:
        parts = urlsplit(self_link)
    except ValueError:
        return False
    if _type_of(parts) not in ("", resource_type):
        return False
    asked = parse_qsl(parts.query, keep_blank_values=True)
    return all(_is_ours(name, value, resource_type, patient_id) for name, value in asked)


def _is_ours(name: str, value: str, resource_type: str, patient_id: str) -> bool:
    if name in _OUR_FILTERS:
        return value.rpartition("/")[2] == patient_id
    if name == "_id" and resource_type == "Patient":
        return value == patient_id
    return name.partition(":")[0] in _HARMLESS or (name, value) == ("_summary", "false")


def _type_of(parts: SplitResult) -> str:
    """The resource type the search's path ends with; empty where it ends with none."""
    last = parts.path.removesuffix("/_search").rstrip("/").rpartition("/")[2]
    return last if last.isalpha() and last[:1].isupper() else ""
