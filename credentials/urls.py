"""Addresses of this room. Only what can be an account ID and a role's name is one; the rest is 404 without a query."""

from django.urls import URLPattern, URLResolver, re_path

from credentials import views

ROLE = r"^roles/(?P<account_id>[0-9]{12})/(?P<role_name>[A-Za-z0-9_+=,.@-]{1,64})"

app_name = "credentials"
urlpatterns: list[URLPattern | URLResolver] = [
    re_path(rf"{ROLE}/\Z", views.role, name="role"),
    re_path(rf"{ROLE}/credentials/\Z", views.take, name="take"),
    re_path(rf"{ROLE}/console/\Z", views.console, name="console"),
    re_path(rf"{ROLE}/step-up/\Z", views.step_up, name="step_up"),
]
