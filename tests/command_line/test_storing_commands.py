"""Commands that write rows or speak to an EHR: migrate, jobs, load, subscribe, backfill, doctor."""

import json
from pathlib import Path

import pytest

from fhir_mappings.notifications import Change, Heard, Problem
from nelm_cds.sample_ehr.running import RunningSampleEhr
from storage import jobs, notifications, patients
from storage.database import SCHEMA_VERSION, Database
from storage.subscriptions import note_all_heard
from tests.command_line.conftest import Run

HERE = {"NELM_CONNECTIONS__MAIN__BASE_URL": "http://127.0.0.1:9/fhir"}


@pytest.fixture
def database(tmp_path: Path, run: Run) -> Database:
    assert run("migrate").code == 0
    return Database(f"sqlite:///{tmp_path}/var/nelm-cds.sqlite")


def test_migrate_says_where_the_database_is(run: Run) -> None:
    assert run("migrate", "--json").json == {"schema": SCHEMA_VERSION}
    assert run("migrate").out == f"The database is at schema {SCHEMA_VERSION}\n"


@pytest.mark.parametrize(
    "command",
    [
        ["jobs", "list"],
        ["jobs", "revive"],
        ["jobs", "dismiss", "1"],
        ["feedback"],
        ["mappings", "unmapped"],
        ["mappings", "versions"],
    ],
)
def test_what_only_looks_creates_no_database_and_says_where_none_is(
    run: Run, tmp_path: Path, command: list[str]
) -> None:
    ran = run(*command, **HERE)
    assert (ran.code, ran.out) == (2, "")
    assert f"No database at {tmp_path}/var/nelm-cds.sqlite. Set NELM_CONFIG or " in ran.err
    assert list(tmp_path.iterdir()) == []


def test_doctor_names_a_database_that_is_not_there_and_creates_none(
    run: Run, tmp_path: Path
) -> None:
    ran = run("doctor", **HERE)
    assert ran.code == 2
    assert f"BAD  database: No database at {tmp_path}/var/nelm-cds.sqlite. Set NELM_" in ran.out
    assert list(tmp_path.iterdir()) == []


def test_every_answer_names_its_database(run: Run, database: Database, tmp_path: Path) -> None:
    database.close()
    place = f"{tmp_path}/var/nelm-cds.sqlite"
    assert run("jobs", "list").out == (
        f"Nothing is buried in {place}. What a worker gives up on will be listed here\n"
    )
    assert run("jobs", "list", "--json").json == {"database": place, "rows": []}
    assert run("jobs", "revive", "--json").json["database"] == place
    assert f"ok   database: schema {SCHEMA_VERSION}, 0 rows wait, in {place}\n" in (
        run("doctor", **HERE).out
    )


def test_a_database_is_named_without_its_password(run: Run) -> None:
    url = "postgresql://nelm:s3cr3t@127.0.0.1:9/nelm"
    said = run("doctor", NELM_DATABASE_URL=url, **HERE).out
    assert "postgresql://nelm:***@127.0.0.1:9/nelm" in said
    assert "s3cr3t" not in said


@pytest.mark.parametrize(
    ("more", "admin", "links"),
    [
        ({}, "open to callers on this machine", "on; each opens for 30 minutes"),
        (
            {"NELM_PUBLIC_URL": "https://nelm.example.org", "NELM_PAGES__LINK_MINUTES": "0"},
            "closed to everybody",
            "off: pages.link_minutes is 0",
        ),
        (
            {"NELM_HOST": "192.0.2.1", "NELM_ADMIN__TOKEN_DIGESTS__0": "a" * 64},
            "open to holders of an operator token (1 configured)",
            "off: public_url is loopback",
        ),
    ],
)
def test_doctor_says_whether_admin_and_staging_links_are_open(
    run: Run, more: dict[str, str], admin: str, links: str
) -> None:
    lines = {one["part"]: one["says"] for one in run("doctor", "--json", **(HERE | more)).json}
    assert lines["/admin"].startswith(admin)
    assert lines["staging links"].startswith(links)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("jobs", ["buried ", "poison ", "revive ", "then: nelm-cds jobs revive", "Exit: 0"]),
        ("doctor", ["2 where a line is BAD", "no database is created"]),
    ],
)
def test_help_says_the_words_of_the_command_and_the_next_step(
    run: Run, command: str, words: list[str]
) -> None:
    said = " ".join(run(command, "--help").out.split())
    assert [word for word in words if " ".join(word.split()) not in said] == []


def test_a_wrong_database_url_is_refused(run: Run) -> None:
    ran = run("jobs", "list", NELM_DATABASE_URL="mysql://h/d")
    assert ran.code == 2
    assert "NELM_DATABASE_URL" in ran.err


def test_a_file_that_is_no_database_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.sqlite").write_text(
        "not a database, but long enough to be taken for one" * 50
    )
    ran = run("jobs", "list", NELM_DATABASE_URL=f"sqlite:///{tmp_path}/notes.sqlite")
    assert (ran.code, ran.out) == (2, "")
    assert "no SQLite database" in ran.err


@pytest.mark.parametrize("command", [("jobs", "list"), ("mappings", "unmapped")])
@pytest.mark.parametrize("limit", ["0", "-1", "many"])
def test_a_limit_below_one_is_refused(run: Run, command: tuple[str, ...], limit: str) -> None:
    ran = run(*command, f"--limit={limit}")
    assert ran.code == 2
    assert "write 1 or more" in ran.err


def test_doctor_says_that_all_is_understood_only_of_what_was_read(
    run: Run, database: Database, tmp_path: Path
) -> None:
    here = {"NELM_CONNECTIONS__MAIN__BASE_URL": "http://127.0.0.1:9/fhir"}
    assert "nothing has been read yet" in run("doctor", **here).out


def test_the_version_is_told(run: Run) -> None:
    ran = run("--version")
    assert ran.code == 0
    assert ran.out.startswith("nelm-cds ")


def test_a_wrong_setting_is_refused_in_one_line(run: Run) -> None:
    ran = run("jobs", "list", NELM_PORT="many")
    assert ran.code == 2
    assert ran.err == "nelm-cds jobs: NELM_PORT is not a whole number. Write for example 30\n"


def test_buried_work_is_listed_and_revived(run: Run, database: Database) -> None:
    with database.transaction() as tx:
        heard = Heard("changes", (Change("Observation", "o1"),), (Problem("no JSON", b"{"),))
        notifications.put_now(tx, "main", heard, "subscription")
        notifications.bury(tx, notifications.take(tx), "EhrRefused")
        key = patients.find_or_add(tx, "main", ["p1"])["p1"]
        jobs.put(tx, "assess", [key])
        jobs.bury(tx, jobs.take(tx, ["assess"]), "KeyError")
    database.close()
    listed = run("jobs", "list", "--json").json["rows"]
    assert {(one["kind"], one["state"], one["error"]) for one in listed} >= {
        ("assess", "buried", "KeyError"),
        ("notification", "buried", "EhrRefused"),
    }
    said = run("jobs", "list").out
    assert "Observation/o1" in said
    assert "2 buried, 1 poison in /" in said
    assert "nelm-cds jobs revive. Poison cannot be revived: nelm-cds jobs dismiss ID\n" in said
    revived = run("jobs", "revive", "--json").json
    assert (revived["jobs"], revived["notifications"]) == (1, 1)
    assert {one["state"] for one in run("jobs", "list", "--json").json["rows"]} == {"poison"}


def test_a_worker_without_a_broker_says_what_to_do(run: Run) -> None:
    ran = run("worker")
    assert ran.code == 2
    assert "NELM_BROKER_URL" in ran.err


def test_doctor_says_of_missing_events_what_to_do(run: Run, database: Database) -> None:
    assert "events of main" not in run("doctor", **HERE).out
    off = Heard("heartbeat", (), (), "Subscription/2", 4, "off")
    numbers = [
        Heard("changes", (Change("Condition", "c", str(n), event_number=n),), (), "Subscription/1")
        for n in (1, 9)
    ]
    heard = [("main", one) for one in (off, *numbers, Heard("poke"))]
    with database.transaction() as tx:
        note_all_heard(tx, heard, 1_700_000_000.0)
    said = run("doctor", **HERE).out
    for line in (
        "BAD  events of main: since 2023-11-14 22:13 UTC notifications came that name no resource. "
        "Run: nelm-cds backfill main. Let the EHR send a payload "
        "(see connections.main.intake.payload)",
        "BAD  events of main: events of Subscription/1 are missing since 2023-11-14 22:13 UTC. "
        "Run: nelm-cds backfill main",
        "BAD  events of main: the EHR says that Subscription/2 is off: it may have sent nothing "
        "since. Run: nelm-cds subscribe main, then nelm-cds backfill main",
    ):
        assert line in said


@pytest.mark.parametrize("command", ["subscribe", "backfill"])
def test_a_connection_that_is_not_configured_is_refused(run: Run, command: str) -> None:
    ran = run(command, "other", **HERE)
    assert ran.code == 2
    assert "no connection other (configured: main)" in ran.err


@pytest.mark.parametrize("command", ["subscribe", "backfill"])
def test_an_ehr_that_is_away_is_ours_to_retry(run: Run, command: str) -> None:
    ran = run(command, **HERE)
    assert ran.code == 1
    assert "main" in ran.err
    assert ran.err.count("\n") == 1


def test_subscribe_creates_then_changes_nothing_then_repairs(
    run: Run, sample_ehr: RunningSampleEhr, connected: dict[str, str]
) -> None:
    first = run("subscribe", "--json", **connected).json
    assert {one["done"] for one in first} == {"created"}
    assert {one["done"] for one in run("subscribe", "--json", **connected).json} == {"unchanged"}
    held = json.loads(sample_ehr.ehr.read(first[0]["reference"]).body)
    sample_ehr.ehr.update({**held, "status": "off"})
    again = {one["type"]: one["done"] for one in run("subscribe", "--json", **connected).json}
    assert again.pop(first[0]["type"]) == "repaired"
    assert set(again.values()) == {"unchanged"}


def test_a_new_secret_repairs_every_subscription(run: Run, connected: dict[str, str]) -> None:
    run("subscribe", **connected)
    changed = {**connected, "NELM_CONNECTIONS__MAIN__INTAKE__SECRET": "another, of-these-tests"}
    ran = run("subscribe", **changed)
    assert ran.code == 0
    assert ran.out.count("repaired (channel.header)") == len(ran.out.splitlines())


def test_a_secret_that_no_header_carries_is_refused(run: Run, connected: dict[str, str]) -> None:
    ran = run("subscribe", **{**connected, "NELM_CONNECTIONS__MAIN__INTAKE__SECRET": "a:b"})
    assert ran.code == 2
    assert "connections.main.intake.secrets" in ran.err


def test_backfill_notes_everything_and_may_be_repeated(
    run: Run, connected: dict[str, str], tmp_path: Path
) -> None:
    first = run("backfill", "--json", **connected).json
    counts = {one["type"]: one["noted"] for one in first}
    assert counts["Patient"] == 12
    assert counts["Observation"] > 50
    database = Database(f"sqlite:///{tmp_path}/var/nelm-cds.sqlite")
    with database.reading() as tx:
        waiting = notifications.count_waiting(tx)
    assert waiting == sum(counts.values())
    assert run("backfill", **connected).code == 0
    with database.reading() as tx:
        assert notifications.count_waiting(tx) == waiting
    database.close()


def test_load_takes_bundles_lines_and_single_resources(
    run: Run, database: Database, tmp_path: Path
) -> None:
    patient = {"resourceType": "Patient", "id": "p1"}
    observation = {
        "resourceType": "Observation",
        "id": "o1",
        "subject": {"reference": "urn:uuid:6d1e"},
    }
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {"fullUrl": "urn:uuid:6d1e", "resource": patient},
            {"fullUrl": "urn:uuid:77aa", "resource": observation},
        ],
    }
    (tmp_path / "bundle.json").write_text(json.dumps(bundle, indent=1))
    lines = [json.dumps({"resourceType": "Condition", "id": f"c{n}"}) for n in range(3)]
    (tmp_path / "conditions.ndjson").write_text("\n".join(lines))
    (tmp_path / "one.json").write_text(json.dumps({"resourceType": "Procedure", "id": "x"}))
    ran = run("load", "bundle.json", "conditions.ndjson", "one.json", "--json", **HERE)
    assert (ran.code, ran.json) == (0, {"noted": 6, "not_loaded": {}})
    with database.transaction() as tx:
        taken = {one.reference: one for one in notifications.take(tx)}
    assert {one.origin for one in taken.values()} == {"load"}
    assert b"Patient/p1" in (taken["Observation/o1"].body or b"")
    database.close()


def test_load_names_what_it_could_not_read_and_keeps_the_rest(run: Run, tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text('{"resourceType": ')
    (tmp_path / "good.json").write_text('{"resourceType":"Patient","id":"p1"}')
    ran = run("load", "broken.json", "good.json", "--json", **HERE)
    assert ran.code == 2
    assert ran.json["noted"] == 1
    assert "broken.json" in ran.err


def test_doctor_is_content_after_subscribe(run: Run, connected: dict[str, str]) -> None:
    run("migrate")
    assert run("doctor", **connected).code == 2
    run("subscribe", **connected)
    ran = run("doctor", **connected)
    assert "BAD" not in ran.out
    assert ran.code == 0


def test_doctor_says_what_an_ehr_did_not_let_us_read(
    run: Run, connected: dict[str, str], database: Database
) -> None:
    run("subscribe", **connected)
    with database.transaction() as tx:
        heard = Heard("changes", (Change("Observation", "o1"),))
        notifications.put_now(tx, "main", heard, "subscription", now=1_780_000_000)
        notifications.retry(tx, notifications.take(tx), "EhrUnavailable", 600)
    ran = run("doctor", **connected)
    assert ran.code == 2
    assert "1 changes since 2026-05-28T20:26:40+00:00 could not be read so far" in ran.out
    assert "nelm-cds jobs revive" in ran.out
    assert run("jobs", "revive", "--json").json["notifications"] == 1
    assert "could not be read" not in run("doctor", **connected).out


def test_what_is_nobodys_may_be_dismissed(run: Run, database: Database) -> None:
    with database.transaction() as tx:
        heard = Heard("changes", (Change("Observation", "o1"),))
        notifications.put_now(tx, "main", heard, "subscription")
        notifications.bury(tx, notifications.take(tx), "SubjectUnknown")
    (row,) = run("jobs", "list", "--json").json["rows"]
    assert run("jobs", "dismiss", str(row["id"])).code == 0
    assert run("jobs", "list", "--json").json["rows"] == []


@pytest.mark.parametrize(
    ("more", "well", "says"),
    [
        ({}, True, "open to callers on this machine: host and public_url are loopback"),
        (
            {"NELM_PUBLIC_URL": "https://nelm.example.org"},
            False,
            "closed without a token or secret: host or public_url is not loopback; "
            "hook calls for main are refused, no client is trusted",
        ),
        (
            {"NELM_OPEN_ACCESS": "true"},
            False,
            "open to everybody who reaches us: open_access is set",
        ),
    ],
)
def test_doctor_says_who_is_let_in_without_signing_in_and_why(
    run: Run, connected: dict[str, str], more: dict[str, str], well: bool, says: str
) -> None:
    lines = {line["part"]: line for line in run("doctor", "--json", **(connected | more)).json}
    assert (lines["access"]["well"], lines["access"]["says"]) == (well, says)


def test_doctor_names_each_part_that_is_away_and_what_to_do(run: Run) -> None:
    run("migrate")
    ran = run("doctor", "--json", NELM_BROKER_URL="redis://127.0.0.1:9/0", **HERE)
    assert ran.code == 2
    wrong = {line["part"]: line["do"] for line in ran.json if not line["well"]}
    assert set(wrong) == {"broker", "connection main"}
    assert all(wrong.values())
