"""Addresses of this room."""

from django.urls import URLPattern, URLResolver, path, re_path

from audit import views

app_name = "audit"
urlpatterns: list[URLPattern | URLResolver] = [
    path("activity/", views.activity, name="activity"),
    path("audit/sessions/", views.sessions, name="sessions"),
    path("audit/sessions/<uuid:session_id>/", views.session, name="session"),
    path("audit/events/", views.events, name="events"),
    re_path(r"^audit/(sessions|events)\.(csv|jsonl)\Z", views.export, name="export"),
]
