"""The arrows between the packages, as import-linter reads them from pyproject.toml."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_contract_is_kept() -> None:
    answer = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout[-3000:]
    assert "0 broken" in answer.stdout


def _imported_by(module: str) -> set[str]:
    """The top-level modules that importing `module` in a fresh interpreter adds."""
    code = (
        f"import sys; before = set(sys.modules); import {module}; print(*set(sys.modules) - before)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    return {name.partition(".")[0] for name in answer.stdout.split()}


def test_web_process_starts_without_celery_the_fhir_models_and_alembic() -> None:
    imported = _imported_by("service.app")
    assert "starlette" in imported
    assert not imported & {"celery", "kombu", "fhir", "pydantic", "alembic", "fastapi"}


def test_nelm_needs_nothing_but_the_standard_library_and_yaml() -> None:
    allowed = sys.stdlib_module_names | {"nelm", "yaml", "_yaml"}
    # the compiled reader of YAML registers its own runtime as modules
    found = {name for name in _imported_by("nelm") - allowed if "cython" not in name}
    assert found == set()


def test_command_line_starts_without_anything_heavy() -> None:
    imported = _imported_by("nelm_cds.main")
    assert not imported & {"celery", "fhir", "pydantic", "sqlalchemy", "starlette", "requests"}
