"""Tables of lesions as lines of a list: each cell behind the heading of its column.

Columns are parted by bars, tabs or wide gaps. A table without columns for place and size stays.
"""

from __future__ import annotations

import re

_MOST_COLUMNS = 12
_CELLS = re.compile(r"\s*\|\s*|\t+ *| {2,}")
_RULE = re.compile(r"[\s|+:=-]*$")
_PLACE = re.compile(
    r"\b(?:segments?|seg\.?|location|site|lobe|lage|lokalisation|leberlappen)\b", re.I
)
_SIZE = re.compile(r"\b(?:sizes?|diameter|größe|durchmesser)\b", re.I)
_ORDINAL = re.compile(
    r"(?:no|nr|number|lesion|herd|läsion|lfd)?[.#]*(?: ?(?:no|nr|id)\b\.?)?", re.I
)
_UNIT = re.compile(r"[ ,(\[]*\b(?P<unit>mm|cm)\b[)\]]*", re.I)


def with_rows_as_lines(text: str) -> str:
    """The text with each row of a lesion table as "- 2, Segment V, Size 37 mm"."""
    if not (_PLACE.search(text) and _SIZE.search(text)):
        return text
    lines: list[str] = []
    columns: list[str] = []
    for line in text.split("\n"):
        if columns and line.strip() and _RULE.match(line):
            continue
        cells = _cells(line)
        if _is_heading(cells):
            columns = cells
        elif columns and len(cells) == len(columns):
            lines.append(_row(columns, cells))
        else:
            columns = []
            lines.append(line)
    return "\n".join(lines)


def _cells(line: str) -> list[str]:
    return [one for one in _CELLS.split(line.strip().strip("|").strip()) if one]


def _is_heading(cells: list[str]) -> bool:
    return (
        2 <= len(cells) <= _MOST_COLUMNS
        and any(_PLACE.search(one) for one in cells)
        and any(_SIZE.search(one) for one in cells)
        and not any(character.isdigit() for one in cells for character in one)
    )


def _row(columns: list[str], cells: list[str]) -> str:
    return "- " + ", ".join(_said(name, cell) for name, cell in zip(columns, cells, strict=True))


def _said(name: str, cell: str) -> str:
    """The unit of a column behind its numbers; the number of a row by itself."""
    if _ORDINAL.fullmatch(name):
        return cell
    unit = _UNIT.search(name)
    if unit is None or not cell[-1:].isdigit():
        return f"{name} {cell}"
    return f"{_UNIT.sub('', name).strip()} {cell} {unit['unit'].lower()}"
