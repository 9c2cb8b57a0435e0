"""People read Chrome on Linux where a program said far more of itself; whatever it says is text and nothing else."""

import re
import uuid

import pytest

from accounts.models import SignIn
from credentials.models import IssuedSession
from portal.programs import LONGEST, program_of
from roles.models import PortalRoleMapping
from tests.conftest import Browser, MakeRole, Signed

ENGINE = "AppleWebKit/537.36 (KHTML, like Gecko)"
CHROME = f"Mozilla/5.0 (X11; Linux x86_64) {ENGINE} Chrome/142.0.7444.59 Safari/537.36"
NAMES = {
    CHROME: "Chrome on Linux",
    f"{CHROME} Edg/142.0.0.0": "Edge on Linux",
    f"{CHROME} OPR/120.0.0.0": "Opera on Linux",
    f"{CHROME} Vivaldi/7.0": "Vivaldi on Linux",
    f"Mozilla/5.0 (Linux; Android 10; K) {ENGINE} SamsungBrowser/28.0 Chrome/130.0": "Samsung Internet on Android",
    f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {ENGINE} Chrome/142.0.0.0 Safari/537.36": "Chrome on ChromeOS",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0": "Firefox on Windows",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.6 Safari/605.1.15": "Safari on macOS",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) CriOS/142.0 Mobile Safari/604.1": "Chrome on iPhone",
    "Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) FxiOS/145.0 Mobile Safari/605.1.15": "Firefox on iPad",
    "Mozilla/5.0 (compatible)": "A browser",
    "aws-cli/2.36.7 md/awscrt#0.28 ua/2.1 os/linux#6.8 lang/python#3.13": "AWS CLI 2.36.7",
    "Boto3/1.40.1 md/Botocore#1.40.1 os/macos": "boto3 1.40.1",
    "curl/8.5.0 (Linux)": "curl/8.5.0",
    "": "",
    "x" * 200: "x" * LONGEST,
}


@pytest.mark.parametrize("said", NAMES)
def test_a_program_is_called_as_people_know_it(said: str) -> None:
    assert program_of(said) == NAMES[said]


@pytest.mark.parametrize(
    ("said", "shown"),
    [(CHROME, "Chrome on Linux"), ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;")],
)
def test_pages_name_it_and_run_nothing_of_it(
    signed_in: Signed, make_role: MakeRole, browser: Browser, said: str, shown: str
) -> None:
    PortalRoleMapping.objects.create(principal="user:erin@example.com", portal_role="administrator")
    erin, role = signed_in("erin"), make_role("S3ReadOnly")
    SignIn.objects.update(user_agent=said)
    session = IssuedSession.objects.create(
        request_key=uuid.uuid4(), user=erin.user, sign_in=erin, role=role, delivery="credentials", method="assume_role",
        role_arn=role.arn, principal="user:erin@example.com", session_name="erin", duration=3600, region="us-east-1",
        reference="DP-ERIN", user_agent=said,
    )  # fmt: skip  # a row of plain values reads best as a paragraph
    lists = ("/sign-ins/", "/admin/accounts/signin/", "/admin/credentials/issuedsession/")
    for path in (*lists, f"/audit/sessions/{session.pk}/"):
        page = browser(erin).get(path).content.decode()
        seen = re.sub(r"<[^>]*>", "", page)
        assert (shown in page, "<script>alert" in page, "7444" in seen) == (True, False, False), path
