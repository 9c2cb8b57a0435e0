"""Addresses for browsers. What AWS's clients call is in sdk/api.py and never gets here."""

from django.urls import path

from sdk import pages

app_name = "sdk"
urlpatterns = [
    path("start", pages.start, name="start"),
    path("device", pages.device, name="device"),
    path("authorize", pages.authorize, name="authorize"),
]
