"""`nelm-cds feedback`: the counts of the admin page without a browser."""

import time
from pathlib import Path

from storage import cards
from storage.database import Database
from storage.migrate import migrate
from tests.command_line.conftest import Run


def url_of(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'nelm.sqlite'}"


def shown(uuid: str, user: str = "Practitioner/1") -> cards.Shown:
    return cards.Shown(
        uuid=uuid,
        connection="main",
        service="nelm-order-sign",
        hook_instance="h",
        patient="p1",
        topic="nelm-order-not-indicated",
        order="sunitinib",
        digest="d",
        indicator="warning",
        shown_at=time.time() - 60,
        user=user,
    )


def answer(uuid: str, outcome: str, code: str | None = None) -> cards.Feedback:
    moment = "2026-01-01T00:00:00Z"
    return cards.Feedback(
        uuid, "main", "nelm-order-sign", outcome, moment, override_reason_code=code
    )


def filled(tmp_path: Path) -> None:
    migrate(url_of(tmp_path))
    database = Database(url_of(tmp_path))
    with database.transaction() as tx:
        cards.note_shown(
            tx, [shown("a"), shown("b"), shown("c"), shown("d", "Practitioner/nelm-playground-1")]
        )
        cards.note_feedback(
            tx, [answer("a", "accepted"), answer("b", "overridden", "patient-refuses")]
        )
    database.close()


def test_counts_are_written_by_topic_with_reasons_in_words(run: Run, tmp_path: Path) -> None:
    filled(tmp_path)
    ran = run("feedback", NELM_DATABASE_URL=url_of(tmp_path))
    assert ran.code == 0
    assert ran.out.splitlines() == [
        "3 cards in 30 days: 1 accepted, 1 overridden",
        "  main nelm-order-sign nelm-order-not-indicated: 3 shown, 1 accepted, 1 overridden,"
        " 1 not answered",
        "    1 x Patient refuses/declines (no context given)",
    ]


def test_the_same_as_json(run: Run, tmp_path: Path) -> None:
    filled(tmp_path)
    found = run("feedback", "--json", "--days", "7", NELM_DATABASE_URL=url_of(tmp_path)).json
    assert found["days"] == 7
    (topic,) = found["topics"]
    assert (topic["shown"], topic["accepted"], topic["overridden"]) == (3, 1, 1)
    assert topic["reasons"][0]["cards"] == 1
    assert found["care_plans"] == {"accepted": 0, "held_by_ehr": 0, "by_status": {}}


def test_days_that_are_none_are_refused(run: Run, tmp_path: Path) -> None:
    ran = run("feedback", "--days", "0", NELM_DATABASE_URL=url_of(tmp_path))
    assert ran.code == 2
    assert "write a number of days from 1 to 3650" in ran.err
