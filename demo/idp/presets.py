"""Named faults, one row each: the wrong answers a portal must survive.

`$client_id` and `$other_client_id` stand for those of the provider that the fault is for.
"""

import json
from typing import Any

from demo.idp.adfs import Adfs
from demo.idp.google import Google

Preset = dict[str, Any]


def _claims(**values: Any) -> Preset:
    return {"claims": {"set": values}}


def _without(*names: str) -> Preset:
    return {"claims": {"drop": list(names)}}


def _at(answer: str, **parts: Any) -> Preset:
    return {answer: parts}


MANY_GROUPS = [f"AWS-Example-Group-Number-{number:03d}" for number in range(300)]
MARKUP = '<script>alert(1)</script> & "O\'Neil" <i>Zoë</i>'
RIGHT_TO_LEFT = "\u202egnitseretni\u202c \u05e9\u05dc\u05d5\u05dd"
ELSEWHERE = "https://issuer.elsewhere.example"

PRESETS: dict[str, Preset] = {
    # signature
    "alg-none": {"sign_with": "none"},
    "alg-none-signed": {"header": {"alg": "none"}},
    "hs256-public": {"sign_with": "hs256-public"},
    "hs256-secret": {"sign_with": "hs256-secret"},
    "foreign-key": {"sign_with": "other"},
    "unknown-kid": {"header": {"kid": "no-such-key"}},
    "foreign-key-unknown-kid": {"sign_with": "other", "header": {"kid": "no-such-key"}},
    "kid-is-a-path": {"header": {"kid": "../../../../dev/null"}},
    "kid-is-a-number": {"header": {"kid": 7}},
    "jku-elsewhere": {"sign_with": "other", "header": {"jku": ELSEWHERE + "/keys", "kid": "no-such-key"}},
    "changed-claims": {"tamper": {"set": {"email": "erin@example.com", "group": ["Daypass-Admins"]}}},
    # frame
    "wrong-iss": _claims(iss=ELSEWHERE),
    "iss-absent": _without("iss"),
    "wrong-aud": _claims(aud="$other_client_id"),
    "aud-absent": _without("aud"),
    "aud-list": _claims(aud=["$client_id", "$other_client_id"]),
    "aud-list-azp-foreign": _claims(aud=["$client_id", "$other_client_id"], azp="$other_client_id"),
    "aud-list-of-strangers": _claims(aud=["$other_client_id", "yet-another"]),
    "azp-foreign": _claims(azp="$other_client_id"),
    "exp-absent": _without("exp"),
    "iat-absent": _without("iat"),
    "sub-absent": _without("sub"),
    "sub-empty": _claims(sub=""),
    "sub-number": _claims(sub=42),
    "sub-long": _claims(sub="9" * 300),
    "nonce-absent": _without("nonce"),
    "wrong-nonce": _claims(nonce="another-nonce"),
    "expired": {"claims": {"shift": {"iat": -7200, "exp": -7200}}},
    "exp-string": _claims(exp="tomorrow"),
    "iat-future": {"claims": {"shift": {"iat": 3600, "exp": 3600}}},
    "nbf-future": _claims(nbf=4102444800),
    "max-age-ignored": {"claims": {"shift": {"auth_time": -7200}}},
    "auth-time-absent": _without("auth_time"),
    # the token answer
    "id-token-absent": _at("token_response", drop=["id_token"]),
    "id-token-rubbish": _at("token_response", set={"id_token": "not-a-jwt"}),
    "id-token-number": _at("token_response", set={"id_token": 42}),
    "id-token-null": _at("token_response", set={"id_token": None}),
    "access-token-absent": _at("token_response", drop=["access_token"]),
    "refresh-token-absent": _at("token_response", drop=["refresh_token"]),
    "token-500": _at("token_response", status=500, body='{"error":"server_error"}'),
    "token-html": _at("token_response", body="<html><h1>Oops</h1></html>", content_type="text/html"),
    "token-empty": _at("token_response", body=""),
    "token-invalid-json": _at("token_response", body='{"access_token": '),
    "token-list": _at("token_response", body="[]"),
    "token-slow": _at("token_response", delay=10.0),
    "token-invalid-grant": _at("token_response", status=400, body='{"error":"invalid_grant"}'),
    "token-invalid-client": _at("token_response", status=401, body='{"error":"invalid_client"}'),
    # the other endpoints
    "userinfo-other-sub": _at("userinfo", set={"sub": "somebody-else"}),
    "userinfo-sub-absent": _at("userinfo", drop=["sub"]),
    "userinfo-500": _at("userinfo", status=500, body="down"),
    "userinfo-html": _at("userinfo", body="<html></html>", content_type="text/html"),
    "userinfo-list": _at("userinfo", body="[]"),
    "discovery-down": _at("discovery", status=503, body="down"),
    "discovery-html": _at("discovery", body="<html></html>", content_type="text/html"),
    "discovery-slow": _at("discovery", delay=10.0),
    "discovery-wrong-issuer": _at("discovery", set={"issuer": ELSEWHERE}),
    "jwks-down": _at("jwks", status=503, body="down"),
    "jwks-empty": _at("jwks", set={"keys": []}),
    "jwks-rubbish": _at("jwks", body="not json"),
    "jwks-slow": _at("jwks", delay=10.0),
    # groups
    "groups-object": _claims(group={"name": "AWS-Prod-Admin"}),
    "groups-nested": _claims(group=[["AWS-Prod-Admin"]]),
    "groups-mixed": _claims(group=["AWS-Dev-Read", 7]),
    "groups-number": _claims(group=7),
    "groups-null": _claims(group=None),
    "groups-empty-string": _claims(group=""),
    "groups-empty-list": _claims(group=[]),
    "groups-300": _claims(group=MANY_GROUPS),
    "groups-2500": _claims(group=[f"G-{number:04d}" for number in range(2500)]),
    "groups-overage": {
        "claims": {
            "drop": ["group"],
            "set": {
                "_claim_names": {"group": "src1"},
                "_claim_sources": {"src1": {"endpoint": ELSEWHERE + "/users/1/getMemberObjects"}},
            },
        }
    },
    "groups-hasgroups": {"claims": {"drop": ["group"], "set": {"hasgroups": True}}},
    "groups-elsewhere": _claims(groups=["AWS-Prod-Admin"], role=["AWS-Prod-Admin"]),
    # who
    "email-absent": {"claims": {"drop": ["email"]}, "userinfo": {"drop": ["email"]}},
    "email-list": _claims(email=["alice@example.com", "erin@example.com"]),
    "email-unverified": {
        "claims": {"set": {"email_verified": False}},
        "userinfo": {"set": {"email_verified": False}},
    },
    "email-verified-string": {
        "claims": {"set": {"email_verified": "false"}},
        "userinfo": {"set": {"email_verified": "false"}},
    },
    "hd-absent": {"claims": {"drop": ["hd"]}, "userinfo": {"drop": ["hd"]}},
    "hd-other": {"claims": {"set": {"hd": "evil.example"}}, "userinfo": {"set": {"hd": "evil.example"}}},
    "upn-differs": _claims(upn="a.example@ad.example.internal"),
    "upn-absent": _without("upn"),
    "unique-name-list": _claims(unique_name=["Alice Example", "EXAMPLE\\alice"]),
    "name-markup": _claims(name=MARKUP, given_name=MARKUP),
    "name-right-to-left": _claims(name=RIGHT_TO_LEFT, given_name=RIGHT_TO_LEFT),
    "name-long": _claims(name="x" * 200, given_name="x" * 200),
    "name-object": _claims(name={"first": "Alice"}, given_name={"first": "Alice"}),
}


def settle(description: dict[str, Any]) -> dict[str, Any]:
    """The fault a description means: its preset, overlaid by what it says itself. Raises ValueError."""
    name = description.get("name")
    if name is None:
        return description
    if name not in PRESETS:
        raise ValueError(f"no preset {name}; known: {', '.join(sorted(PRESETS))}")
    preset = _filled(PRESETS[name], description.get("provider"))
    return {**preset, **{key: value for key, value in description.items() if key != "name"}}


def _filled(preset: Preset, provider: Any) -> Preset:
    shape = Adfs if provider == Adfs.slug else Google
    text = json.dumps(preset).replace("$client_id", shape.client_id)
    filled: Preset = json.loads(text.replace("$other_client_id", shape.other_client_id))
    return filled
