"""Client profiles: ours, own ones on a base, and what is refused with field and way out."""

from pathlib import Path

import pytest

from runtime.client_profiles import (
    PROFILES,
    contradiction_in,
    profile_named,
)
from runtime.errors import SettingRefused
from runtime.settings import Settings
from runtime.settings_source import load_settings

CONNECTION = '[connections.main]\nbase_url = "https://ehr.example/fhir"\nclient_profile = "{}"\n'
NORTH = CONNECTION.format("north") + "[client_profiles.north]\n"


def settings_of(tmp_path: Path, text: str, **environ: str) -> Settings:
    (tmp_path / "nelm-cds.toml").write_text(text, encoding="utf-8")
    return load_settings(environ, tmp_path)


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_of_ours_is_named_by_a_connection_and_holds_together(
    tmp_path: Path, name: str
) -> None:
    settings = settings_of(tmp_path, CONNECTION.format(name))
    profile = settings.profile_of(settings.connections["main"])
    assert profile == PROFILES[name]
    assert contradiction_in(profile) is None


def test_epic_takes_one_action_any_selection_and_no_care_plan() -> None:
    epic = profile_named("epic")
    assert (epic.actions_per_suggestion, epic.selection_behavior) == (1, "any")
    assert "CarePlan" not in epic.creates
    assert epic.updates == ()
    assert epic.plain_topic_codes
    assert "problem-list-item-create" not in epic.hooks


def test_an_own_profile_differs_from_its_base_where_it_says_so(tmp_path: Path) -> None:
    text = (
        NORTH + 'base = "epic"\nmax_cards = 2\nhooks = ["order-sign"]\n'
        'smart_launch_url = "https://apps.example/launch"\n'
        '[client_profiles.north.order_codes]\nmaa_scan = "77"\n'
        '[client_profiles.north.prefetch_keys]\nobservations = "-labs"\n'
    )
    settings = settings_of(tmp_path, text, NELM_CLIENT_PROFILES__NORTH__MAX_SUGGESTIONS="1")
    north = settings.profile_of(settings.connections["main"])
    assert (north.max_cards, north.max_suggestions, north.hooks) == (2, 1, ("order-sign",))
    assert north.order_codes == {"maa_scan": "77"}
    assert north.prefetch_keys == {"observations": "-labs"}
    assert (north.creates, north.actions_per_suggestion) == (PROFILES["epic"].creates, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            CONNECTION.format("epik"),
            'connections.main.client_profile names a client profile "epik" that does not exist. '
            "Did you mean epic?",
        ),
        (
            CONNECTION.format("vendor"),
            '"vendor" that does not exist. Known ones: crd, epic, generic',
        ),
        (NORTH + 'base = "epc"', "client_profiles.north.base names a client profile"),
        (NORTH + "max_card = 1", "client_profiles.north.max_card is not a setting. Did you mean"),
        (NORTH + "max_cards = 0", "client_profiles.north.max_cards must be a whole number >= 1"),
        (NORTH + 'hooks = ["order-cancel"]', "client_profiles.north.hooks"),
        (NORTH + "hooks = []", "client_profiles.north: hooks is empty. Leave it out"),
        (
            NORTH + '[client_profiles.north.prefetch_keys]\nlabs = "x"',
            'client_profiles.north: prefetch_keys renames "labs", which is no prefetch key',
        ),
        (
            CONNECTION.format("epic") + '[connections.main.prefetch_keys]\nobservation = "x"',
            'connections.main: prefetch_keys renames "observation", which is no prefetch key of '
            "ours. Did you mean observations?",
        ),
        (
            NORTH + 'creates = ["ServiceRequest"]',
            'client_profiles.north: proposal_as is "CarePlan", which creates does not list',
        ),
        (
            NORTH + '[client_profiles.north.order_codes]\nmaa_scan = "7"',
            "order_codes has no order_code_system",
        ),
        (NORTH + 'smart_launch_url = "http://a.example"', "smart_launch_url is not https"),
        ("client_profiles = 3", "client_profiles must be a table"),
        ("[client_profiles]\nnorth = 3", "client_profiles.north must be a table"),
        ("[client_profiles.epic]\nmax_cards = 1", 'Choose another, with base = "epic"'),
    ],
)
def test_a_profile_that_cannot_hold_is_refused_with_field_and_way_out(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(SettingRefused) as refused:
        settings_of(tmp_path, text)
    assert str(refused.value).startswith("nelm-cds.toml: ")
    assert message in str(refused.value)
