"""Settings, read from the environment alone; docs/settings.md lists every variable."""

from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from portal import broker, env

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"
DEBUG = False

# The portal

DAYPASS_DEVELOPMENT = env.boolean("DAYPASS_DEVELOPMENT", default=False)
DAYPASS_BASE_URL = env.origin(
    "DAYPASS_BASE_URL",
    env.required(
        "DAYPASS_BASE_URL",
        env.text("DAYPASS_BASE_URL"),
        "Write the address people use: https://daypass.example.com",
    ),
    plain_http_on_loopback=DAYPASS_DEVELOPMENT,
)
DAYPASS_PROVIDERS = env.text("DAYPASS_PROVIDERS")
DAYPASS_ADMINISTRATORS = env.principals("DAYPASS_ADMINISTRATORS")
DAYPASS_BREAK_GLASS = env.boolean("DAYPASS_BREAK_GLASS", default=False)
DAYPASS_SESSION_IDLE = env.integer("DAYPASS_SESSION_IDLE", 1800, least=60, most=86400)
DAYPASS_SESSION_MAX = env.integer("DAYPASS_SESSION_MAX", 43200, least=300, most=86400)
DAYPASS_IDENTITY_FRESHNESS = env.integer("DAYPASS_IDENTITY_FRESHNESS", 3600, least=300, most=86400)
DAYPASS_TAKES_PER_MINUTE = env.integer("DAYPASS_TAKES_PER_MINUTE", 60, least=1, most=1000000)
DAYPASS_TRUSTED_PROXIES = env.integer("DAYPASS_TRUSTED_PROXIES", 0, least=0, most=10)
DAYPASS_SDK_DEVICE_FLOW = env.boolean("DAYPASS_SDK_DEVICE_FLOW", default=True)
DAYPASS_AWS_REGIONS = env.words("DAYPASS_AWS_REGIONS", "us-east-1")
DAYPASS_SIGNIN_ENDPOINT = env.text("DAYPASS_SIGNIN_ENDPOINT")
DAYPASS_ALERT_WEBHOOK = env.secret("DAYPASS_ALERT_WEBHOOK")
DAYPASS_ALERT_SECRET = env.secret("DAYPASS_ALERT_SECRET")
DAYPASS_ALERT_EMAIL = env.words("DAYPASS_ALERT_EMAIL")
DAYPASS_BURST = env.integer("DAYPASS_BURST", 10, least=1, most=10000)
DAYPASS_JOB_LEASE = env.integer("DAYPASS_JOB_LEASE", 60, least=2, most=3600)
DAYPASS_ENCRYPTION_KEYS = env.required(
    "DAYPASS_ENCRYPTION_KEYS",
    env.secret("DAYPASS_ENCRYPTION_KEYS"),
    "Make one with `python manage.py make_key` and keep it as you keep the database's password.",
)
if DAYPASS_SIGNIN_ENDPOINT and not env.is_loopback(DAYPASS_SIGNIN_ENDPOINT):
    raise ImproperlyConfigured("DAYPASS_SIGNIN_ENDPOINT is for a local AWS on loopback only. Unset it.")

HTTPS = DAYPASS_BASE_URL.startswith("https://")
HOST = urlsplit(DAYPASS_BASE_URL).hostname or ""
BRACKETED = f"[{HOST}]" if ":" in HOST else HOST

# Django

SECRET_KEY = env.required(
    "DAYPASS_SECRET_KEY",
    env.secret("DAYPASS_SECRET_KEY"),
    "Write 50 or more random characters: python -c 'import secrets; print(secrets.token_urlsafe(50))'",
)
ALLOWED_HOSTS = [BRACKETED, *(("localhost", "127.0.0.1", "[::1]") if DAYPASS_DEVELOPMENT else ())]
CSRF_TRUSTED_ORIGINS = [DAYPASS_BASE_URL]
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-gb"
USE_I18N = False
FORMAT_MODULE_PATH = "portal.formats"

INSTALLED_APPS = [
    "accounts",
    "roles",
    "credentials",
    "audit",
    "sdk",
    "portal",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.socialaccount.providers.saml",  # its packages are an extra, needed once a provider speaks SAML
    "allauth.socialaccount.providers.facebook",
    "allauth.socialaccount.providers.amazon",
    "simple_history",
    "django_htmx",
    "heroicons",
    "csp",
    "portal.administration.AdministrationConfig",  # django.contrib.admin with our site
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "portal.retry_after.RetryAfterMiddleware",  # outermost: no 503 or 429 leaves without
    "portal.health.HealthMiddleware",  # before the host check: probes come by address
    "sdk.middleware.SdkMiddleware",  # before redirects and sessions: CLIs follow none and keep none
    "portal.edge.EdgeMiddleware",  # before whatever looks at cookies, and the first to look at a form
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.hosts.CanonicalHostMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.SignInMiddleware",
    "roles.middleware.PortalRoleMiddleware",
    "accounts.middleware.SignInRequiredMiddleware",  # deny by default
    "accounts.middleware.LimitMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "portal.shown.Templates",
        "NAME": "django",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context.shell",
            ],
        },
    },
]

# Data

DATABASES = {"default": env.database("DATABASE_URL", f"sqlite:///{BASE_DIR / 'daypass.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # IMMEDIATE: take the write lock at BEGIN, so that two writers queue instead of failing half-way.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
DAYPASS_DATABASE_CONNECTIONS = env.integer("DAYPASS_DATABASE_CONNECTIONS", 0, least=0, most=100000)
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "portal_cache"}}

# People

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "roles.backends.PortalRoleBackend",
    "accounts.backends.BreakGlassBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 16}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "roles:catalog"
LOGOUT_REDIRECT_URL = "account_login"

SESSION_ENGINE = "accounts.session_store"
SESSION_COOKIE_NAME = "__Host-daypass_session" if HTTPS else "daypass_session"
SESSION_COOKIE_AGE = DAYPASS_SESSION_MAX
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-daypass_csrf" if HTTPS else "daypass_csrf"
CSRF_FAILURE_VIEW = "portal.errors.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS: list[str] = []
ACCOUNT_UNIQUE_EMAIL = False  # e-mail identifies nobody: the key is (provider, subject)
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = False
SOCIALACCOUNT_ADAPTER = "accounts.adapters.SocialAccountAdapter"
SOCIALACCOUNT_AUTO_SIGNUP = True
SOCIALACCOUNT_STORE_TOKENS = False  # accounts/custody.py keeps what is kept, encrypted
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_QUERY_EMAIL = False
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_REQUESTS_TIMEOUT = 5
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {"provider_class": "accounts.oidc.flow.DaypassProvider"},
    "saml": {"provider_class": "accounts.saml.provider.DaypassSamlProvider"},
    "facebook": {"provider_class": "accounts.social.flow.DaypassFacebook"},
    "amazon": {"provider_class": "accounts.social.flow.DaypassAmazon"},
}
ALLAUTH_TRUSTED_PROXY_COUNT = DAYPASS_TRUSTED_PROXIES
MFA_ADAPTER = "accounts.second_factor.adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1  # one period of 30 seconds each way; accounts/second_factor/codes.py takes each code once

# HTTP

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if DAYPASS_TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = False
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
FILE_UPLOAD_HANDLERS = ["portal.edge.NoFiles"]
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # HSTS for sub-domains would bind hosts that are not the portal's
    "security.W008",  # the reverse proxy ends TLS; SDK clients follow no redirect
    "security.W021",  # nor is preloading the portal's to decide
]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],  # portal/apps.py adds the configured providers and AWS's sign-in hosts
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
STATIC_URL = "static/"
STATIC_ROOT = Path(env.text("DAYPASS_STATIC_ROOT", str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# Celery (portal/celery.py reads the CELERY_ names)

CELERY_BROKER_URL = broker.address(env.secret("CELERY_BROKER_URL"))
CELERY_TASK_DEFAULT_QUEUE = env.text("DAYPASS_QUEUE", "daypass")
DAYPASS_EMBEDDED_WORKER = CELERY_BROKER_URL.startswith("memory://")

# Mail

EMAIL_BACKEND = env.text("DAYPASS_EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.integer("EMAIL_PORT", 25, least=1, most=65535)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.secret("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.boolean("EMAIL_USE_TLS", default=False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("DAYPASS_EMAIL_FROM", f"daypass@{BRACKETED}")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.level("DAYPASS_LOG_LEVEL")},
    "loggers": {
        # At DEBUG botocore writes requests and answers, secrets included; urllib3 and Google's client, addresses.
        name: {"level": "WARNING"}
        for name in (
            "boto3",
            "botocore",
            "urllib3",
            "kombu",
            "celery",
            "requests_oauthlib",
            "google",
            "googleapiclient",
            "fido2",  # names passkeys by their ids
        )
    }
    # Its one warning, of headers that cannot be read, quotes the address; Facebook takes a token there.
    | {"urllib3.connection": {"level": "ERROR"}},
}
