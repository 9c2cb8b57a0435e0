import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from accounts.providers import BREAK_GLASS, name_of
from accounts.providers.declared import GOOGLE_ISSUER, Kind, OpenIdProvider
from accounts.providers.file import load
from accounts.providers.openid import ALGORITHMS, AUTH_PARAMS
from tests.accounts.health.tls import certificate

GOOGLE = {
    "kind": '"google"',
    "name": '"Google"',
    "client_id": '"me.apps.example"',
    "client_secret": '"env:TEST_GOOGLE_SECRET"',
    "domains": '["Example.com"]',
}
ADFS = {
    "kind": '"adfs"',
    "name": '"AD FS"',
    "issuer": '"https://fs.example.com/adfs"',
    "client_id": '"8d3f2b0e"',
    "client_secret_file": '"adfs-secret"',
    "domains": '["example.com"]',
}


@pytest.fixture(autouse=True)
def _secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_GOOGLE_SECRET", "the-google-secret")
    (tmp_path / "adfs-secret").write_text("the-adfs-secret\n")


def written(tmp_path: Path, **tables: dict[str, str]) -> Path:
    path = tmp_path / "daypass.toml"
    lines = []
    for slug, table in tables.items():
        lines += [f"[providers.{slug}]", *(f"{key} = {value}" for key, value in table.items())]
    path.write_text("\n".join(lines))
    return path


def complaint(path: Path) -> str:
    with pytest.raises(ImproperlyConfigured) as caught:
        load(path, plain_http_on_loopback=False)
    assert str(path) in str(caught.value)
    assert "the-google-secret" not in str(caught.value)
    return str(caught.value)


def without(table: dict[str, str], key: str) -> dict[str, str]:
    return {name: value for name, value in table.items() if name != key}


def test_both_are_read_with_their_defaults(tmp_path: Path) -> None:
    found = load(written(tmp_path, google=GOOGLE, adfs=ADFS), plain_http_on_loopback=False)
    google, adfs = found["google"], found["adfs"]
    assert isinstance(google, OpenIdProvider)
    assert isinstance(adfs, OpenIdProvider)
    assert list(found) == ["google", "adfs"]
    assert (google.kind, google.issuer, google.client_secret) == (Kind.GOOGLE, GOOGLE_ISSUER, "the-google-secret")
    assert google.issuers == ("https://accounts.google.com", "accounts.google.com")
    assert google.domains == google.hosted_domains == {"example.com"}
    assert dict(google.auth_params) == {"access_type": "offline", "prompt": "consent", "hd": "example.com"}
    assert (adfs.client_secret, adfs.groups_claim, adfs.fetch_userinfo) == ("the-adfs-secret", "group", False)
    assert (adfs.scopes, adfs.email_trusted, adfs.issuers) == (
        ("openid", "allatclaims"),
        True,
        ("https://fs.example.com/adfs",),
    )
    assert google.algorithms == adfs.algorithms == ("RS256",)


def test_a_secret_is_not_in_the_repr(tmp_path: Path) -> None:
    found = load(written(tmp_path, google=GOOGLE, adfs=ADFS), plain_http_on_loopback=False)
    assert "secret" not in repr(found).replace("client_secret_", "")


@pytest.mark.parametrize("key", sorted(GOOGLE))
def test_a_missing_key_is_named(tmp_path: Path, key: str) -> None:
    assert f"provider 'google', key '{key}'" in complaint(written(tmp_path, google=without(GOOGLE, key)))


@pytest.mark.parametrize("key", sorted({*ADFS} - {"client_secret_file"}))
def test_a_missing_key_of_adfs_is_named(tmp_path: Path, key: str) -> None:
    assert f"provider 'adfs', key '{key}'" in complaint(written(tmp_path, adfs=without(ADFS, key)))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("kind", '"ldap"'),
        ("kind", "7"),
        ("name", '""'),
        ("name", "7"),
        ("name", r'"a\u0007"'),
        ("issuer", '"http://accounts.google.com"'),
        ("issuer", '"http://127.0.0.1:8001/google"'),
        ("issuer", '"accounts.google.com"'),
        ("issuer", '"https://a:b@accounts.google.com"'),
        ("issuer", '"https://accounts.google.com?x=1"'),
        ("issuer", '"https://[broken"'),
        ("client_secret", '"GOCSPX-the-secret-itself"'),
        ("client_secret", '"env:"'),
        ("client_secret", '"env:NOT_SET_ANYWHERE"'),
        ("domains", "[]"),
        ("domains", '"example.com"'),
        ("domains", '["*.example.com"]'),
        ("domains", '["alice@example.com"]'),
        ("domains", '["com"]'),
        ("domains", "[7]"),
        ("hosted_domains", "[]"),
        ("scopes", '["email"]'),
        ("scopes", '["openid email"]'),
        ("auth_params", '{ redirect_uri = "https://evil.example" }'),
        ("auth_params", "{ max_age = 7 }"),
        ("auth_params", '"prompt=login"'),
        ("algorithms", '["none"]'),
        ("algorithms", '["HS256"]'),
        ("algorithms", "[]"),
        ("token_auth_method", '"private_key_jwt"'),
        ("email_optional", '"true"'),
        ("fetch_userinfo", "1"),
        ("extra_form_origins", '["https://login.example.com/path"]'),
        ("extra_form_origins", '["http://login.example.com"]'),
        ("groups_claim", '"groups"'),
        ("colour", '"blue"'),
        ("Name", '"Google"'),
    ],
)
def test_a_wrong_value_is_named_with_its_remedy(tmp_path: Path, key: str, value: str) -> None:
    message = complaint(written(tmp_path, google={**GOOGLE, key: value}))
    assert f"provider 'google', key '{key}': " in message
    assert message.endswith(".")


WIRE = "Write bücher.example as it stands on the wire: xn--bcher-kva.example."
LIST, SCOPES = "write a list that is not empty", 'write one scope each, "openid" among them.'
# A table of a provider where everything is right but one value, which no other guard refuses.
ALONE = [
    ({**GOOGLE, "scopes": '"openid"'}, "scopes", LIST),
    ({**GOOGLE, "scopes": "[]"}, "scopes", LIST),
    ({**GOOGLE, "scopes": '["openid", ""]'}, "scopes", LIST),
    ({**GOOGLE, "scopes": '["openid", 7]'}, "scopes", LIST),
    ({**GOOGLE, "scopes": '["email"]'}, "scopes", SCOPES),
    ({**GOOGLE, "scopes": '["openid", "email profile"]'}, "scopes", SCOPES),
    ({**GOOGLE, "algorithms": '["RS256", "HS256"]'}, "algorithms", "choose from ES256"),
    ({**GOOGLE, "auth_params": '{ prompt = "login", nonce = "x" }'}, "auth_params", "only these may be sent"),
    ({**GOOGLE, "auth_params": '{ prompt = "login", max_age = 7 }'}, "auth_params", "write a table of texts"),
    ({**ADFS, "domains": '["example.com", "bücher.example"]'}, "domains", WIRE),
    ({**ADFS, "domains": '["example.com", "a_b.example"]'}, "domains", "write domain names"),
    ({**ADFS, "issuer": '"ftp://localhost/adfs"'}, "issuer", "write its https address"),
    ({**ADFS, "issuer": '"http://fs.example.com/adfs"'}, "issuer", "write its https address"),
    ({**ADFS, "issuer": '"https:///adfs"'}, "issuer", "write its https address"),
    ({**ADFS, "issuer": '"https://fs.example.com/adfs#x"'}, "issuer", "write its https address"),
    ({**ADFS, "issuer": '"https://@fs.example.com/adfs"'}, "issuer", "write its https address"),
    ({**ADFS, "extra_form_origins": '["https://login.example.com/"]'}, "extra_form_origins", "write origins without"),
]


@pytest.mark.parametrize(("table", "key", "remedy"), ALONE)
def test_each_guard_stands_alone(tmp_path: Path, table: dict[str, str], key: str, remedy: str) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        load(written(tmp_path, there=table), plain_http_on_loopback=True)
    assert f"provider 'there', key '{key}': {remedy}" in str(caught.value)


def test_all_that_may_be_chosen_may_be_chosen_at_once(tmp_path: Path) -> None:
    params = dict.fromkeys(AUTH_PARAMS, "x")
    written_params = ", ".join(f'{name} = "x"' for name in params)
    algorithms = json.dumps(sorted(ALGORITHMS))
    origins = {"extra_form_origins": '["https://login.example.com", "http://localhost:8001"]'}
    table = {**ADFS, **origins, "auth_params": f"{{ {written_params} }}", "algorithms": algorithms}
    found = load(written(tmp_path, adfs=table), plain_http_on_loopback=True)["adfs"]
    assert isinstance(found, OpenIdProvider)
    assert (dict(found.auth_params), set(found.algorithms)) == (params, ALGORITHMS)
    assert found.extra_form_origins == ("https://login.example.com", "http://localhost:8001")


def test_a_provider_is_called_by_its_name_and_one_that_is_gone_by_its_slug(tmp_path: Path, settings: Settings) -> None:
    settings.DAYPASS_PROVIDERS = str(written(tmp_path, google=GOOGLE, adfs=ADFS))
    names = [name_of(slug) for slug in ("adfs", "gone", BREAK_GLASS)]
    assert names == ["AD FS", "gone", "Break-glass"]


@pytest.mark.parametrize("slug", ["break-glass", "Google", "9lives", "a_b", "x" * 33])
def test_a_slug_is_short_and_plain(tmp_path: Path, slug: str) -> None:
    assert f"provider '{slug}'" in complaint(written(tmp_path, **{slug: GOOGLE}))


def test_email_trusted_is_not_for_google(tmp_path: Path) -> None:
    assert "'email_trusted'" in complaint(written(tmp_path, google={**GOOGLE, "email_trusted": "true"}))


OTHER_CLAIM = {"email_claim": '"preferred_username"'}
OIDC = {**without(ADFS, "kind"), "kind": '"oidc"'}


def test_another_claim_than_email_needs_the_files_word_that_the_directory_decides_it(tmp_path: Path) -> None:
    told = complaint(written(tmp_path, okta={**OIDC, **OTHER_CLAIM}))
    assert "key 'email_claim': email_verified vouches for the claim email alone. Write email_trusted = true" in told
    believed = {**OIDC, **OTHER_CLAIM, "email_trusted": "true"}
    found = load(written(tmp_path, okta=believed), plain_http_on_loopback=False)["okta"]
    assert (found.email_claim, found.email_trusted) == ("preferred_username", True)


def test_google_vouches_for_email_alone(tmp_path: Path) -> None:
    told = complaint(written(tmp_path, google={**GOOGLE, **OTHER_CLAIM}))
    assert "key 'email_claim': leave it out" in told


def test_the_claims_of_adfs_are_its_administrators(tmp_path: Path) -> None:
    found = load(written(tmp_path, adfs={**ADFS, "email_claim": '"upn"'}), plain_http_on_loopback=False)
    assert found["adfs"].email_claim == "upn"


def test_two_with_one_client_id_are_refused(tmp_path: Path) -> None:
    twin = {**ADFS, "client_id": GOOGLE["client_id"]}
    assert "'google' has the same" in complaint(written(tmp_path, google=GOOGLE, adfs=twin))


@pytest.mark.parametrize(
    "content",
    ["", "x = 1", "[providers]", "[providers]\ngoogle = 1", "[provider.google]", "providers = 1", "[[providers]]"],
)
def test_a_file_of_another_shape_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "daypass.toml"
    path.write_text(content)
    assert "write one table for each provider" in complaint(path)


@pytest.mark.parametrize("content", ["nonsense", "\x00", "[a]\n[a]"])
def test_a_file_that_is_no_toml_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "daypass.toml"
    path.write_text(content)
    assert "is not TOML" in complaint(path)


@pytest.mark.parametrize("more", ["x = 1\n", "[provider.adfs]\n"])
def test_nothing_stands_beside_good_tables(tmp_path: Path, more: str) -> None:
    path = written(tmp_path, google=GOOGLE)
    path.write_text(f"{more}{path.read_text()}")
    assert "and nothing else" in complaint(path)


def test_the_same_provider_twice_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, google=GOOGLE)
    path.write_text(path.read_text() + "\n" + path.read_text())
    complaint(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "DAYPASS_PROVIDERS" in complaint(tmp_path / "nowhere.toml")


@pytest.mark.parametrize("content", [None, "", " \n"])
def test_a_secret_file_that_is_missing_or_empty_is_named(tmp_path: Path, content: str | None) -> None:
    (tmp_path / "adfs-secret").unlink()
    if content is not None:
        (tmp_path / "adfs-secret").write_text(content)
    assert "key 'client_secret_file'" in complaint(written(tmp_path, adfs=ADFS))


def test_two_secrets_are_one_too_many(tmp_path: Path) -> None:
    both = {**ADFS, "client_secret": '"env:TEST_GOOGLE_SECRET"'}
    assert "either" in complaint(written(tmp_path, adfs=both))


@pytest.mark.parametrize(
    ("issuer", "fine"),
    [("http://127.0.0.1:8001/adfs", True), ("http://localhost/adfs", True), ("http://192.0.2.1/adfs", False)],
)
def test_plain_http_is_for_loopback_in_development(tmp_path: Path, issuer: str, fine: Any) -> None:
    path = written(tmp_path, adfs={**ADFS, "issuer": f'"{issuer}"'})
    if fine:
        assert load(path, plain_http_on_loopback=True)["adfs"].origins == (issuer,)
        return
    with pytest.raises(ImproperlyConfigured, match="https address"):
        load(path, plain_http_on_loopback=True)


def test_the_example_is_a_good_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    example = Path(__file__).parents[3] / "daypass.example.toml"
    monkeypatch.setenv("GOOGLE_CLIENT_SECRET", "secret")
    path = tmp_path / "daypass.toml"
    path.write_text(example.read_text().replace("/etc/daypass/adfs-client-secret", "adfs-secret"))
    assert [found.kind for found in load(path, plain_http_on_loopback=False).values()] == ["google", "adfs"]


CORP = {"kind": '"facebook"', "name": '"F"', "client_id": '"12345"', "client_secret": '"env:TEST_GOOGLE_SECRET"'}
OWN_AUTHORITY = [{"google": GOOGLE}, {"adfs": ADFS}, {"facebook": CORP}]


@pytest.mark.parametrize("tables", OWN_AUTHORITY, ids=lambda tables: next(iter(tables)))
def test_a_providers_own_authority_is_read_at_the_start(tmp_path: Path, tables: dict[str, dict[str, str]]) -> None:
    pem = certificate(9)[0].public_bytes(serialization.Encoding.PEM)
    (tmp_path / "ca.pem").write_bytes(pem)
    ((slug, table),) = tables.items()
    path = written(tmp_path, **{slug: table | {"ca_file": '"ca.pem"'}})
    found = load(path, plain_http_on_loopback=False)[slug]
    assert (found.ca_certificates, "BEGIN" in repr(found)) == (pem.decode().strip(), False)
    assert load(written(tmp_path, **tables), plain_http_on_loopback=False)[slug].ca_certificates == ""


@pytest.mark.parametrize("text", ["rubbish", "", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_an_authority_that_is_none_stops_the_start(tmp_path: Path, text: str) -> None:
    (tmp_path / "ca.pem").write_text(text)
    said = complaint(written(tmp_path, adfs=ADFS | {"ca_file": '"ca.pem"'}))
    assert "provider 'adfs', key 'ca_file'" in said


def test_an_unknown_key_is_told_of_it(tmp_path: Path) -> None:
    said = complaint(written(tmp_path, adfs=ADFS | {"ca_files": '"ca.pem"'}))
    assert ("ca_file," in said, "ca_certificates" in said) == (True, False)
