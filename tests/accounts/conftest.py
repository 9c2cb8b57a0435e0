import pytest
from django.core.cache import cache
from pytest_django import Settings


@pytest.fixture(autouse=True)
def _room(settings: Settings) -> None:
    cache.clear()
    settings.ROOT_URLCONF = "tests.accounts.urls"
