"""The house's own code as syntax trees, read once, and what can be counted in it."""

import ast
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "nelm",
    "fhir_mappings",
    "storage",
    "ehr",
    "runtime",
    "service",
    "workers",
    "nelm_cds",
)
Function = ast.FunctionDef | ast.AsyncFunctionDef
_BRANCHES = (
    ast.If,
    ast.IfExp,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.ExceptHandler,
    ast.Assert,
    ast.comprehension,
    ast.match_case,
)


@dataclass(frozen=True)
class Source:
    """One file: where it is, its lines and its tree."""

    path: Path
    lines: int
    tree: ast.Module

    def at(self, node: ast.stmt | ast.expr | ast.ExceptHandler) -> str:
        return f"{self.path.relative_to(ROOT)}:{node.lineno}"


@cache
def sources(*folders: str) -> tuple[Source, ...]:
    """Every Python file of these folders, by default of the packages."""
    found = []
    for folder in folders or PACKAGES:
        for path in sorted((ROOT / folder).rglob("*.py")):
            text = path.read_text()
            found.append(Source(path, len(text.splitlines()), ast.parse(text)))
    return tuple(found)


def functions(source: Source) -> Iterator[Function]:
    for node in ast.walk(source.tree):
        if isinstance(node, Function):
            yield node


def length(function: Function) -> int:
    """Lines from `def` to the last one."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def complexity(function: Function) -> int:
    """Cyclomatic: one, and one more per branch; functions inside count for themselves."""
    total = 1
    waiting: list[ast.AST] = list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop()
        if isinstance(node, Function | ast.Lambda):
            continue
        if isinstance(node, ast.BoolOp):
            total += len(node.values) - 1
        elif isinstance(node, _BRANCHES):
            total += 1
        waiting.extend(ast.iter_child_nodes(node))
    return total


def percentile(values: list[int], percent: float) -> int:
    """The smallest value that at least `percent` of the values do not exceed."""
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]
