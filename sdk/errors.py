"""Errors as AWS's clients read them: a type in a header, the OAuth code and a sentence in the body.

Types, statuses and codes are those of the models of sso-oidc and sso, which botocore and the other SDKs carry.
"""

from typing import Any

from django.http import JsonResponse

STATUS = {
    "InvalidClientException": 401,
    "UnauthorizedException": 401,
    "ForbiddenException": 403,
    "ResourceNotFoundException": 404,
    "MethodNotAllowedException": 405,
    "TooManyRequestsException": 429,
    "InternalServerException": 500,
    "ServiceUnavailableException": 503,
}
# RFC 6749 section 5.2, RFC 8628 section 3.5, RFC 7591 section 3.2.2.
CODES = {
    "AuthorizationPendingException": "authorization_pending",
    "SlowDownException": "slow_down",
    "ExpiredTokenException": "expired_token",
    "AccessDeniedException": "access_denied",
    "InvalidGrantException": "invalid_grant",
    "InvalidClientException": "invalid_client",
    "UnauthorizedClientException": "unauthorized_client",
    "UnsupportedGrantTypeException": "unsupported_grant_type",
    "InvalidScopeException": "invalid_scope",
    "InvalidRequestException": "invalid_request",
    "InvalidClientMetadataException": "invalid_client_metadata",
    "InvalidRedirectUriException": "invalid_redirect_uri",
    "InternalServerException": "server_error",
    "ServiceUnavailableException": "temporarily_unavailable",
}


class SdkError(Exception):
    """An answer that is no success. ``sentence`` is printed by the client, so it says what to do."""

    def __init__(self, kind: str, sentence: str, **headers: str) -> None:
        super().__init__(f"{kind}: {sentence}")
        self.kind, self.sentence, self.headers = kind, sentence, headers

    @property
    def status(self) -> int:
        return STATUS.get(self.kind, 400)

    def response(self) -> JsonResponse:
        """Return it as JSON: ``message`` is what CLIs print, ``code`` the container protocol's name for it, and OAuth's
        two members are what RFC 6749 asks for."""
        body: dict[str, Any] = {"message": self.sentence, "code": self.kind}
        body |= {"Message": self.sentence, "Code": self.kind}  # as the SDK for JavaScript looks for them
        if self.kind in CODES:
            body |= {"error": CODES[self.kind], "error_description": self.sentence}
        headers = {"x-amzn-ErrorType": self.kind, **{k.replace("_", "-"): v for k, v in self.headers.items()}}
        return JsonResponse(body, status=self.status, headers=headers)
