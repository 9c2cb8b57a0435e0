"""Names of hosts, as they are written and as they stand on the wire."""

import pytest

from portal import names
from roles import validators


@pytest.mark.parametrize(
    "domain", ["example.com", "xn--80a1acny.xn--p1ai", "example.xn--fiqs8s", "a.b-c.co", "1.example.org"]
)
def test_domains(domain: str) -> None:
    assert names.is_domain(domain)
    validators.principal(f"domain:{domain}")


@pytest.mark.parametrize(
    "domain",
    [
        "example.-com",
        "example.c1",
        "example.123",
        "example",
        "Example.com",
        "a..com",
        "-a.com",
        "a-.com",
        "example.c",
        "example.com.",
        "example.xn--",
        "example.xn--a-",
        "a_b.com",
        "почта.рф",
        f"{'a' * 64}.com",
        "",
    ],
)
def test_what_is_no_domain(domain: str) -> None:
    assert not names.is_domain(domain)


def test_a_domain_has_253_letters_at_most() -> None:
    long = ".".join(["a" * 61] * 4)  # 247
    assert (names.is_domain(f"{long}.comxx"), names.is_domain(f"{long}.comxxx")) == (True, False)


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://Example.com:443/x?y", "https://example.com"),
        ("http://example.com:80", "http://example.com"),
        ("https://example.com:80", "https://example.com:80"),
        ("http://example.com:443", "http://example.com:443"),
        ("https://example.com:", "https://example.com"),
        ("https://example.com.", "https://example.com"),
        ("https://\u043f\u043e\u0447\u0442\u0430.\u0440\u0444", "https://xn--80a1acny.xn--p1ai"),
        ("https://127.0.0.1:9", "https://127.0.0.1:9"),
        ("https://[2001:DB8:0::1]", "https://[2001:db8::1]"),
    ],
)
def test_origins(address: str, origin: str) -> None:
    assert names.origin_of(address) == origin


@pytest.mark.parametrize(
    "address",
    [
        "https://",
        "https://a b",
        "https://127.1",
        "https://1.2.3.4.5",
        "https://[::g]",
        "https://[fe80::1%eth0]",
        "https://a:x",
        "https://a:65536",
        "https://a_b.example",
        "https://-a.example",
        f"https://{'a.' * 130}com",
        "https://xn--ñ.a",
    ],
)
def test_what_has_no_origin(address: str) -> None:
    with pytest.raises(ValueError):
        names.origin_of(address)


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("почта.рф", "Write почта.рф as it stands on the wire: xn--80a1acny.xn--p1ai."),
        ("example.c1", ""),
        ("\u200b", ""),
        ("ä", ""),
    ],
)
def test_a_name_in_its_own_script_is_told_its_form_on_the_wire(typed: str, hint: str) -> None:
    assert names.hint(typed) == hint
