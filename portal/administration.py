"""Django's admin as Daypass's administration: `django.contrib.admin` with our own site."""

from django.contrib.admin.apps import AdminConfig


class AdministrationConfig(AdminConfig):
    default_site = "portal.admin.Administration"
