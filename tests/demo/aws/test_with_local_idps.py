"""Both halves of the demo's world together: tokens of the local identity providers at the local AWS."""

from collections.abc import Iterator
from typing import Any

import pytest

from demo.aws.seed import PRODUCTION
from demo.aws.testing import RunningAws, start_local_aws
from demo.idp.testing import LocalIdps, start_local_idps
from tests.demo.aws.helpers import refusal, role_arn
from tests.demo.idp.flow import tokens_for

READERS = {"google": role_arn("GoogleReader", PRODUCTION), "adfs": role_arn("AdfsReader", PRODUCTION)}


@pytest.fixture(scope="module")
def idps() -> Iterator[LocalIdps]:
    with start_local_idps() as idps:
        yield idps


@pytest.fixture(scope="module")
def joined(idps: LocalIdps) -> Iterator[RunningAws]:
    options = ["--google-issuer", idps.google.issuer, "--google-client-id", idps.google.client_id]
    options += ["--adfs-issuer", idps.adfs.issuer, "--adfs-client-id", idps.adfs.client_id]
    with start_local_aws(*options) as aws:
        yield aws


def take(aws: RunningAws, slug: str, token: str) -> dict[str, Any]:
    answer: dict[str, Any] = aws.client("sts").assume_role_with_web_identity(
        RoleArn=READERS[slug], RoleSessionName="alice@example.com-x1", WebIdentityToken=token
    )
    return answer


@pytest.mark.parametrize("slug", ["google", "adfs"])
def test_a_person_s_own_token_opens_the_role(joined: RunningAws, idps: LocalIdps, slug: str) -> None:
    idp = getattr(idps, slug)
    answer = take(joined, slug, tokens_for(idp)["id_token"])
    assert (answer["Provider"], answer["Audience"]) == (idp.issuer, idp.client_id)


def test_the_token_of_one_provider_opens_no_role_of_the_other(joined: RunningAws, idps: LocalIdps) -> None:
    token = tokens_for(idps.google)["id_token"]
    assert refusal(lambda: take(joined, "adfs", token))[:2] == (403, "AccessDenied")


def test_a_key_that_came_later_is_found(joined: RunningAws, idps: LocalIdps) -> None:
    assert take(joined, "adfs", tokens_for(idps.adfs)["id_token"])
    idps.adfs.rotate()
    assert take(joined, "adfs", tokens_for(idps.adfs)["id_token"])
