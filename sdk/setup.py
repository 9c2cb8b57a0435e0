"""The page *Set up your terminal*: a person's configuration for all their roles, to copy or to save."""

from urllib.parse import urlencode, urlsplit

from django import forms
from django.conf import settings
from django.core.validators import RegexValidator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.models import SignIn
from accounts.sessions import current_sign_in
from credentials.aws import known_regions
from credentials.partitions import PARTITIONS
from portal.http import no_store
from roles.access import mappings_in_force
from roles.models import Role
from sdk.config_file import SESSION, TEMPLATE, USUAL_NAMES, Place, Portal, config_text, profile_names
from sdk.rule_set import models_zip
from sdk.start_url import REGION, placeholder, start_url

WHOLE = RegexValidator(
    rf"\A{TEMPLATE.pattern}\Z", "Use letters without accents, digits, . _ @ - and {account}, {account_id}, {role}."
)


ENDPOINTS = ("AWS_ENDPOINT_URL_SSO", "AWS_ENDPOINT_URL_SSO_OIDC")


class NamesForm(forms.Form):
    names = forms.CharField(
        required=False,
        max_length=100,
        label="Profile names",
        validators=[WHOLE],
        help_text="{account}, {account_id}, {role} and {environment} are filled in.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    region = forms.ChoiceField(required=False, label="Region", help_text="For roles that have none of their own.")

    def __init__(self, data: object) -> None:
        super().__init__(data, initial={"names": USUAL_NAMES})  # type: ignore[arg-type]  # a QueryDict is one
        regions = sorted({region for partition in PARTITIONS for region in known_regions(partition)})
        self.fields["region"].choices = [("", "No region"), *((one, one) for one in regions)]  # type: ignore[attr-defined]  # a choice field


@require_safe
@no_store
def page(request: HttpRequest) -> HttpResponse:
    """Show the configuration, and how each kind of tool takes it."""
    form = NamesForm(request.GET or None)
    chosen = form.cleaned_data if form.is_valid() else {}
    template, region = chosen.get("names") or USUAL_NAMES, chosen.get("region", "")
    places = places_of(sign_in_of(request))
    query = urlencode({"names": template, "region": region})
    example = (profile_names(places[:1], template) or ["my-profile"])[0]
    context = {
        "form": form if form.is_bound else NamesForm({"names": USUAL_NAMES, "region": ""}),
        "text": config_text(places, portal=portal(), template=template, region=region),
        "total": len(places),
        "example": example,
        "download_url": f"{reverse('sdk:setup_config')}?{query}",
        "session": SESSION,
        "placeholder": f"{placeholder()}/",
        **snippets(example),
        "device_flow": settings.DAYPASS_SDK_DEVICE_FLOW,
    }
    return render(request, "sdk/setup.html", context, status=400 if form.is_bound and form.errors else 200)


def snippets(example: str) -> dict[str, str]:
    """Return the commands and the shorter forms, for the profile that stands as the example."""
    endpoint = portal().endpoint
    return {
        "login": f"aws sso login --profile {example}",
        "use": f"aws sts get-caller-identity --profile {example}",
        "unpack": "unzip -o daypass-models.zip -d ~/.aws",
        "environment": "\n".join(f"export {name}={endpoint}" for name in ENDPOINTS),
        "powershell": "\n".join(f'$Env:{name} = "{endpoint}"' for name in ENDPOINTS),
        "bridge": f"[profile {example}-bridge]\ncredential_process = "
        f"aws configure export-credentials --profile {example} --format process",
    }


@require_safe
@no_store
def config(request: HttpRequest) -> HttpResponse:
    """Save the same text as a file. It holds no secret: a list of roles and the way to this portal."""
    form = NamesForm(request.GET)
    if not form.is_valid():
        raise Http404
    chosen = form.cleaned_data
    places = places_of(sign_in_of(request))
    text = config_text(places, portal=portal(), template=chosen["names"] or USUAL_NAMES, region=chosen["region"])
    return saved(text.encode(), "config", "text/plain; charset=utf-8")


@require_safe
@no_store
def models(request: HttpRequest) -> HttpResponse:
    """Save the endpoint rules for old CLIs."""
    sign_in_of(request)
    known = portal()
    return saved(models_zip(endpoint=known.endpoint, region=known.region), "daypass-models.zip", "application/zip")


def saved(content: bytes, name: str, content_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def portal() -> Portal:
    """Return how tools reach this portal. Newer CLIs take no start URL without https, so there the placeholder stands
    in for it: they contact neither."""
    secure = urlsplit(settings.DAYPASS_BASE_URL).scheme == "https"
    return Portal(settings.DAYPASS_BASE_URL, start_url() if secure else f"{placeholder()}/", REGION)


def places_of(sign_in: SignIn) -> list[Place]:
    """Return every role that this sign-in may take, by account and name, in one query."""
    mine = mappings_in_force(sign_in).order_by().values("role_id")
    columns = ("account__account_id", "account__name", "account__environment", "name", "region")
    found = Role.objects.filter(pk__in=mine).order_by("account__name", "account__account_id", "name")
    return [Place(*row) for row in found.values_list(*columns)]


def sign_in_of(request: HttpRequest) -> SignIn:
    mine = current_sign_in(request)
    if mine is None:
        raise Http404
    return mine
