"""OAuth 2.0 at one provider: Authlib's grants and client authentication, wired to the provider's vault."""

import secrets
import time
from typing import Any

import flask
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import (
    AuthorizationCodeGrant,
    InvalidGrantError,
    InvalidRequestError,
    RefreshTokenGrant,
)
from authlib.oauth2.rfc7636 import CodeChallenge

from demo.idp.people import Person
from demo.idp.provider import Provider
from demo.idp.tokens import mint_id_token
from demo.idp.vault import Code, Consent


class _CodeGrant(AuthorizationCodeGrant):
    """Codes are taken from the vault on first sight, so even a failed exchange spends them."""

    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]

    @property
    def provider(self) -> Provider:
        found: Provider = self.server.provider
        return found

    def save_authorization_code(self, code: str, request: Any) -> None:
        wanted = request.payload.data
        entry = Code(
            consent=request.user,
            redirect_uri=request.payload.redirect_uri,
            expires_at=time.time() + self.provider.settings.code_seconds,
            code_challenge=wanted.get("code_challenge"),
            code_challenge_method=wanted.get("code_challenge_method"),
        )
        self.provider.vault.put_code(code, entry)

    def query_authorization_code(self, code: str, client: Any) -> Code | None:
        return self.provider.vault.spend_code(code, client.get_client_id())

    def delete_authorization_code(self, _code: Code) -> None:
        """Nothing is left to do: `spend_code` took it."""

    def authenticate_user(self, code: Code) -> Person | None:
        return self.provider.active(code.consent.person_id)

    def generate_token(self, **options: Any) -> dict[str, Any]:
        consent = self.request.authorization_code.consent
        options["include_refresh_token"] = self.provider.shape.gives_refresh_token(consent)
        token: dict[str, Any] = super().generate_token(**options)
        return token


class _RefreshGrant(RefreshTokenGrant):
    """Neither provider rotates refresh tokens: an answer to a refresh holds none."""

    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]

    def authenticate_refresh_token(self, refresh_token: str) -> Consent | None:
        found: Consent | None = self.server.provider.vault.refresh(refresh_token)
        return found

    def authenticate_user(self, consent: Consent) -> Person:
        person: Person | None = self.server.provider.active(consent.person_id)
        if person is None:
            raise InvalidGrantError("The account is disabled.")
        return person

    def revoke_old_credential(self, _consent: Consent) -> None:
        """The refresh token stays good."""


class _S256Only(CodeChallenge):
    """PKCE (RFC 7636) with S256. A missing method would mean `plain`, so it is refused as well."""

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        super().validate_code_challenge(grant, redirect_uri)
        wanted = grant.request.payload.data
        if wanted.get("code_challenge") and wanted.get("code_challenge_method") != "S256":
            raise InvalidRequestError("The code_challenge_method must be S256.")


def _add_id_token(grant: Any, response: tuple[int, dict[str, Any], Any]) -> None:
    """Hook after the token answer is made: put in the ID token and what the shape adds."""
    token, provider = response[1], grant.server.provider
    consent, person = _consent_of(grant.request), grant.request.user
    if "openid" in consent.scopes:
        access, forgery = token["access_token"], flask.g.fault.forgery
        token["id_token"] = mint_id_token(provider, person, consent, access_token=access, forgery=forgery)
    token.update(provider.shape.token_extras(consent))


def _consent_of(request: Any) -> Consent:
    consent: Consent = request.authorization_code.consent if request.authorization_code else request.refresh_token
    return consent


def _with_id_token(grant: Any) -> None:
    grant.register_hook("after_create_token_response", _add_id_token)


class Server(AuthorizationServer):
    """Authlib's server for one provider."""

    def __init__(self, provider: Provider) -> None:
        super().__init__()
        self.provider = provider
        self.scopes_supported = provider.shape.scopes
        self.register_token_generator("default", self._new_token)
        self.register_grant(_CodeGrant, [_S256Only(required=True), _with_id_token])
        self.register_grant(_RefreshGrant, [_with_id_token])

    def query_client(self, client_id: str) -> Any:
        return self.provider.clients.get(client_id)

    def save_token(self, token: dict[str, Any], request: Any) -> None:
        consent, vault = _consent_of(request), self.provider.vault
        vault.put_access(token["access_token"], consent, token["expires_in"])
        if "refresh_token" in token:
            vault.put_refresh(token["refresh_token"], consent, self.provider.shape.refresh_seconds)

    def _new_token(self, *, include_refresh_token: bool, **_options: Any) -> dict[str, Any]:
        seconds = self.provider.settings.access_token_seconds
        token = {"token_type": "Bearer", "access_token": secrets.token_urlsafe(32), "expires_in": seconds}
        return {**token, "refresh_token": secrets.token_urlsafe(48)} if include_refresh_token else token
