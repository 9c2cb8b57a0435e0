"""What a person decides about a tool, in their browser: let a device in, let a tool on this computer in."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.limits import limit_person
from accounts.models import SignIn
from accounts.refusal_log import record_refusal
from accounts.sessions import actor_of, sign_in_of
from audit.tags import Tag
from portal.http import no_store, origin
from portal.texts import is_line
from sdk import codes, devices
from sdk.clients import CODE, may_use
from sdk.limits import APPROVAL, USER_CODE
from sdk.models import DeviceAuthorization, Registration
from sdk.opaque import looks_like_a_token, user_code_hash
from sdk.redirects import is_registered
from sdk.refusals import page_of
from sdk.start_url import placeholder
from sdk.tools import tool_of

LOOPBACK = ["http://127.0.0.1:*"]
COUNTED = "sdk_user_code"  # of the last device that was shown in this session, as a hash


@login_not_required  # a CLI asks without cookies, and learns nothing but a name that is nobody's
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Answer a CLI that checks its start URL by HEAD; lead a person to the page that sets up their terminal."""
    if request.method == "HEAD":
        return HttpResponseRedirect(placeholder())
    return redirect("sdk:setup")


class UserCodeForm(forms.Form):
    user_code = forms.CharField(
        max_length=20,
        label="Code",
        help_text="The eight letters that your terminal shows.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )


@require_http_methods(["GET", "POST"])
@no_store
def device(request: HttpRequest) -> HttpResponse:
    """Ask for a user code, then whether the device that shows it may come in. A link alone lets nobody in."""
    data = request.POST if request.method == "POST" else request.GET
    form = UserCodeForm(data if "user_code" in data else None)
    if not form.is_valid():
        return render(request, "sdk/device.html", {"form": form})
    limit_guesses(request, form.cleaned_data["user_code"])
    found = devices.waiting(form.cleaned_data["user_code"])
    if found is None:
        form.add_error("user_code", "No device waits with this code. Look at your terminal, or start again there.")
        return render(request, "sdk/device.html", {"form": form}, status=404)
    request.session[COUNTED] = user_code_hash(form.cleaned_data["user_code"])
    if request.POST.get("decision") in {"approve", "refuse"}:
        return decided(request, found, approve=request.POST["decision"] == "approve")
    context = {"device": found, "tool": tool_of(found.user_agent), "user_code": form.cleaned_data["user_code"]}
    return render(request, "sdk/approve_device.html", context | {"same_address": same_address(request, found)})


def limit_guesses(request: HttpRequest, code: str) -> None:
    """Count each code that is tried; the button of the page that shows a waiting device sends its code again."""
    if request.method != "POST" or request.session.get(COUNTED) != user_code_hash(code):
        limit_person(request, USER_CODE)


def decided(request: HttpRequest, device: DeviceAuthorization, *, approve: bool) -> HttpResponse:
    mine = sign_in_of(request)
    if not devices.decide(device=device, sign_in=mine, approve=approve, actor=actor_of(request)):
        return page_of(request, "This code has expired, or it was decided on before.", status=409)
    return render(request, "sdk/decided.html", {"approved": approve, "tool": tool_of(device.user_agent)})


def same_address(request: HttpRequest, device: DeviceAuthorization) -> bool:
    return origin(request).address == device.address


@dataclass(frozen=True)
class Asked:
    """A valid authorization request (RFC 6749, section 4.1.1; RFC 7636, section 4.3)."""

    client: Registration
    redirect_uri: str
    code_challenge: str
    state: str

    def back(self, **answer: str) -> HttpResponseRedirect:
        """Carry the answer to the tool's own port on this computer, with its state unchanged."""
        response = HttpResponseRedirect(f"{self.redirect_uri}?{urlencode({**answer, 'state': self.state})}")
        response["Referrer-Policy"] = "no-referrer"
        return response


@require_http_methods(["GET", "POST"])
@no_store
def authorize(request: HttpRequest) -> HttpResponse:
    """Ask whether a tool on this computer may come in. A request that is wrong in any way leads nowhere."""
    mine, asked = sign_in_of(request), asked_of(request)
    if isinstance(asked, str):
        return page_of(request, asked, status=400)
    if request.method == "POST":
        return answered(request, mine, asked)
    context = {"client": asked.client, "tool": tool_of(asked.client.user_agent)}
    response = render(request, "sdk/authorize.html", context)
    # The form leads by a redirect to the tool's port; Chromium holds form-action against that.
    response._csp_update = {"form-action": LOOPBACK}  # type: ignore[attr-defined]  # noqa: SLF001  # django-csp's way
    return response


def answered(request: HttpRequest, mine: SignIn, asked: Asked) -> HttpResponse:
    if request.POST.get("decision") != "approve":
        record_refusal(Tag.TOOL_DENY, actor=actor_of(request), subject="tool", name=asked.client.name)
        return asked.back(error="access_denied")
    limit_person(request, APPROVAL)
    code = codes.issue_code(
        sign_in=mine,
        registration=asked.client,
        redirect_uri=asked.redirect_uri,
        code_challenge=asked.code_challenge,
    )
    return asked.back(code=code)


def asked_of(request: HttpRequest) -> Asked | str:
    """Return the request that stands in the URL, or what is wrong with it. Nothing is redirected before it is right."""
    get = request.GET.get
    client = codes.client_named(get("client_id", ""))
    if client is None:
        return "The tool that sent you here is not registered any more. Delete the files in ~/.aws/sso/cache."
    if not may_use(client, CODE) or not is_registered(get("redirect_uri", ""), client.redirect_uris):
        return "The tool that sent you here asks to be answered where it did not register."
    if get("response_type") != "code" or get("code_challenge_method") != "S256":
        return "The tool that sent you here does not ask as it must: by code, with PKCE's S256."
    challenge, state = get("code_challenge", ""), get("state", "")
    if not looks_like_a_token(challenge) or not 0 < len(state) <= 512 or not is_line(state):
        return "The tool that sent you here left out its challenge or its state."
    return Asked(client, get("redirect_uri", ""), challenge, state)
