"""The portal's own settings under a test run's environment: SQLite unless DATABASE_URL says otherwise."""

import os

os.environ.setdefault("DAYPASS_DEVELOPMENT", "true")
os.environ.setdefault("DAYPASS_BASE_URL", "http://localhost")
os.environ.setdefault("DAYPASS_SECRET_KEY", "only-for-tests-" + "x" * 50)
os.environ.setdefault("DAYPASS_ENCRYPTION_KEYS", "t1:" + "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=")
os.environ.setdefault("DATABASE_URL", "sqlite://:memory:")
os.environ["CELERY_BROKER_URL"] = "memory://"  # the broker lanes start their own workers

from portal.settings import *  # noqa: F403 - the environment comes first

DAYPASS_BASE_URL = "http://testserver"
ALLOWED_HOSTS = ["testserver"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast, and worth nothing outside tests
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

# Tests ask for pages, not for collected files; the browser tests start the real processes, which serve them.
MIDDLEWARE = [name for name in MIDDLEWARE if not name.startswith("whitenoise.")]  # noqa: F405 - from the portal
