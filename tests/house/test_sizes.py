"""The budgets of the house: small functions, medium files, no hidden imports, few broad nets."""

import ast
import re

import pytest

from tests.house.sources import (
    Function,
    Source,
    complexity,
    functions,
    length,
    percentile,
    sources,
)

_WORDS_OF_CRAFT = re.compile(
    r"(?:^|_)(?:engine|manager|handler|processor|orchestrator|helper|helpers|utils?)(?:_|$)"
)
# Names that a library chose, not we.
_NOT_OURS = {"ErrorHandler", "exception_handlers"}


def test_there_is_code_to_measure() -> None:
    assert len(sources()) > 50


def test_no_file_has_more_than_400_lines_and_half_have_150_or_fewer() -> None:
    long = [f"{source.path} {source.lines}" for source in sources() if source.lines > 400]
    assert long == []
    lines = [source.lines for source in sources()]
    assert percentile(lines, 50) <= 150
    assert percentile(lines, 90) <= 350


def test_no_test_file_has_more_than_400_lines() -> None:
    long = [f"{source.path} {source.lines}" for source in sources("tests") if source.lines > 400]
    assert long == []


def test_functions_are_short() -> None:
    lengths = [length(function) for source in sources() for function in functions(source)]
    assert percentile(lengths, 50) <= 10
    assert percentile(lengths, 90) <= 35


def test_functions_are_simple() -> None:
    tangled = [
        f"{source.at(function)} {function.name}: {complexity(function)}"
        for source in sources()
        for function in functions(source)
        if complexity(function) > 15
    ]
    assert tangled == []
    all_of_them = [complexity(function) for source in sources() for function in functions(source)]
    assert percentile(all_of_them, 95) <= 8


def test_no_import_hides_in_a_function() -> None:
    hidden = [
        source.at(node)
        for source in sources()
        for function in functions(source)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert hidden == []


def test_at_most_two_broad_catches_and_one_where_a_library_raises_nothing_finer() -> None:
    broad = [
        source.at(node)
        for source in sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ExceptHandler) and _is_broad(node.type)
    ]
    ours = [place for place in broad if not place.startswith("fhir_mappings/path_rules.py")]
    assert len(ours) <= 2, ours
    assert len(broad) <= 3, broad


def _is_broad(caught: ast.expr | None) -> bool:
    if caught is None:
        return True
    names = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(
        isinstance(name, ast.Name) and name.id in ("Exception", "BaseException") for name in names
    )


def test_no_name_is_a_suffix_of_craft() -> None:
    crafty = [
        f"{source.path}: {name}"
        for source in sources()
        for name in _names(source)
        if name not in _NOT_OURS and _WORDS_OF_CRAFT.search(_snake(name))
    ]
    assert crafty == []


def _names(source: Source) -> list[str]:
    defined = [
        node.name for node in ast.walk(source.tree) if isinstance(node, Function | ast.ClassDef)
    ]
    return [source.path.stem, *defined]


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("def f(): pass", 1),
        ("def f(x):\n  if x and x > 1: return 1\n  return 2", 3),
        ("def f(xs):\n  def g(x):\n    if x: pass\n  return [x for x in xs if x]", 2),
        ("def f(x):\n  try: x()\n  except KeyError: pass\n  while x: pass", 3),
    ],
)
def test_complexity_is_counted_as_the_field_counts_it(code: str, expected: int) -> None:
    outer = ast.parse(code).body[0]
    assert isinstance(outer, Function)
    assert complexity(outer) == expected


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(source.path)
        for source in (*sources(), *sources("tests"))
        if source.lines and not ast.get_docstring(source.tree)
    ]
    assert silent == []


def test_no_test_is_skipped_or_left_for_later() -> None:
    # Files of third parties lie outside the repository; their tests say so where they are not.
    marks = re.compile(
        r"pytest\.skip\((?!\"[^\"]*left out\")"
        r"|pytest\.(?:mark\.)?(?:skipif|xfail)|unittest\.mock|monkeypatch\.setattr"
    )
    later = re.compile(r"\b(?:TODO|FIXME|XXX)\b")
    here = __file__
    found = [
        str(source.path)
        for source in (*sources(), *sources("tests"))
        if str(source.path) != here
        and (marks.search(source.path.read_text()) or later.search(source.path.read_text()))
    ]
    assert found == []
