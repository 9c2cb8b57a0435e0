"""The accounts, users, roles, providers and buckets: moto's state, seen through small typed values.

moto has no types and no enforcement; everything this AWS reads from it passes through here.
"""

import base64
import io
import os
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from werkzeug import Response
from werkzeug.test import run_wsgi_app

from demo.aws.journal import Journal

# Read by moto at import: AWS's own managed policies exist.
os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")

from moto.iam.models import iam_backends  # after the setting above
from moto.moto_api._internal import mock_random  # same
from moto.moto_server.werkzeug_app import (  # same
    DomainDispatcherApplication,
    create_backend_app,
)
from moto.s3.models import s3_backends  # same

ACCOUNT_HEADER = "HTTP_X_MOTO_ACCOUNT_ID"


@dataclass(frozen=True)
class Identity:
    """An IAM user or role with everything that decides what it may do."""

    kind: str  # "user" or "role"
    account: str
    arn: str
    name: str
    unique_id: str
    policies: tuple[str, ...]
    boundary: str | None
    tags: dict[str, str]
    trust: str = ""
    max_duration: int = 3600


@dataclass(frozen=True)
class LongTermKey:
    access_key_id: str
    secret: str
    active: bool
    user: Identity


@dataclass(frozen=True)
class OpenIdProvider:
    arn: str
    client_ids: tuple[str, ...]


class World:
    """moto behind one lock: it is not made for threads, and each change sets its random generator."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._lock = threading.RLock()
        self._moto = DomainDispatcherApplication(create_backend_app)

    def role(self, arn: str) -> Identity | None:
        """The role with exactly this ARN (path and case included)."""
        account = account_of(arn)
        with self._lock:
            found = [role for role in iam(account).roles.values() if role.arn == arn] if known(account) else []
            return _role(account, found[0]) if found else None

    def user(self, arn: str) -> Identity | None:
        account = account_of(arn)
        with self._lock:
            found = [user for user in iam(account).users.values() if user.arn == arn] if known(account) else []
            return _user(account, found[0]) if found else None

    def long_term_key(self, access_key_id: str) -> LongTermKey | None:
        with self._lock:
            for account, user, key in self._keys():
                if key.access_key_id == access_key_id:
                    active = key.status == "Active"
                    return LongTermKey(access_key_id, key.secret_access_key, active, _user(account, user))
        return None

    @staticmethod
    def _keys() -> Iterator[tuple[str, Any, Any]]:
        for account in list(iam_backends):
            for user in iam(account).users.values():
                for key in user.access_keys:
                    yield account, user, key

    def provider(self, account: str, issuer: str) -> OpenIdProvider | None:
        """The account's OpenID Connect provider for an ``iss`` claim; paths count, the scheme does not."""
        parts = urlsplit(issuer)
        arn = f"arn:aws:iam::{account}:oidc-provider/{parts.netloc}{parts.path}"
        with self._lock:
            found = iam(account).open_id_providers.get(arn) if known(account) else None
            return OpenIdProvider(arn, tuple(found.client_id_list)) if found else None

    def managed_policy(self, account: str, arn: str) -> str | None:
        with self._lock:
            found = iam(account).managed_policies.get(arn)
            return str(_default_document(found)) if found else None

    def bucket(self, name: str) -> tuple[str, str | None] | None:
        """The account that owns a bucket, and the bucket's policy."""
        with self._lock:
            if name not in s3_backends.bucket_accounts:
                return None
            account = str(s3_backends.bucket_accounts[name][1])
            policy = s3_backends[account]["aws"].buckets[name].policy
            return account, policy.decode() if isinstance(policy, bytes) else policy

    def forward(self, environ: dict[str, Any], body: bytes, *, account: str, change: bool) -> Response:
        """Let moto answer as ``account``. A change that it accepts goes to the journal."""
        seed = secrets.token_hex(16)
        with self._lock:
            if change:
                mock_random.seed(seed)
            response = self._run(environ, body, account)
            if change and response.status_code < 400:
                self._note(environ, body, account, seed)
            return response

    def _note(self, environ: dict[str, Any], body: bytes, account: str, seed: str) -> None:
        query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        if not {"uploads", "uploadId"} & set(query):
            self._journal.append({"change": _written(environ, body, account, seed)})
        elif environ["REQUEST_METHOD"] == "POST" and "uploadId" in query:
            # moto's upload ids cannot be made again: what remains of an upload in parts is the object.
            bucket, _, key = environ["PATH_INFO"].encode("latin-1").decode().lstrip("/").partition("/")
            found = s3(account).get_object(bucket, key)
            row = {"bucket": bucket, "key": key, "body": base64.b64encode(found.value).decode(), "account": account}
            self._journal.append({"object": row})

    def replay(self, kind: str, row: dict[str, Any]) -> None:
        """Do again what the journal remembers: a ``change`` by its request, an ``object`` by its content."""
        with self._lock:
            if kind == "object":
                s3(row["account"]).put_object(row["bucket"], row["key"], base64.b64decode(row["body"]))
                return
            mock_random.seed(row["seed"])
            self._run(dict(row["environ"]), base64.b64decode(row["body"]), row["account"])

    def _run(self, environ: dict[str, Any], body: bytes, account: str) -> Response:
        moto: dict[str, Any] = {key: value for key, value in environ.items() if isinstance(value, str | dict)}
        for framing in ("HTTP_TRANSFER_ENCODING", "HTTP_EXPECT"):
            moto.pop(framing, None)  # the body has been read whole
        moto |= {ACCOUNT_HEADER: account, "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}
        moto |= {"wsgi.url_scheme": "http", "wsgi.input_terminated": True, "wsgi.errors": io.StringIO()}
        chunks, status, headers = run_wsgi_app(self._moto, moto, buffered=True)
        return Response(b"".join(chunks), status=status, headers=headers)


def set_random(*parts: str) -> None:
    """What moto makes up next follows from these parts alone."""
    mock_random.seed("/".join(parts))


def iam(account: str) -> Any:
    return iam_backends[account]["aws"]


def s3(account: str) -> Any:
    return s3_backends[account]["aws"]


def known(account: str) -> bool:
    """Whether this account exists; moto would make up any that is asked for."""
    return account in list(iam_backends)


def account_of(arn: str) -> str:
    """The account id in an ARN, "" when there is none."""
    parts = arn.split(":")
    return parts[4] if len(parts) >= 6 and parts[4].isdigit() and len(parts[4]) == 12 else ""


def _written(environ: dict[str, Any], body: bytes, account: str, seed: str) -> dict[str, Any]:
    kept = {key: value for key, value in environ.items() if isinstance(value, str)}
    # The change alone matters at the replay: not who signed it, nor with what.
    kept.pop("HTTP_X_AMZ_SECURITY_TOKEN", None)
    kept["HTTP_AUTHORIZATION"] = kept.get("HTTP_AUTHORIZATION", "").partition("Signature=")[0]
    return {"environ": kept, "body": base64.b64encode(body).decode(), "account": account, "seed": seed}


def _documents(account: str, owner: Any) -> tuple[str, ...]:
    inline = [str(document) for document in owner.policies.values()]
    return (*inline, *(str(_default_document(policy)) for policy in owner.managed_policies.values()))


def _default_document(policy: Any) -> Any:
    default = next(v for v in policy.versions if v.version_id == policy.default_version_id)
    return default.document


def _boundary(account: str, arn: str | None) -> str | None:
    if not arn:
        return None
    found = iam(account).managed_policies.get(arn)
    return str(_default_document(found)) if found else "{}"  # an unreadable boundary refuses


def _role(account: str, role: Any) -> Identity:
    return Identity(
        kind="role",
        account=account,
        arn=role.arn,
        name=role.name,
        unique_id=role.id,
        policies=_documents(account, role),
        boundary=_boundary(account, role.permissions_boundary_arn),
        tags={item["Key"]: item["Value"] for item in role.tags or ()},
        trust=str(role.assume_role_policy_document),
        max_duration=int(role.max_session_duration or 3600),
    )


def _user(account: str, user: Any) -> Identity:
    groups = [group for group in iam(account).groups.values() if user in group.users]
    tags = iam(account).tagger.get_tag_dict_for_resource(user.arn)
    return Identity(
        kind="user",
        account=account,
        arn=user.arn,
        name=user.name,
        unique_id=user.id,
        policies=tuple(document for owner in (user, *groups) for document in _documents(account, owner)),
        boundary=None,
        tags={str(key): str(value) for key, value in tags.items()},
    )
