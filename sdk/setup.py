"""The page *Set up your terminal*: a person's configuration for all their roles, to copy or to save."""

from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from django import forms
from django.conf import settings
from django.core.validators import RegexValidator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.models import SignIn
from accounts.sessions import sign_in_of
from credentials.aws import known_regions
from credentials.next_command import next_command
from credentials.partitions import PARTITIONS
from portal.http import no_store
from roles.access import mappings_in_force
from roles.models import AwsAccount, Role
from sdk.config_file import TEMPLATE, USUAL_NAMES, Place, Portal, config_text, profile_names, replacing
from sdk.rule_set import models_zip
from sdk.start_url import placeholder, region, start_url

WHOLE = RegexValidator(
    rf"\A{TEMPLATE.pattern}\Z",
    "Use letters without accents, digits, . _ @ - and {account}, {account_id}, {role}, {environment}, {portal}.",
)
ENDPOINTS = ("AWS_ENDPOINT_URL_SSO", "AWS_ENDPOINT_URL_SSO_OIDC")
REMEMBERED = "terminal_region"


class TerminalForm(forms.Form):
    names = forms.CharField(
        required=False,
        max_length=100,
        label="Profile names",
        validators=[WHOLE],
        help_text="{account}, {account_id}, {role}, {environment} and {portal} are filled in. "
        "Leave {portal} out only if you use one portal.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    region = forms.ChoiceField(required=False, label="Region", help_text="For roles that have none of their own.")
    role = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)

    def __init__(self, data: object) -> None:
        super().__init__(data, initial={"names": USUAL_NAMES})  # type: ignore[arg-type]  # a QueryDict is one
        regions = sorted({region for partition in PARTITIONS for region in known_regions(partition)})
        self.fields["region"].choices = [("", "Choose a region"), *((one, one) for one in regions)]  # type: ignore[attr-defined]  # a choice field


@dataclass(frozen=True)
class Chosen:
    """What the person wants in the file, as asked now or remembered; ``region`` may be empty, ``role`` is where they
    came from."""

    names: str
    region: str
    role: str

    @property
    def query(self) -> str:
        return urlencode({"names": self.names, "region": self.region, "role": self.role})


def chosen_in(request: HttpRequest, form: TerminalForm) -> Chosen:
    """Return the choice and remember its region, so that it is asked for once."""
    data = form.cleaned_data if form.is_bound and form.is_valid() else {}
    region = data.get("region") or request.session.get(REMEMBERED, "")
    if region != request.session.get(REMEMBERED, ""):
        request.session[REMEMBERED] = region
    return Chosen(data.get("names") or USUAL_NAMES, region, data.get("role", ""))


@require_safe
@no_store
def page(request: HttpRequest) -> HttpResponse:
    """Show the configuration, and how each kind of tool takes it."""
    form = TerminalForm(request.GET or None)
    chosen, known = chosen_in(request, form), portal()
    places = places_of(sign_in_of(request), first=chosen.role)
    example = example_of(places, chosen)
    wrong = form.is_bound and bool(form.errors)
    context = {
        "form": form if wrong else TerminalForm(vars(chosen)),
        "text": config_text(places, portal=known, template=chosen.names, region=chosen.region),
        "total": len(places),
        "asks_region": lacks_region(places, chosen),
        "example": example,
        "download_url": f"{reverse('sdk:setup_config')}?{chosen.query}",
        "filename": filename(known),
        "session": known.name,
        "placeholder": f"{placeholder()}/",
        **snippets(example, known),
        "device_flow": settings.DAYPASS_SDK_DEVICE_FLOW,
    }
    return render(request, "sdk/setup.html", context, status=400 if wrong else 200)


def lacks_region(places: list[Place], chosen: Chosen) -> bool:
    """Tell whether a profile would have no region: `aws ec2` and most others then stop with an error."""
    return not chosen.region and not all(place.region for place in places)


def example_of(places: list[Place], chosen: Chosen) -> str:
    """Return the profile that stands in the commands: where the person came from, else one that a try may touch."""
    names = profile_names(places, chosen.names, portal())
    if not places:
        return "my-profile"
    harmless = (name for name, place in zip(names, places, strict=True) if is_harmless(place))
    return names[0] if chosen.role == key_of(places[0]) else next(harmless, names[0])


def is_harmless(place: Place) -> bool:
    return not place.asks and place.environment != AwsAccount.Environment.PRODUCTION


def snippets(example: str, known: Portal) -> dict[str, str]:
    """Return the commands and the shorter forms, for the profile that stands as the example."""
    return {
        "replace": replacing(known, f"~/Downloads/{filename(known)}"),
        "login": f"aws sso login --profile {example}",
        "use": next_command(example),
        "unpack": "unzip -o daypass-models.zip -d ~/.aws",
        "environment": "\n".join(f"export {name}={known.endpoint}" for name in ENDPOINTS),
        "powershell": "\n".join(f'$Env:{name} = "{known.endpoint}"' for name in ENDPOINTS),
        "bridge": f"[profile bridge-{example}]\ncredential_process = "
        f"aws configure export-credentials --profile {example} --format process",
    }


def filename(known: Portal) -> str:
    return f"aws-config-{known.name}.ini"


@require_safe
@no_store
def config(request: HttpRequest) -> HttpResponse:
    """Save the same text as a file. It holds no secret: a list of roles and the way to this portal."""
    form = TerminalForm(request.GET)
    if not form.is_valid():
        raise Http404
    chosen, known = chosen_in(request, form), portal()
    places = places_of(sign_in_of(request), first=chosen.role)
    if lacks_region(places, chosen):
        return redirect(f"{reverse('sdk:setup')}?{chosen.query}")
    text = config_text(places, portal=known, template=chosen.names, region=chosen.region)
    return saved(text.encode(), filename(known), "text/plain; charset=utf-8")


@require_safe
@no_store
def models(request: HttpRequest) -> HttpResponse:
    """Save the endpoint rules for old CLIs."""
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
    return Portal(settings.DAYPASS_BASE_URL, start_url() if secure else f"{placeholder()}/", region())


def places_of(sign_in: SignIn, *, first: str = "") -> list[Place]:
    """Return every role that this sign-in may take, by account and name, in one query; the ``first`` before them."""
    mine = mappings_in_force(sign_in).order_by().values("role_id")
    found = Role.objects.filter(pk__in=mine).order_by("account__name", "account__account_id", "name")
    places = [place_of(role) for role in found.select_related("account")]
    return sorted(places, key=lambda place: key_of(place) != first)


def place_of(role: Role) -> Place:
    account = role.account
    return Place(account.account_id, account.name, account.environment, role.name, role.region, asks_of(role))


def asks_of(role: Role) -> str:
    """Return what the browser alone can give for this role, in words; "" for nothing."""
    if role.requires_reason:
        return "a reason each time, so take it in the browser"
    return "more than a sign-in at times; confirm it in the browser" if role.demand else ""


def key_of(place: Place) -> str:
    return f"{place.account_id}/{place.role_name}"
