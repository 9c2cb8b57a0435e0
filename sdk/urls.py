"""Addresses for browsers. What AWS's clients call is in sdk/api.py and never gets here."""

from django.urls import path

from sdk import pages, setup, tokens_page, tools_page

app_name = "sdk"
urlpatterns = [
    path("start", pages.start, name="start"),
    path("device", pages.device, name="device"),
    path("terminal/", setup.page, name="setup"),
    path("terminal/config", setup.config, name="setup_config"),
    path("terminal/models.zip", setup.models, name="setup_models"),
    path("tools/", tools_page.tools, name="tools"),
    path("tools/<uuid:authorization_id>/end/", tools_page.end_tool, name="end_tool"),
    path("roles/<str:account_id>/<str:role_name>/token/", tokens_page.token, name="token"),
    path("authorize", pages.authorize, name="authorize"),
]
