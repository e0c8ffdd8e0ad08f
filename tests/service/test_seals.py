"""Sealed texts: ours alone, for one purpose and one span of time, whatever somebody changes."""

from collections.abc import Callable

import pytest

from runtime.settings import PageSettings, Secret, Settings
from service.links import named_by, staging_url
from service.seals import Expired, Forged, Seals
from storage.database import Database

NOW = 1_780_000_000.0
OLD, NEW = Secret("old-secret"), Secret("new-secret")


def path_of(url: str | None) -> str:
    assert url is not None
    return url.rpartition("/staging/")[2]


def test_a_seal_says_what_was_sealed_until_its_moment(database: Database) -> None:
    seals = Seals((NEW,), database)
    text = seals.seal("links", ("main", 7), NOW + 60)
    assert seals.open("links", text, NOW + 59) == ["main", 7]
    with pytest.raises(Expired):
        seals.open("links", text, NOW + 60)


def test_a_seal_opens_for_its_own_purpose_only(database: Database) -> None:
    seals = Seals((NEW,), database)
    text = seals.seal("links", ("main", 7), NOW + 60)
    with pytest.raises(Forged):
        seals.open("sessions", text, NOW)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: "",
        lambda text: "A",
        lambda text: "nonsense that is no base64 é",
        lambda text: text[:-1],
        lambda text: text + "A",
        lambda text: ("B" if text[0] == "A" else "A") + text[1:],
        lambda text: text[:50] + ("B" if text[50] == "A" else "A") + text[51:],
        lambda text: "A" * len(text),
    ],
)
def test_a_text_that_somebody_changed_is_forged(
    database: Database, spoil: Callable[[str], str]
) -> None:
    seals = Seals((NEW,), database)
    with pytest.raises(Forged):
        seals.open("links", spoil(seals.seal("links", ("main", 7), NOW + 60)), NOW)


def test_a_former_secret_still_opens_while_the_new_one_signs(database: Database) -> None:
    text = Seals((OLD,), database).seal("links", ("main", 7), NOW + 60)
    assert Seals((NEW, OLD), database).open("links", text, NOW) == ["main", 7]
    with pytest.raises(Forged):
        Seals((NEW,), database).open("links", text, NOW)


def test_without_a_configured_secret_all_processes_share_the_kept_one(database: Database) -> None:
    first, second = Seals((), database), Seals((), database)
    assert not first.ready
    with pytest.raises(Forged):
        first.seal("links", ("main", 7), NOW + 60)
    first.start()
    second.start()
    assert second.open("links", first.seal("links", ("main", 7), NOW + 60), NOW) == ["main", 7]


def test_a_link_names_the_patient_by_our_own_key_and_ends_after_its_minutes(
    database: Database,
) -> None:
    seals = Seals((NEW,), database)
    settings = Settings(pages=PageSettings(link_minutes=10))
    url = staging_url(settings, seals, "main", 7, NOW)
    assert url is not None
    assert url.startswith("http://127.0.0.1:8000/staging/")
    assert named_by(seals, path_of(url), NOW + 600) == ("main", 7)
    with pytest.raises(Expired):
        named_by(seals, path_of(url), NOW + 661)


def test_the_same_minute_gives_the_same_link(database: Database) -> None:
    seals = Seals((NEW,), database)
    minute = NOW - NOW % 60
    links = {staging_url(Settings(), seals, "main", 7, minute + second) for second in (0, 30, 59)}
    assert len(links) == 1


@pytest.mark.parametrize(
    "settings",
    [
        Settings(pages=PageSettings(link_minutes=0)),
        Settings(host="0.0.0.0"),  # noqa: S104  public_url is still loopback: nobody could follow it
    ],
)
def test_no_link_where_it_is_switched_off_or_leads_nowhere(
    database: Database, settings: Settings
) -> None:
    assert staging_url(settings, Seals((NEW,), database), "main", 7, NOW) is None


def test_no_link_rather_than_a_failure_while_there_is_no_secret(database: Database) -> None:
    assert staging_url(Settings(), Seals((), database), "main", 7, NOW) is None
