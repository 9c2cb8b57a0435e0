"""Addresses of this room."""

from django.urls import URLPattern, URLResolver, path

from roles import views

app_name = "roles"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.catalog, name="catalog"),
    path("roles/<str:account_id>/<str:role_name>/favourite/", views.favourite, name="favourite"),
]
