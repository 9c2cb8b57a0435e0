"""System checks: what about signing in is set up, but not well. `manage.py check` and every start show them."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks as system
from django.core.checks import CheckMessage, Tags, register
from django.db import connection

from accounts.providers import Provider, configured


@register(Tags.security)
def somebody_can_sign_in(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """accounts.W001"""
    if configured() or settings.DAYPASS_BREAK_GLASS:
        return []
    hint = "Copy daypass.example.toml, fill it in, and point DAYPASS_PROVIDERS to it (docs/sign-in.md)."
    return [system.Warning("No identity provider is configured, so nobody can sign in.", hint=hint, id="accounts.W001")]


@register(Tags.security)
def break_glass_is_meant(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """accounts.W002"""
    if not settings.DAYPASS_BREAK_GLASS:
        return []
    hint = "Set DAYPASS_BREAK_GLASS=false once an administrator can sign in with an identity provider."
    return [system.Warning("The break-glass administrator may sign in.", hint=hint, id="accounts.W002")]


@register(Tags.security)
def administrators_can_exist(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """accounts.W003: a principal of DAYPASS_ADMINISTRATORS that no configured provider can give."""
    providers = configured()
    hint = (
        "Name a declared domain, or an address of one in small letters, or group:<provider>:<group> or "
        "subject:<provider>:<subject> of a provider in the file that DAYPASS_PROVIDERS names."
    )
    return [
        system.Warning(f"DAYPASS_ADMINISTRATORS: nobody can ever hold {principal}.", hint=hint, id="accounts.W003")
        for principal in settings.DAYPASS_ADMINISTRATORS
        if providers and not can_be_held(principal, providers)
    ]


def can_be_held(principal: str, providers: dict[str, Provider]) -> bool:
    kind, _, name = principal.partition(":")
    if kind == "subject":
        return name.partition(":")[0] in providers
    if kind == "group":
        provider = providers.get(name.partition(":")[0])
        return provider is not None and provider.tells_groups
    declared = frozenset[str]().union(*(provider.domains for provider in providers.values()))
    # A sign-in's address is in small letters, so another spelling never fits.
    return kind in {"user", "domain"} and name == name.lower() and name.rpartition("@")[2] in declared


@register(Tags.security, deploy=True)
def providers_are_reached_by_https(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """accounts.E004: plain http is for a demo on loopback."""
    hint = "Write the provider's https address."
    return [
        system.Error(f"The provider {provider.slug} is reached by plain http.", hint=hint, id="accounts.E004")
        for provider in configured().values()
        if any(urlsplit(address).scheme != "https" for address in provider.origins)
    ]


@register(Tags.database)
def keys_open_what_is_kept(app_configs: Any, databases: Any = None, **options: Any) -> list[CheckMessage]:
    """accounts.E002; ``check --database default``, each migrate and each start look."""
    from accounts import key_check  # it reads models, which are not there yet when checks load

    if not databases or key_check.TABLE not in connection.introspection.table_names():
        return []
    hint = "docs/sign-in.md, The keys, says what to do."
    return [system.Error(problem, hint=hint, id="accounts.E002") for problem in key_check.problems()]
