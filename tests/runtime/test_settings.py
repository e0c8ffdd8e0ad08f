"""Settings from file and environment, and the refusals that name field and way out."""

from hashlib import sha256
from pathlib import Path

import pytest

from runtime.errors import SettingRefused
from runtime.settings import Access, Secret, Settings, is_loopback
from runtime.settings_source import load_settings

BASE = {"NELM_CONNECTIONS__MAIN__BASE_URL": "https://ehr.example/fhir/"}


def _from_file(tmp_path: Path, text: str, **environ: str) -> Settings:
    (tmp_path / "nelm-cds.toml").write_text(text, encoding="utf-8")
    return load_settings(environ, tmp_path)


def test_without_file_and_environment_the_embedded_default_stands(tmp_path: Path) -> None:
    settings = load_settings({}, tmp_path)
    assert settings.embedded
    assert settings.database_url.startswith("sqlite:///var/")
    assert settings.canonical_base == "urn:nelm-cds"
    assert settings.connections == {}


def test_every_level_can_be_set_by_a_variable(tmp_path: Path) -> None:
    settings = load_settings(
        {
            **BASE,
            "NELM_PORT": "8080",
            "NELM_OPEN_ACCESS": "true",
            "NELM_WORKERS__BATCH_SIZE": "7",
            "NELM_CONNECTIONS__MAIN__INTAKE__DIALECT": "topic",
            "NELM_CONNECTIONS__MAIN__INTAKE__TRUST_BODIES": "false",
            "NELM_CONNECTIONS__MAIN__CDS_CLIENTS__0__ISSUER": "https://client.example",
            "NELM_CONNECTIONS__MAIN__CDS_CLIENTS__0__JWKS_FILE": "keys.json",
        },
        tmp_path,
    )
    main = settings.connections["main"]
    assert (settings.port, settings.open_access, settings.workers.batch_size) == (8080, True, 7)
    assert (main.name, main.base_url) == ("main", "https://ehr.example/fhir")
    assert (main.intake.dialect, main.intake.trust_bodies) == ("topic", False)
    assert main.cds_clients[0].issuer == "https://client.example"
    assert settings.sole_connection() == main


def test_a_variable_wins_over_the_file(tmp_path: Path) -> None:
    text = 'port = 1\n[connections.north-wing]\nbase_url = "https://a.example/fhir"\n'
    settings = _from_file(
        tmp_path,
        text,
        NELM_PORT="2",
        NELM_CONNECTIONS__NORTH_WING__BASE_URL="https://b.example/fhir",
    )
    assert settings.port == 2
    assert list(settings.connections) == ["north-wing"]
    assert settings.connections["north-wing"].base_url == "https://b.example/fhir"


def test_a_secret_comes_by_variable_file_or_named_variable(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from,file\nformer\n", encoding="utf-8")
    text = '[connections.{}]\nbase_url = "https://a.example"\n[connections.{}.intake]\n{} = "{}"\n'
    by_file = _from_file(tmp_path, text.format("a", "a", "secret_file", "secret"))
    by_name = _from_file(tmp_path, text.format("a", "a", "secret_env", "S"), S="one, two")
    direct = load_settings({**BASE, "NELM_CONNECTIONS__MAIN__INTAKE__SECRET": "x"}, tmp_path / "no")
    assert by_file.connections["a"].intake.secrets == (Secret("from,file"), Secret("former"))
    assert by_name.connections["a"].intake.secrets == (Secret("one"), Secret("two"))
    assert direct.connections["main"].intake.secrets == (Secret("x"),)


@pytest.mark.parametrize(
    "variable",
    [
        "CONNECTIONS__MAIN__INTAKE__SECRET",
        "CONNECTIONS__MAIN__INTAKE__SECRETS__0",
        "PAGES__SECRETS__0",
        "PAGES__SECRETS",
    ],
)
@pytest.mark.parametrize("value", ["", " ", "one,,two"])
def test_an_empty_secret_is_refused(tmp_path: Path, variable: str, value: str) -> None:
    if value == "one,,two" and variable.endswith("0"):
        value = ""
    with pytest.raises(SettingRefused, match="an empty secret would let everybody in"):
        load_settings({**BASE, f"NELM_{variable}": value}, tmp_path)


def test_a_secret_is_never_printed(tmp_path: Path) -> None:
    environ = {**BASE, "NELM_CONNECTIONS__MAIN__INTAKE__SECRET": "hush-hush"}
    settings = load_settings(environ, tmp_path)
    assert "hush-hush" not in repr(settings)


CLIENT = (
    '[connections.a]\nbase_url = "https://a.example"\n[[connections.a.cds_clients]]\n'
    'issuer = "https://c"\n'
)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[connections.a.intake]\nsecret = "x"', "connections.a.intake.secret holds a secret"),
        ('database_url = "postgresql://u:p@h/d"', "database_url holds a secret"),
        ("port = ", "not readable as TOML"),
        ("connections = 3", "connections must be a table"),
        ('[connections.A]\nbase_url = "https://a.example"', "lower-case"),
        ("[connections.a]", "connections.a.base_url is missing"),
        ('[connections.a]\nbase_url = "fhir.example"', 'is not a URL ("fhir.example")'),
        ('[connections.a]\nbase_url = "https://a.example"\nauth.kind = "smart_backend"',
         "connections.a.auth.client_id is missing"),
        ('[connections.a]\nbase_url = "https://a.example"\n[[connections.a.cds_clients]]\n'
         'issuer = "https://c"', "neither jwks_file nor jwks_url"),
        (CLIENT + 'jwks_url = "https://c/k"\njwks_file = "k"', "both jwks_file and jwks_url"),
        (CLIENT + 'jwks_url = "http://c/k"', "cds_clients[0].jwks_url is not https"),
        (CLIENT + 'jwks_url = "c/k"', 'cds_clients[0].jwks_url is not a URL ("c/k")'),
        (CLIENT + 'jwks_file = "k"\nalgorithms = []', "cds_clients[0].algorithms is empty"),
        (CLIENT + 'jwks_file = "k"\nalgorithms = ["HS256"]', "HS256"),
        (CLIENT.replace("https://c", "") + 'jwks_file = "k"', "cds_clients[0].issuer is empty"),
        (CLIENT + 'certificates = ["AB:CD"]', "cds_clients[0].certificates holds what is no SHA"),
        (CLIENT + f'certificates = ["{64 * "a"}"]',
         "certificate_header is empty, and clients of a have certificates"),
        ('certificate_header = "client-cert"', "trusted_proxies is empty, and certificate_header"),
        ('trusted_proxies = ["proxy"]', 'trusted_proxies holds "proxy", which is no address'),
        ('certificate_header = "Client Cert"\ntrusted_proxies = ["10.0.0.5"]', "no header name"),
        ('[readers.board]\ntoken_digests = ["secret"]\nconnections = ["a"]',
         "readers.board.token_digests[0] is not a SHA-256"),
        ('[readers.board]\ntoken_digests = []\nconnections = ["a"]',
         "readers.board.token_digests is empty"),
        (f'admin.token_digests = ["{sha256(b"").hexdigest()}"]', "is the SHA-256 of nothing"),
        (f'[readers.b]\ntoken_digests = ["{sha256(b"").hexdigest()}"]\nconnections = ["a"]',
         "readers.b.token_digests[0] is the SHA-256 of nothing"),
        ('database_url = "postgresql://h/n?user=u&password=geheim"', "database_url holds a secret"),
        ('broker_url = "redis://h/0?password=geheim"', "broker_url holds a secret"),
        ('public_url = "ftp://user:geheim@host/"', "public_url holds a user name or a password"),
        ('[connections.a]\nbase_url = "https://u:geheim@a.example"', "holds a user name or a"),
        ('cors_origins = ["*"]', "cors_origins[0] is no origin"),
        ('cors_origins = ["https://a.example/"]', "cors_origins[0] is no origin"),
        ('trusted_proxies = ["0.0.0.0/0"]', "trusted_proxies trusts every address"),
        (f'[readers.board]\ntoken_digests = ["{64 * "a"}"]\nconnections = ["a"]',
         'readers.board.connections names "a", which is none. Name connections'),
        (f'[readers.board]\ntoken_digests = ["{64 * "a"}"]\nconnections = []',
         "readers.board.connections is empty. Name connections it may read: none yet"),
        ("prot = 3", "prot is not a setting. Did you mean port?"),
        ('[connections.a]\nbase_ulr = "x"\nbase_url = "https://a.example"',
         "connections.a.base_ulr is not a setting. Did you mean base_url?"),
        ("port = 99999", "port"),
        ('log_level = "loud"', "docs/configuration.md lists those allowed"),
        (f'[readers.b]\ntoken_digests = ["{64 * "a"}"]', "readers.NAME.connections is missing"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_refused_by_file_field_and_way_out(
    tmp_path: Path, text: str, named: str
) -> None:
    with pytest.raises(SettingRefused) as refusal:
        _from_file(tmp_path, text)
    message = str(refusal.value)
    assert named in message
    assert "geheim" not in message
    assert message.startswith("nelm-cds.toml: ")
    assert "\n" not in message


def test_a_wrong_variable_is_named_as_the_variable(tmp_path: Path) -> None:
    with pytest.raises(SettingRefused, match=r"^NELM_PORT is not "):
        load_settings({"NELM_PORT": "many"}, tmp_path)
    with pytest.raises(SettingRefused, match=r"^NELM_PROT is not a setting"):
        load_settings({"NELM_PROT": "1"}, tmp_path)


def test_a_named_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingRefused, match="NELM_CONFIG"):
        load_settings({"NELM_CONFIG": str(tmp_path / "none.toml")}, tmp_path)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False),  # noqa: S104
     ("ehr.example", False)],
)  # fmt: skip
def test_only_loopback_is_open_by_itself(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
    assert Settings(host=host).access is (Access.LOOPBACK if loopback else Access.CLOSED)


@pytest.mark.parametrize(
    ("public_url", "access"),
    [
        ("http://localhost:8000", Access.LOOPBACK),
        ("http://[::1]:8000", Access.LOOPBACK),
        ("https://nelm.example.org", Access.CLOSED),
        ("http://[::1", Access.CLOSED),
    ],
)
def test_listening_on_loopback_behind_a_public_address_is_not_open(
    public_url: str, access: Access
) -> None:
    assert Settings(public_url=public_url).access is access
    assert Settings(public_url=public_url, open_access=True).access is Access.CONFIGURED


@pytest.mark.parametrize("delivery", ["direct", "both"])
def test_a_delivery_that_does_not_exist_yet_is_refused(tmp_path: Path, delivery: str) -> None:
    variable = "NELM_CONNECTIONS__MAIN__DELIVERY"
    with pytest.raises(SettingRefused) as refusal:
        load_settings({**BASE, variable: delivery}, tmp_path)
    assert str(refusal.value) == (
        f'{variable}: "{delivery}" comes with a later version. Write "cards", or leave it out'
    )


def test_links_lead_to_loopback_only_from_the_machine_itself() -> None:
    assert Settings().has_public_url
    assert Settings(host="0.0.0.0", public_url="https://nelm.example").has_public_url  # noqa: S104
    assert not Settings(host="0.0.0.0").has_public_url  # noqa: S104


def test_an_operator_token_in_place_of_its_digest_is_refused_with_the_way_to_make_one(
    tmp_path: Path,
) -> None:
    with pytest.raises(SettingRefused) as refusal:
        _from_file(tmp_path, '[admin]\ntoken_digests = ["the-token-itself"]')
    assert str(refusal.value).startswith("nelm-cds.toml: admin.token_digests[0]")
    assert "sha256sum" in str(refusal.value)
    assert "the-token-itself" not in str(refusal.value)
