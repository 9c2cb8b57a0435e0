"""Addresses for browsers. What AWS's clients call is in sdk/api.py and never gets here."""

from django.urls import path

from sdk import pages, setup

app_name = "sdk"
urlpatterns = [
    path("start", pages.start, name="start"),
    path("device", pages.device, name="device"),
    path("terminal/", setup.page, name="setup"),
    path("terminal/config", setup.config, name="setup_config"),
    path("terminal/models.zip", setup.models, name="setup_models"),
    path("authorize", pages.authorize, name="authorize"),
]
