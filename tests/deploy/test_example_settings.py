"""The example settings: a copy of them starts."""

from pathlib import Path

from runtime.settings import Access
from runtime.settings_source import load_settings

EXAMPLE = Path(__file__).parents[2] / "deploy" / "nelm-cds.example.toml"


def test_example_settings_are_accepted_as_they_stand() -> None:
    settings = load_settings({"NELM_CONFIG": str(EXAMPLE)})
    assert settings.connections["main"].auth.kind == "smart_backend"
    assert settings.access is Access.CLOSED


def test_compose_and_units_hand_over_secrets_the_settings_understand(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("invented\n")
    (tmp_path / "url").write_text("postgresql+psycopg://nelm:invented@postgresql:5432/nelm\n")
    settings = load_settings(
        {
            "NELM_CONFIG": str(EXAMPLE),
            "NELM_DATABASE_URL_FILE": str(tmp_path / "url"),
            "NELM_CONNECTIONS__MAIN__INTAKE__SECRET_FILE": str(tmp_path / "secret"),
        }
    )
    assert settings.database_url.startswith("postgresql+psycopg://nelm:invented@")
    assert [secret.value for secret in settings.connections["main"].intake.secrets] == ["invented"]
