"""Facebook and Amazon in the providers' file: fixed hosts, ids of the right shape, no address believed by chance."""

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from accounts.providers.declared import SocialProvider
from accounts.providers.file import load

CLIENT_IDS = {"facebook": "412233445566778", "amazon": "amzn1.application-oa2-client.0123abcd"}


@pytest.fixture(params=["facebook", "amazon"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("SECRET", "a secret")
    return str(request.param)


def read(folder: Path, kind: str, *, development: bool = False, **changes: Any) -> SocialProvider:
    """Return what the file says; None takes a key out, and a value is written as TOML has it."""
    keys = {
        "kind": f'"{kind}"',
        "name": '"Somewhere"',
        "client_id": f'"{CLIENT_IDS[kind]}"',
        "client_secret": '"env:SECRET"',
    }
    written = {name: value for name, value in {**keys, **changes}.items() if value is not None}
    path = folder / "daypass.toml"
    path.write_text("[providers.there]\n" + "\n".join(f"{name} = {value}" for name, value in written.items()))
    found = load(path, plain_http_on_loopback=development)["there"]
    assert isinstance(found, SocialProvider)
    return found


def refusal(folder: Path, kind: str, **changes: Any) -> str:
    with pytest.raises(ImproperlyConfigured) as caught:
        read(folder, kind, **changes)
    return str(caught.value)


def test_the_least_is_enough_and_believes_no_address(tmp_path: Path, kind: str) -> None:
    found = read(tmp_path, kind)
    assert (found.domains, found.email_trusted, found.email_optional) == (frozenset(), False, True)
    assert "a secret" not in repr(found)
    assert found.can_reauthenticate is False


def test_the_addresses_are_those_that_aws_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "a secret")
    facebook, amazon = read(tmp_path, "facebook"), read(tmp_path, "amazon")
    hosts = ["https://www.facebook.com/", "https://graph.facebook.com/", "https://graph.facebook.com/"]
    asked = [facebook.authorize_url, facebook.check_url, facebook.profile_url]
    assert [address.partition("v26.0")[0] for address in asked] == hosts
    assert (amazon.authorize_url, amazon.check_url) == (
        "https://www.amazon.com/ap/oa",
        "https://api.amazon.com/auth/o2/tokeninfo",
    )
    assert facebook.origins == (facebook.authorize_url, "https://m.facebook.com")


@pytest.mark.parametrize("key", ["authorize_url", "token_url", "issuer", "scopes", "auth_params", "groups_claim"])
def test_nothing_of_that_can_be_written(tmp_path: Path, kind: str, key: str) -> None:
    assert f"key '{key}': there is no such key" in refusal(tmp_path, kind, **{key: '"https://evil.example"'})


@pytest.mark.parametrize("value", ['"http://127.0.0.1:9/x"', '"http://localhost:9"'])
def test_a_stand_in_takes_the_place_of_all_hosts_in_development(tmp_path: Path, kind: str, value: str) -> None:
    found = read(tmp_path, kind, development=True, stand_in=value)
    base = value.strip('"')
    addresses = [found.authorize_url, found.token_url, found.check_url, found.profile_url]
    assert all(address.startswith(base + "/") for address in addresses)
    assert "key 'stand_in': it is for the demo alone" in refusal(tmp_path, kind, stand_in=value)


@pytest.mark.parametrize(
    "value", ['"https://evil.example"', '"http://evil.example"', '"http://127.0.0.1.evil.example"', '"//x"']
)
def test_a_stand_in_elsewhere_is_refused_even_then(tmp_path: Path, kind: str, value: str) -> None:
    assert "it is for the demo alone" in refusal(tmp_path, kind, development=True, stand_in=value)


@pytest.mark.parametrize("value", ['"daypass"', '"12"', '"amzn1.application.0123"', '"4122334455667x"', '"../me"'])
def test_a_client_id_of_another_shape_is_refused(tmp_path: Path, kind: str, value: str) -> None:
    assert "key 'client_id'" in refusal(tmp_path, kind, client_id=value)


def test_the_secret_does_not_stand_in_the_file(tmp_path: Path, kind: str) -> None:
    assert "does not belong in this file" in refusal(tmp_path, kind, client_secret='"s3cret"')
    assert "write either" in refusal(tmp_path, kind, client_secret=None)


def test_trust_without_domains_is_no_trust(tmp_path: Path, kind: str) -> None:
    assert "key 'email_trusted': name the domains" in refusal(tmp_path, kind, email_trusted="true")
    found = read(tmp_path, kind, email_trusted="true", domains='["Example.com"]')
    assert (found.email_trusted, found.domains) == (True, frozenset({"example.com"}))


@pytest.mark.parametrize("value", ["[]", '["*"]', '"example.com"', '["@example.com"]'])
def test_domains_are_domains_here_too(tmp_path: Path, kind: str, value: str) -> None:
    assert "key 'domains'" in refusal(tmp_path, kind, domains=value)


def test_the_address_comes_by_one_name_alone(tmp_path: Path, kind: str) -> None:
    assert "key 'email_claim'" in refusal(tmp_path, kind, email_claim='"name"')


def test_a_misspelt_key_is_named_with_those_that_there_are(tmp_path: Path, kind: str) -> None:
    said = refusal(tmp_path, kind, client_idd='"x"')
    assert "client_id, client_secret, client_secret_file, domains, email_optional, email_trusted" in said
    assert "stand_in" not in said
