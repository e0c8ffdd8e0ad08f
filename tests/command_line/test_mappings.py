"""`nelm-cds mappings`: an administrator's work on codes, without a browser."""

import json
import re
from pathlib import Path

import pytest

from fhir_mappings.drafts import NO_RULE
from fhir_mappings.fhir_models import validate
from fhir_mappings.mapping_layer import Layer
from fhir_mappings.statements import Reading
from fhir_mappings.units import NO_UNIT, REFUSED_UNIT
from storage import mapping_sets, notifications, resources, unmapped
from storage.database import Database
from storage.resources import Kept
from storage.unmapped import Unmapped
from tests.command_line.conftest import Run

HERE = {"NELM_CONNECTIONS__MAIN__BASE_URL": "http://127.0.0.1:9/fhir"}
TWO = HERE | {"NELM_CONNECTIONS__OTHER__BASE_URL": "http://127.0.0.1:9/other"}
HOUSE = "urn:oid:1.2.3.4"
RULES = f"""
observations:
  - id: house.bilirubin
    like: lab.bilirubin
    unit: umol/L
    codes: {{"{HOUSE}": {{BILT: "Bilirubin, total"}}}}
    names: [bilirubin im plasma]
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.yaml"
    path.write_text(RULES)
    return path


@pytest.fixture
def database(tmp_path: Path, run: Run) -> Database:
    assert run("migrate").code == 0
    return Database(f"sqlite:///{tmp_path}/var/nelm-cds.sqlite")


def test_the_shipped_rules_can_be_used(run: Run) -> None:
    assert run("mappings", "validate") == (0, "the shipped rules: can be used\n", "")


def test_a_good_file_can_be_used_and_a_bad_one_says_where(run: Run, mine: Path) -> None:
    assert run("mappings", "validate", mine).out == "mine.yaml: can be used\n"
    mine.write_text(RULES.replace("lab.bilirubin", "lab.bilirubine").replace("BILT", "A, A"))
    ran = run("mappings", "validate", mine)
    assert ran.code == 2
    first, second, last = ran.out.splitlines()
    assert first.startswith("mine.yaml:3, rule house.bilirubin: like: no rule in observations")
    assert second.startswith("mine.yaml:6, rule house.bilirubin, codes.urn:oid:1.2.3.4.A: stands")
    assert last == "mine.yaml: 2 problems to correct"
    problems = run("mappings", "validate", mine, "--json").json["problems"]
    assert [problem["line"] for problem in problems] == [3, 6]


def test_a_diff_names_each_code_with_what_it_means(run: Run, mine: Path) -> None:
    ran = run("mappings", "diff", mine)
    assert ran.code == 0
    assert f"+ observations {HOUSE} BILT: bilirubin_mg_dl (house.bilirubin)" in ran.out
    assert ran.out.endswith("Codes and texts: 2 added, 0 changed, 0 removed\n")
    assert run("mappings", "diff", mine, "--against", mine).out.startswith("No code or text")
    changes = run("mappings", "diff", mine, "--json").json["changes"]
    assert {change["kind"] for change in changes} == {"added"}


def test_an_import_is_kept_in_versions_and_comes_out_as_it_went_in(
    run: Run, mine: Path, database: Database
) -> None:
    ran = run("mappings", "import", mine, "--note", "first", "--author", "ada", **HERE)
    assert ran.code == 0
    assert "main: version" in ran.out
    assert "is active already" in run("mappings", "import", mine, **HERE).out
    (version,) = run("mappings", "versions", "--json", **HERE).json
    assert (version["note"], version["author"], version["active"]) == ("first", "ada", True)
    assert run("mappings", "export", **HERE).out == RULES.rstrip("\n") + "\n"
    with database.reading() as tx:
        assert mapping_sets.layer(tx, "main").raw == RULES.encode()
    assert "no rules of its own any more" in run("mappings", "withdraw", **HERE).out
    assert run("mappings", "export", **HERE).code == 2
    assert run("mappings", "export", "--version", version["version"][:5], **HERE).code == 0


def test_a_dry_run_changes_nothing(run: Run, mine: Path) -> None:
    assert "2 added" in run("mappings", "import", mine, "--dry-run", **HERE).out
    assert run("mappings", "versions", "--json", **HERE).json == []


def test_a_file_with_problems_is_not_imported(run: Run, mine: Path) -> None:
    mine.write_text(RULES + "    fact: made_up\n")
    ran = run("mappings", "import", mine, **HERE)
    assert ran.code == 2
    assert "no fact is called made_up" in ran.out
    assert run("mappings", "versions", "--json", **HERE).json == []


def test_rules_go_out_and_come_in_as_a_concept_map(run: Run, mine: Path, tmp_path: Path) -> None:
    run("mappings", "import", mine, **HERE)
    out = tmp_path / "map.json"
    ran = run("mappings", "export", "--format", "conceptmap", "--output", out, **HERE)
    assert "a ConceptMap cannot say: observations house.bilirubin: names" in ran.out
    assert validate(json.loads(out.read_text())) == []
    assert run("mappings", "validate", out).code == 0
    told = run("mappings", "import", out, "--json", **HERE).json
    assert told["new"]
    assert told["changes"] == 1  # its text, which a ConceptMap cannot say
    whole = run("mappings", "export", "--whole", "--format", "conceptmap", **HERE)
    assert len(whole.json["group"]) > 10


def test_the_whole_set_as_yaml_can_be_validated(run: Run, mine: Path, tmp_path: Path) -> None:
    run("mappings", "import", mine, **HERE)
    out = tmp_path / "whole.yaml"
    assert run("mappings", "export", "--whole", "--output", out, **HERE).code == 0
    assert run("mappings", "validate", out).out == "whole.yaml: can be used\n"


def test_a_connection_has_to_be_named_where_there_are_several(run: Run, mine: Path) -> None:
    ran = run("mappings", "import", mine, **TWO)
    assert ran.code == 2
    assert "which connection?" in ran.err
    assert run("mappings", "import", mine, "--connection", "other", **TWO).code == 0


def test_a_concept_map_without_anything_of_ours_is_refused(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "map.json"
    path.write_text('{"resourceType": "ConceptMap", "status": "active"}')
    ran = run("mappings", "validate", path)
    assert ran.code == 2
    assert "maps no code to anything we know" in ran.err


def test_a_file_that_is_not_there_is_refused(run: Run) -> None:
    ran = run("mappings", "validate", "missing.yaml")
    assert (ran.code, "missing.yaml" in ran.err) == (2, True)


def test_what_nobody_mapped_is_listed_with_suggestions_until_it_is_known(
    run: Run, mine: Path, database: Database
) -> None:
    assert run("mappings", "unmapped", **HERE).out.startswith("Nothing has been read yet for main")
    shape = "valueQuantity, unit umol/L"
    seen = [
        Unmapped("Observation", HOUSE, "BILT", NO_RULE, "Bilirubin, total", shape, 12),
        Unmapped("Condition", "", "lebermetastasen beidseits", NO_RULE, seen=3),
    ]
    with database.transaction() as tx:
        unmapped.note(tx, "main", seen)
    out = run("mappings", "unmapped", **HERE).out
    assert out.startswith("12 times, last ")
    assert 'Observation urn:oid:1.2.3.4 BILT "Bilirubin, total", sent as valueQuantity' in out
    assert "100 %: bilirubin_mg_dl (lab.bilirubin), reads like" in out
    assert 'Condition text "lebermetastasen beidseits"' in out
    assert "1 more; see --limit" in run("mappings", "unmapped", "--limit", "1", **HERE).out
    assert run("mappings", "import", mine, **HERE).code == 0
    (left,) = run("mappings", "unmapped", "--json", **HERE).json
    assert left["code"] == "lebermetastasen beidseits"
    with database.reading() as tx:
        assert len(unmapped.unmapped(tx, "main")) == 1


def test_an_empty_list_says_whether_anything_was_read(
    run: Run, tmp_path: Path, database: Database
) -> None:
    (tmp_path / "p1.json").write_text('{"resourceType":"Patient","id":"p1"}')
    loaded = run("load", "p1.json", **HERE).out
    assert loaded == "1 resource noted for main; a worker reads what is new\n"
    out = run("mappings", "unmapped", **HERE).out
    assert "Nothing has been read yet for main" in out
    assert "1 resource waits to be read for main" in out
    reading = Reading(type="Patient", id="p1")
    with database.transaction() as tx:
        notifications.finish(tx, notifications.take(tx))
        resources.keep(tx, "main", [Kept(reading)])
    assert run("mappings", "unmapped", **HERE).out.startswith(
        "Every code that was read is understood (resources read: 1)"
    )


def test_doctor_names_the_rules_and_what_nobody_mapped(
    run: Run, mine: Path, database: Database
) -> None:
    assert "mapping rules of main: default-" in run("doctor", **HERE).out
    run("mappings", "import", mine, **HERE)
    with database.transaction() as tx:
        unmapped.note(tx, "main", [Unmapped("Observation", HOUSE, "X", NO_RULE)])
    said = run("doctor", **HERE).out
    assert "mapping rules of main: mine-" in said
    assert "codes not understood so far: 1 (nelm-cds mappings unmapped --connection main)" in said


def test_doctor_says_what_to_do_with_rules_that_no_longer_fit(run: Run, database: Database) -> None:
    rule = b"observations: [{id: x, like: lab.gone, codes: {'urn:x': {A: a}}}]"
    with database.transaction() as tx:
        mapping_sets.put(tx, "main", Layer("old.yaml", rule))
    said = run("doctor", **HERE).out
    assert "BAD  mapping rules of main" in said
    assert "like: no rule in observations is called lab.gone" in said
    assert "nelm-cds mappings import --connection main FILE" in said
    said = run("doctor", NELM_MAPPING_SET="missing.yaml", **HERE).out
    assert "BAD  mapping rules: Mapping set missing.yaml cannot be read" in said


def test_a_unit_that_a_rule_now_knows_is_no_longer_on_the_list(
    run: Run, mine: Path, database: Database
) -> None:
    seen = [
        Unmapped("Observation", HOUSE, "BILT", NO_UNIT, shape="valueQuantity without unit"),
        Unmapped("Observation", HOUSE, "BILT", REFUSED_UNIT, shape="valueQuantity, unit mg/dL"),
        Unmapped("Observation", "http://loinc.org", "1975-2", REFUSED_UNIT,
                 shape="valueQuantity, unit furlong"),
    ]  # fmt: skip
    with database.transaction() as tx:
        unmapped.note(tx, "main", seen)
    assert len(run("mappings", "unmapped", "--json", **HERE).json) == 3
    run("mappings", "import", mine, **HERE)
    (left,) = run("mappings", "unmapped", "--json", **HERE).json
    assert (left["code"], left["shape"]) == ("1975-2", "valueQuantity, unit furlong")


HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "map-a-lab.md"


def test_the_rules_in_the_how_to_can_be_used(run: Run, tmp_path: Path) -> None:
    examples = re.findall(r"```yaml\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL)
    assert len(examples) == 3
    for example in examples:
        (tmp_path / "mine.yaml").write_text(example, encoding="utf-8")
        assert run("mappings", "validate", tmp_path / "mine.yaml").out == "mine.yaml: can be used\n"


def test_the_list_in_the_how_to_is_what_the_command_says(run: Run, database: Database) -> None:
    display, shape = "Total bilirubin, serum", "valueQuantity, unit umol/L"
    with database.transaction() as tx:
        unmapped.note(
            tx, "main", [Unmapped("Observation", HOUSE, "BILT", NO_RULE, display, shape, 412)]
        )
    shown = HOW_TO.read_text(encoding="utf-8")
    first, *rest = run("mappings", "unmapped", **HERE).out.splitlines()
    assert first.partition(": ")[2] in shown
    assert all(line in shown for line in rest)
