"""Files in which there is no FHIR are refused by name; bad parts of good ones name their file."""

import json
from pathlib import Path

import pytest

from tests.command_line.conftest import Run

HERE = {"NELM_CONNECTIONS__MAIN__BASE_URL": "http://127.0.0.1:9/fhir"}
PATIENT = {"resourceType": "Patient", "id": "p1", "birthDate": "1960-05-02"}
NO_FHIR = [
    b"",
    b"\n \n",
    b'{"resourceType": ',
    b"\x00\xff\x13\x37",
    b"resourceType: Patient\nid: p1\n",
    b'{"a": 1}',
    b"[1, 2]",
    b"7",
    b'{"resourceType": "Foo", "id": "x"}',
    b'{"a": 1}\n{"b": 2}\n',
]


@pytest.mark.parametrize("content", NO_FHIR)
@pytest.mark.parametrize("command", ["stage", "load"])
def test_a_file_without_fhir_is_refused_by_name(
    run: Run, tmp_path: Path, command: str, content: bytes
) -> None:
    (tmp_path / "sent.json").write_bytes(content)
    ran = run(command, "sent.json", **HERE)
    assert ran.code == 2
    assert "sent.json: " in ran.err
    assert ran.err.count("\n") == 1


def test_one_file_without_fhir_refuses_the_whole_stage(run: Run, tmp_path: Path) -> None:
    (tmp_path / "patient.json").write_text(json.dumps(PATIENT))
    (tmp_path / "broken.json").write_text("{")
    ran = run("stage", "patient.json", "broken.json")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "nelm-cds stage: broken.json: nothing in it can be read as FHIR. Give a resource or a "
        "Bundle as JSON, or NDJSON with one resource a line.\n"
    )


def test_bad_parts_are_listed_with_file_and_place(run: Run, tmp_path: Path) -> None:
    (tmp_path / "lines.ndjson").write_text(json.dumps(PATIENT) + '\n{"a": 1}\n{broken\n')
    entries = [{"resource": {"resourceType": "Organization", "id": "o"}}, {"resource": 7}, {}]
    (tmp_path / "bundle.json").write_text(json.dumps({"resourceType": "Bundle", "entry": entries}))
    ran = run("stage", "lines.ndjson", "bundle.json")
    assert ran.code == 0
    assert [line["source"] for line in ran.json["not_understood"]] == [
        "lines.ndjson, entry 2",
        "lines.ndjson, entry 3",
        "Organization/o",
        "bundle.json, entry 2",
        "bundle.json, entry 3",
    ]


def test_an_empty_bundle_is_fhir_without_facts(run: Run, tmp_path: Path) -> None:
    (tmp_path / "none.json").write_text('{"resourceType": "Bundle", "type": "searchset"}')
    ran = run("stage", "none.json")
    assert (ran.code, ran.json["sources"]) == (0, [])
    (line,) = ran.json["not_understood"]
    assert (line["source"], line["reason"]) == ("none.json", "no FHIR resource in it")


def test_load_names_the_line_and_keeps_the_others(run: Run, tmp_path: Path) -> None:
    (tmp_path / "lines.ndjson").write_text(json.dumps(PATIENT) + '\n\n{"resourceType": "Foo"}\n{\n')
    ran = run("load", "lines.ndjson", "--json", **HERE)
    assert ran.code == 2
    assert ran.json["noted"] == 1
    assert list(ran.json["not_loaded"]) == [
        "lines.ndjson: line 3: no id",
        "lines.ndjson: line 4: not JSON",
    ]


def test_a_bundle_with_one_entry_a_line_is_one_file(run: Run, tmp_path: Path) -> None:
    other = {**PATIENT, "id": "p2"}
    entries = ",\n".join(json.dumps({"resource": one}) for one in (PATIENT, other))
    content = '{"resourceType": "Bundle", "type": "collection", "entry": [\n' + entries + "]}"
    (tmp_path / "sent.json").write_text(content)
    ran = run("load", "sent.json", **HERE)
    assert (ran.code, ran.out.split()[0]) == (0, "2")


def test_an_empty_list_is_no_fhir(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.json").write_bytes(b"[]")
    ran = run("stage", "empty.json")
    assert (ran.code, ran.out) == (2, "")
    assert "empty.json: no FHIR in it" in ran.err


def test_one_page_of_a_search_says_that_there_are_more(run: Run, tmp_path: Path) -> None:
    page = {
        "resourceType": "Bundle",
        "total": 300,
        "link": [{"relation": "next", "url": "http://127.0.0.1/fhir?page=2"}],
        "entry": [{"resource": PATIENT}],
    }
    (tmp_path / "page.json").write_text(json.dumps(page))
    staged = run("stage", "page.json")
    (line,) = staged.json["not_understood"]
    assert (line["source"], "has more" in line["reason"]) == ("page.json", True)
    loaded = run("load", "page.json", **HERE)
    assert loaded.code == 2
    assert "1 resource noted" in loaded.out
    assert "page.json: one page of a search that has more" in loaded.err


def test_lines_may_begin_with_a_blank_and_a_broken_second_one_is_named(
    run: Run, tmp_path: Path
) -> None:
    line = json.dumps(PATIENT).replace("{", "{ ", 1)
    (tmp_path / "lines.ndjson").write_text(f"{line}\n{line}\n")
    assert run("load", "lines.ndjson", **HERE).code == 0
    (tmp_path / "broken.ndjson").write_text(f"{line}\n{{broken\n{line}\n")
    ran = run("load", "broken.ndjson", **HERE)
    assert "line 2: not JSON" in ran.err
