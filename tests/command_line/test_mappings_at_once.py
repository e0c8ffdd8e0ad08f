"""Two administrators import mapping rules at the same moment: both versions are kept."""

import json
from pathlib import Path

import pytest

from tests.command_line.conftest import Run
from tests.command_line.test_mappings import HERE, RULES
from tests.command_line.test_processes import started


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_imports_at_once_are_both_kept_and_one_is_active(
    kind: str, tmp_path: Path, run: Run, request: pytest.FixtureRequest
) -> None:
    environ = dict(HERE)
    if kind == "postgresql":
        environ["NELM_DATABASE_URL"] = request.getfixturevalue("new_postgresql_database")()
        assert run("migrate", **environ).code == 0
    files = [tmp_path / "one.yaml", tmp_path / "two.yaml"]
    files[0].write_text(RULES)
    files[1].write_text(RULES.replace("BILT", "BILG"))
    # on SQLite neither finds a database: who opens a new one at once takes turns too
    with (
        started(tmp_path, "mappings", "import", str(files[0]), "--json", **environ) as first,
        started(tmp_path, "mappings", "import", str(files[1]), "--json", **environ) as second,
    ):
        said = [one.communicate(timeout=60) for one in (first, second)]
    assert [(one.returncode, err) for one, (_, err) in zip((first, second), said, strict=True)] == [
        (0, ""),
        (0, ""),
    ]
    imported = {json.loads(out)["version"] for out, _ in said}
    stored = run("mappings", "versions", "--json", **environ).json
    assert {one["version"] for one in stored} == imported
    assert len(imported) == 2
    assert sum(one["active"] for one in stored) == 1
