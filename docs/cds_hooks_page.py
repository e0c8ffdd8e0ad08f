"""The page of CDS Hooks conformance: every row with the tests that carry its id in their names."""

import re
from collections import defaultdict
from pathlib import Path

from docs.cds_hooks_rows import SECTIONS

TESTS = Path(__file__).resolve().parents[1] / "tests" / "service"
_TEST = re.compile(r"^def (test_((?:[a-z]\d+_)+)\w+)\(", re.MULTILINE)


def cds_hooks_page() -> str:
    """Row, requirement in our words, and its tests."""
    tests = rows_with_tests()
    lines = [
        "# CDS Hooks conformance",
        "",
        "*Printed from the code by `make docs`; do not edit.*",
        "",
        "CDS Hooks 2.0.1 on the wire, with those additions of the 3.0 ballot [3.0] that cannot",
        "hurt a 2.0 client. A row is what binds a service, or what a client owes and may",
        "not keep (client). H2: numbers of the requirements in the CRD test kit. The tests are in",
        "`tests/service`.",
        "",
    ]
    for title, rows in SECTIONS.items():
        lines += [
            f"## {title}",
            "",
            "| id | requirement | H2 | ours | tests |",
            "|---|---|---|---|---|",
        ]
        for row in rows:
            named = "<br>".join(f"`{test}`" for test in tests[row.id]) or "**none**"
            lines.append(f"| {row.id} | {row.says} | {row.h2} | {row.ours} | {named} |")
        lines.append("")
    return "\n".join(lines)


def rows_with_tests() -> dict[str, list[str]]:
    """The names of the tests of each row, in alphabetical order."""
    found: dict[str, list[str]] = defaultdict(list)
    for file in TESTS.glob("test_*.py"):
        for name, rows in _TEST.findall(file.read_text(encoding="utf-8")):
            for row in rows.strip("_").split("_"):
                found[row.upper()].append(name)
    return defaultdict(list, {row: sorted(set(names)) for row, names in found.items()})
