"""Addresses of the SAML flow; they exist where the extra is installed."""

from django.urls import path

from accounts.saml import views

urlpatterns = [
    path("login/", views.login, name="saml_login"),
    path("acs/", views.acs, name="saml_acs"),
    path("acs/finish/", views.finish, name="saml_finish"),
    path("metadata/", views.metadata, name="saml_metadata"),
    path("sls/", views.sls, name="saml_sls"),
]
