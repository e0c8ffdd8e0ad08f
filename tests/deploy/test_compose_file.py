"""The compose file: its schema, its safety, and that what it names exists."""

import json
import subprocess
import sys
from pathlib import Path

import compose_spec
import pytest

from nelm_cds.main import COMMANDS
from tests.deploy.compose_file import COMPOSE, FOLDER, OURS, read, services


def test_compose_file_follows_the_compose_specification() -> None:
    # the judge reads JSON, where YAML's merge keys are already merged, as compose does it
    parsed = compose_spec.PyCompose.from_json(json.dumps(read()))
    parsed.validate()  # refuses volumes, networks and secrets that are not declared
    assert set(parsed.service_names()) == {*OURS, "postgresql", "redis"}


def test_misspelled_key_would_be_noticed() -> None:
    document = read()
    document["services"]["web"]["comand"] = ["serve"]
    with pytest.raises(ValueError, match="comand"):
        compose_spec.PyCompose.from_json(json.dumps(document))


def test_compose_lint_finds_nothing_but_images_without_a_digest() -> None:
    answer = subprocess.run(
        [Path(sys.executable).parent / "compose-lint", "check", "--format=json", COMPOSE],
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0, answer.stdout
    findings = json.loads(answer.stdout)["findings"]
    # the digest is the installation's choice (docs/how-to/deploy.md)
    assert [finding for finding in findings if finding["rule_id"] != "CL-0019"] == []


@pytest.mark.parametrize("name", [*OURS, "postgresql", "redis"])
def test_every_container_has_as_few_rights_as_it_can(name: str) -> None:
    service = services()[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert int(service["user"].split(":")[0]) > 0
    assert service["healthcheck"]
    assert service["restart"]
    assert service["mem_limit"]


@pytest.mark.parametrize("name", OURS)
def test_every_command_is_one_of_the_console_script(name: str) -> None:
    assert services()[name]["command"][0] in COMMANDS


def test_no_secret_stands_in_the_compose_file() -> None:
    for service in services().values():
        for variable, value in service["environment"].items() if "environment" in service else ():
            if any(word in variable for word in ("PASSWORD", "SECRET", "DATABASE_URL")):
                assert variable.endswith("_FILE"), variable
                assert value.removeprefix("/run/secrets/") in service["secrets"]


def test_database_and_broker_are_reached_from_inside_only() -> None:
    assert read()["networks"]["inside"]["internal"] is True
    for name in ("postgresql", "redis"):
        assert services()[name]["networks"] == ["inside"]
        assert "ports" not in services()[name]


def test_database_is_durable() -> None:
    command = services()["postgresql"]["command"]
    assert {"fsync=on", "synchronous_commit=on"} <= set(command)


def test_secrets_are_kept_out_of_the_repository() -> None:
    assert (FOLDER / "secrets" / ".gitignore").read_text().splitlines()[1] == "*"
