"""Django's settings; what an installation may change comes from the environment (see README)."""

import os
import sys
from pathlib import Path

from csp.constants import NONE, SELF

from brm.environment import organisation_file, origin_of, read_environment

BASE_DIR = Path(__file__).resolve().parent.parent
env = read_environment(BASE_DIR / ".env")

# --- The organisation and this installation ---------------------------------------------------

# Files the product writes: embedded database, secret key, queue, uploads.
VAR_DIR = Path(env.text("BRM_VAR_DIR", str(BASE_DIR / "var"))).resolve()
VAR_DIR.mkdir(parents=True, exist_ok=True)
GIVEN = env.given()
env = env.completed_by(organisation_file(VAR_DIR).read())
BRM = env.organisation()
DEBUG = env.flag("BRM_DEBUG", default=False)
ALLOWED_HOSTS = env.hosts("BRM_ALLOWED_HOSTS")
TRUSTED_PROXIES = env.whole_number("BRM_TRUSTED_PROXIES", 0, lowest=0, highest=10)
# Told by `manage.py up`; the demo users sign in only where this holds.
BOUND_TO_LOOPBACK = env.flag("BRM_BOUND_TO_LOOPBACK", default=False)

PROCESS = "migrate" if sys.argv[1:2] == ["migrate"] else os.environ.get("BRM_PROCESS", "worker")
DATABASES = {"default": env.database(VAR_DIR, process=PROCESS)}
# Embedded: SQLite, one machine, no server to set up.
EMBEDDED = DATABASES["default"]["ENGINE"].endswith("sqlite3")
REDIS_URL = env.redis("REDIS_URL")
HTTPS = env.flag("BRM_HTTPS", default=not EMBEDDED)
SECRET_KEY = env.secret_key("BRM_SECRET_KEY", file=VAR_DIR / "secret_key" if EMBEDDED else None)

# --- Applications -----------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "brm.staticfiles.UsedStaticFilesConfig",
    "csp",
    "django_htmx",
    "lucide",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "simple_history",
    # Ours, from the bottom of the import stack to its top.
    "brm.core",
    "brm.audit",
    "brm.notifications",
    "brm.search",
    "brm.people",
    "brm.operation",
    "brm.tokens",
    "brm.webhooks",
    "brm.exports",
    "brm.saved_views",
    "brm.bulk_changes",
    "brm.conversations",
    "brm.throttles",
    "services",
    "customers",
    "strategy",
    "operations",
    "service_levels",
    "feedback",
    "finance",
    "demand",
    "changes",
    "kpis",
    "brm.demo",
]

MIDDLEWARE = [
    "brm.core.health.HealthMiddleware",
    "brm.operation.logs.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "brm.people.sessions.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "brm.core.privacy.PrivateRepliesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "brm.core.origin.OriginMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "brm.urls"
WSGI_APPLICATION = "brm.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "brm.core.frame.frame",
            ],
        },
    }
]

# --- Language and time ------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = BRM.time_zone.key

# --- Files ------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.text("BRM_STATIC_ROOT", str(BASE_DIR / "staticfiles")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("map", "png", "jpg", "webp", "woff2", "gz", "br", "zip")
# Uploads are served by checked views only: no URL leads to this folder.
MEDIA_ROOT = VAR_DIR / "uploads"
FILE_UPLOAD_PERMISSIONS = 0o640
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 20

# --- Users and sign-in ------------------------------------------------------------------------

AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = ["brm.people.accounts.PasswordBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "brm.people.accounts.ClosedAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_SESSION_REMEMBER = False
# Wrong tries are counted in the database (brm/people/limits.py), not in the cache.
ACCOUNT_RATE_LIMITS = {"login": None, "login_failed": None, "reauthenticate": None}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES

MFA_ADAPTER = "brm.people.second_step.SecondStepAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # an administrator gives the addresses
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS  # browsers allow that on this machine only
MFA_FORMS = {
    "authenticate": "brm.people.second_step.LimitedAuthenticateForm",
    "reauthenticate": "brm.people.second_step.LimitedReauthenticateForm",
    "activate_totp": "brm.people.second_step.LimitedActivateForm",
}

# An identity provider of the organisation (OpenID Connect), where the environment names one.
OIDC_ISSUER = env.text("BRM_OIDC_ISSUER")
OIDC_NAME = env.text("BRM_OIDC_NAME", "Single sign-on")
OIDC_GROUPS_CLAIM = env.text("BRM_OIDC_GROUPS_CLAIM", "groups")
OIDC_ROLES = env.pairs("BRM_OIDC_ROLES")
SOCIALACCOUNT_ADAPTER = "brm.people.single_sign_on.SingleSignOnAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True}}
if OIDC_ISSUER:
    SOCIALACCOUNT_PROVIDERS["openid_connect"] |= {
        "SCOPE": env.text("BRM_OIDC_SCOPE", "openid profile email").split(),
        "APPS": [
            {
                "provider_id": "oidc",
                "name": OIDC_NAME,
                "client_id": env.needed("BRM_OIDC_CLIENT_ID", because="BRM_OIDC_ISSUER is set"),
                "secret": env.needed("BRM_OIDC_CLIENT_SECRET", because="BRM_OIDC_ISSUER is set"),
                "settings": {"server_url": OIDC_ISSUER},
            }
        ],
    }

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "brm.people.passwords.OwnWordsValidator"},
]

SESSION_ENGINE = "brm.people.sessions"
SESSION_IDLE_SECONDS = 60 * env.whole_number("BRM_SESSION_IDLE_MINUTES", 60, lowest=1, highest=1440)
# The age, counted from the sign-in, at which a session ends even in use.
SESSION_COOKIE_AGE = 3600 * env.whole_number("BRM_SESSION_HOURS", 12, lowest=1, highest=720)
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
# Browsers accept the __Host- prefix over HTTPS only.
SESSION_COOKIE_NAME = "__Host-brm" if HTTPS else "brm"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS] if HTTPS else []

# --- What browsers are told -------------------------------------------------------------------

SECURE_SSL_REDIRECT = HTTPS
# The API refuses plain HTTP itself; health paths are answered before the redirect.
SECURE_REDIRECT_EXEMPT = [r"^api/"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
# Preloading binds a whole domain for years: its owner decides, not one of its applications.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
USE_X_FORWARDED_HOST = False
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        # Browsers judge a form by where its answer leads, too.
        "form-action": [SELF, *([origin_of(OIDC_ISSUER)] if OIDC_ISSUER else [])],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

# --- REST API ---------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "brm.tokens.authentication.BearerToken",
        "brm.core.authentication.BrowserSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["brm.throttles.limits.PerMinute"],
    "EXCEPTION_HANDLER": "brm.core.api.errors.exception_handler",
    "NUM_PROXIES": TRUSTED_PROXIES,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
# Requests a minute; 0: no limit.
API_RATES = {
    "address": env.whole_number("BRM_API_RATE_ANONYMOUS", 30, lowest=0, highest=1_000_000),
    "user": env.whole_number("BRM_API_RATE_USER", 600, lowest=0, highest=1_000_000),
    "token": env.whole_number("BRM_API_RATE_TOKEN", 1200, lowest=0, highest=1_000_000),
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Business relationship management",
    "DESCRIPTION": "Customers, services, agreements, feedback, finance, strategy and their KPIs.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    # Choices are described where they stand: many resources have a `status` of their own.
    "POSTPROCESSING_HOOKS": [],
}

# Networks that webhooks may be sent to although they are not public.
WEBHOOK_ALLOWED = env.networks("BRM_WEBHOOK_ALLOW")

# --- Cache ------------------------------------------------------------------------------------

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "core_cache",
    }
}
if REDIS_URL:
    # Redis may die at any time: the cache then falls back to the database.
    CACHES["database"] = CACHES["default"]
    CACHES["default"] = {
        "BACKEND": "brm.core.caching.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "brm",
        "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
    }

# --- Worker and schedule ----------------------------------------------------------------------

SWEEP_SECONDS = env.whole_number(
    "BRM_SWEEP_SECONDS", 300 if REDIS_URL else 30, lowest=1, highest=3600
)
LEASE_SECONDS = env.whole_number("BRM_LEASE_SECONDS", 300, lowest=5, highest=3600)
CELERY_TIMEZONE = TIME_ZONE  # of the nightly run; messages carry UTC
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.2,
    "interval_max": 0.2,
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 300_000  # KiB
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30 if REDIS_URL else 8
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 3600,
        "socket_timeout": 2,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        "health_check_interval": 25,
    }
else:
    CELERY_BROKER_URL = "filesystem://localhost"
    QUEUE_DIR = VAR_DIR / "queue"
    for folder in ("messages", "control"):
        (QUEUE_DIR / folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(QUEUE_DIR / "messages"),
        "data_folder_out": str(QUEUE_DIR / "messages"),
        "control_folder": str(QUEUE_DIR / "control"),
    }

# --- Mail and log -----------------------------------------------------------------------------

vars().update(env.email("EMAIL_URL"))
# Links in mails lead here, never to what a request calls itself.
SITE_URL = env.site("BRM_SITE_URL", hosts=ALLOWED_HOSTS, https=HTTPS)
DEFAULT_FROM_EMAIL = env.text("BRM_FROM_EMAIL", "brm@localhost")

# Prometheus brings it as a bearer; without it only administrators see /metrics.
METRICS_TOKEN = env.text("BRM_METRICS_TOKEN")
LOG_FORMAT = env.choice("BRM_LOG_FORMAT", "text", ("text", "json"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "request_id": {"()": "brm.operation.logs.RequestIdFilter"},
        "links": {"()": "brm.operation.logs.LinkFilter"},
    },
    "formatters": {
        "text": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"},
        "json": {"()": "brm.operation.logs.JsonFormatter"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": ["request_id", "links"],
        }
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django.server": {"handlers": ["console"], "propagate": False},
        # A line for each request, for machines; people read what went wrong.
        "brm.requests": {"level": "INFO" if LOG_FORMAT == "json" else "WARNING"},
        # A line for every nudge would hide the lines that matter; failures are still told.
        "celery.app.trace": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
    },
}
