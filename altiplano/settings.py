"""Every knob of the service, once.  Each is a variable `ALTIPLANO_*`; README lists them all.

Without variables the service runs on the embedded stack, with secrets generated under `var/`.  With
`ALTIPLANO_PRODUCTION=1` nothing that matters has a default: a missing secret, host or server is refused at start.
"""

import os
from pathlib import Path

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from altiplano.account_settings import *  # noqa: F403 (a part of this module that has a page of its own)
from altiplano.limit_settings import *  # noqa: F403 (a part of this module that has a page of its own)
from altiplano.limit_settings import TRUSTED_PROXIES
from altiplano.pooled import Pooled
from altiplano.stack import layout
from altiplano.variables import PRODUCTION, flag, listed, setting

BASE_DIR = Path(__file__).resolve().parent.parent

# Security
SECRET_KEY = setting("ALTIPLANO_SECRET_KEY", lambda: layout.secrets().django_secret_key, secret=True)
DEBUG = flag("ALTIPLANO_DEBUG") and not PRODUCTION
ALLOWED_HOSTS = listed("ALTIPLANO_ALLOWED_HOSTS", "" if PRODUCTION else "127.0.0.1,localhost,[::1]")
if PRODUCTION and not ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALTIPLANO_ALLOWED_HOSTS is not set. Name the hosts this service answers for.")
CSRF_TRUSTED_ORIGINS = listed("ALTIPLANO_TRUSTED_ORIGINS", "")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if flag("ALTIPLANO_BEHIND_PROXY") else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31536000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Applications: imports point one way, archive <- products <- restores, with altiplano on top
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "knox",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "drf_spectacular",
    "procrastinate.contrib.django",
    "archive",
    "products",
    "restores",
    "altiplano",
    "altiplano.accounts",
]
MIDDLEWARE = [
    "altiplano.requests.RequestContext",
    "altiplano.files.Files",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "altiplano.page_limits.PageLimits",
    "altiplano.gate.Gate",
    "altiplano.requests.ArchiveErrors",
]
ROOT_URLCONF = "altiplano.urls"
WSGI_APPLICATION = "altiplano.wsgi.application"
PROCESSORS = [
    f"django.{name}" for name in ("template.context_processors.request", "contrib.auth.context_processors.auth")
]
PROCESSORS += ["django.contrib.messages.context_processors.messages", "products.bundles.cart_pages.in_every_page"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": PROCESSORS},
    }
]

# Database: PostgreSQL 15 or later, never anything else
DATABASES = {
    "default": dj_database_url.parse(setting("ALTIPLANO_DATABASE_URL", layout.database_url, secret=True))
    | {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True}
}
if DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
    raise ImproperlyConfigured("ALTIPLANO_DATABASE_URL must name a PostgreSQL database (postgresql://...).")
DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {
    "min_size": 1,
    "max_size": int(setting("ALTIPLANO_DATABASE_POOL", "20")),
    "timeout": 20,
    "connection_class": Pooled,
}
# Search: queries are too short to be compiled or shared out among processes, and others wait for these; no disk turns
# under the tables; and a name is similar that shares half of its trigrams
DATABASES["default"]["OPTIONS"].setdefault(
    "options",
    "-c jit=off -c plan_cache_mode=force_generic_plan -c max_parallel_workers_per_gather=0 -c random_page_cost=1.1 "
    "-c pg_trgm.similarity_threshold=0.5",
)
NAME_RESOLVER_URL = setting("ALTIPLANO_NAME_RESOLVER_URL", "")
NAME_RESOLVER_SECONDS = float(setting("ALTIPLANO_NAME_RESOLVER_SECONDS", "5"))
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Caches: what is counted is shared by all processes of all machines; the rest is one process's patience
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "altiplano_cache",
        "OPTIONS": {"MAX_ENTRIES": 1_000_000},
    },
    "logins": {  # marks of passwords that were found right; see archive/identity.py
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "logins",
        "TIMEOUT": 60,
        "OPTIONS": {"MAX_ENTRIES": 1000},
    },
}

# The access rule; archive/access.py reads it
PUBLIC_CALIBRATOR_IMAGES = flag("ALTIPLANO_PUBLIC_CALIBRATOR_IMAGES")
INVITATION_DAYS = float(setting("ALTIPLANO_INVITATION_DAYS", "14"))

# Object storage
S3 = {
    "endpoint": setting("ALTIPLANO_S3_ENDPOINT", layout.s3_endpoint, secret=True),
    "public_endpoint": os.environ.get("ALTIPLANO_S3_PUBLIC_ENDPOINT", ""),
    "bucket": setting("ALTIPLANO_S3_BUCKET", "altiplano"),
    "region": setting("ALTIPLANO_S3_REGION", "us-east-1"),
    "access_key_id": setting("ALTIPLANO_S3_ACCESS_KEY_ID", lambda: layout.s3_credentials()[0], secret=True),
    "secret_access_key": setting("ALTIPLANO_S3_SECRET_ACCESS_KEY", lambda: layout.s3_credentials()[1], secret=True),
    "seconds": float(setting("ALTIPLANO_S3_SECONDS", "30")),  # without a byte, then it hangs
}
LINK_SECONDS = 60  # life of a presigned link, public products only

# Files may be sent by server processes of their own (docs/operating.md); without an address every process sends them
FILES_URL = setting("ALTIPLANO_FILES_URL", "").rstrip("/")
SERVES_FILES_ALONE = setting("ALTIPLANO_SERVES", "all") == "files"
ORPHAN_GRACE_HOURS = int(setting("ALTIPLANO_ORPHAN_GRACE_HOURS", "24"))
if ORPHAN_GRACE_HOURS < 1:
    raise ImproperlyConfigured("ALTIPLANO_ORPHAN_GRACE_HOURS is below 1: what is being stored would be deleted.")
UPLOAD_HOURS = float(setting("ALTIPLANO_UPLOAD_HOURS", "24"))  # without a part: the upload is dead
WITHDRAWN_DAYS = float(setting("ALTIPLANO_WITHDRAWN_DAYS", "30"))
FIXITY_DAYS = float(setting("ALTIPLANO_FIXITY_DAYS", "90"))  # within which every stored byte is read again

# Work: CASA runtimes, scratch, requests
CASA_DIR = Path(setting("ALTIPLANO_CASA_DIR", str(BASE_DIR / ".casa")))
SCRATCH_DIR = Path(setting("ALTIPLANO_SCRATCH_DIR", lambda: str(layout.here().var / "scratch")))
SCRATCH_QUOTA_BYTES = int(float(setting("ALTIPLANO_SCRATCH_GB", "50")) * 1e9)
SCRATCH_MIN_FREE_BYTES = int(float(setting("ALTIPLANO_SCRATCH_MIN_GB", "1")) * 1e9)  # below it: not ready
QUEUE_AGE_SECONDS = float(setting("ALTIPLANO_QUEUE_AGE_SECONDS", "900"))  # a due job older than this: not ready
JOB_CONCURRENCY = int(setting("ALTIPLANO_JOB_CONCURRENCY", "1"))
LEASE_SECONDS = float(setting("ALTIPLANO_LEASE_SECONDS", "60"))
TICK_CRON = setting("ALTIPLANO_TICK_CRON", "* * * * * */10")
STOP_SECONDS = float(setting("ALTIPLANO_STOP_SECONDS", "20"))
MAX_ATTEMPTS = 3

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""  # only a worker needs the tasks, and it imports them itself

# Faces
SITE_URL = setting("ALTIPLANO_SITE_URL", "http://127.0.0.1:8000").rstrip("/")
CSRF_FAILURE_VIEW = "altiplano.answers.forbidden"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
    )
]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "archive.identity.Token",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["archive.policy.Declared"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["altiplano.bodies.Json"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["archive.limits.Limit"],
    "NUM_PROXIES": TRUSTED_PROXIES,
    "EXCEPTION_HANDLER": "altiplano.answers.answer_error",
}
KNOX_TOKEN_MODEL = "archive.ApiToken"  # noqa: S105 (a model, not a token)
MIGRATION_MODULES = {"knox": None}  # its own table of tokens is replaced by ours
REST_KNOX = {"TOKEN_TTL": None, "AUTO_REFRESH": False}
SPECTACULAR_SETTINGS = {
    "TITLE": "Altiplano",
    "DESCRIPTION": "Archive and science-ready products service for ALMA data.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["archive.policy.Declared"],
}
_LETTERS = "smtp" if PRODUCTION else "filebased"  # on the embedded stack they lie in var/mail, to be read
EMAIL_BACKEND = setting("ALTIPLANO_EMAIL_BACKEND", f"django.core.mail.backends.{_LETTERS}.EmailBackend")
EMAIL_FILE_PATH = layout.here().var / "mail"
EMAIL_HOST = setting("ALTIPLANO_EMAIL_HOST", "localhost")
EMAIL_PORT = int(setting("ALTIPLANO_EMAIL_PORT", "25"))
EMAIL_TIMEOUT = 20  # seconds; some letters are sent while a reader waits
DEFAULT_FROM_EMAIL = SERVER_EMAIL = setting("ALTIPLANO_EMAIL_FROM", "altiplano@localhost")
EMAIL_SUBJECT_PREFIX = "[Altiplano] "
ADMINS = [(address, address) for address in listed("ALTIPLANO_ADMINS", "")]  # told of failures that are ours

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = os.environ.get("ALTIPLANO_STATIC_ROOT") or None
WHITENOISE_USE_FINDERS = True  # serves the source tree as it is; no collect step to forget
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"context": {"()": "archive.log_context.LogContext"}},
    "formatters": {
        "json": {
            "()": "archive.log_context.WithoutSecrets",
            "format": "{asctime} {levelname} {name} {message} {request_id} {job_id}",
            "style": "{",
        }
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "json",
            "filters": ["context"],
        }
    },
    "root": {"handlers": ["stderr"], "level": setting("ALTIPLANO_LOG_LEVEL", "INFO")},
    "loggers": {
        "django": {"handlers": []},  # by default it mails ADMINS whole requests, cookies and all
        "procrastinate": {"level": "WARNING"},
        "django.server": {"propagate": True, "handlers": []},
    },
}
