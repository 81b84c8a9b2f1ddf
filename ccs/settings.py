"""Settings of the Clean Construction System.

One file for every machine: what differs comes from the environment (see `docs/operations.md`),
and a value that cannot be right stops the start with a sentence. `ccs/environment.py` reads and
checks the values; this file only arranges them.
"""

from pathlib import Path
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from ccs.environment import Environment

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment(BASE_DIR)

SECRET_KEY = env.secret_key
DEBUG = env.debug
ALLOWED_HOSTS = env.allowed_hosts
CSRF_TRUSTED_ORIGINS = env.trusted_origins
IN_PRODUCTION = env.in_production

#: Which pages this process serves: all of them, only the office's, or only the public portal.
SERVE = env.choice("CCS_SERVE", "all", ("all", "office", "portal"))
#: Folder that holds the embedded servers' data, keys and files.
DATA_DIR = env.data_dir
#: Scheme and host under which people reach the system; stands in mails.
SITE_URL = env.text(
    "CCS_SITE_URL", (env.trusted_origins or [f"http://127.0.0.1:{env.port}"])[0]
).rstrip("/")
DEMO = env.choice("CCS_DEMO", "seoul" if env.embedded else "none", ("seoul", "philippines", "none"))
SITE_NAME = env.text(
    "CCS_SITE_NAME",
    {"seoul": "Seoul (demonstration)", "philippines": "Philippines (demonstration)"}.get(
        DEMO, "Clean Construction System"
    ),
)
CURRENCY = env.text("CCS_CURRENCY", "PHP" if DEMO == "philippines" else "KRW")
COUNTRY = env.text("CCS_COUNTRY", "PH" if DEMO == "philippines" else "KR")

INSTALLED_APPS = [
    "ccs",
    "pmis",
    "allimi",
    "payments",
    "ccs.admin_config.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",  # outside: errors carry it too
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "ccs.middleware.PublicRequestMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "ccs.auth.middleware.WorkingLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "ccs.auth.middleware.SessionTimeoutMiddleware",
    "ccs.auth.middleware.AccountLanguageMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "ccs.middleware.ActorMiddleware",
    "pmis.middleware.PersonalDataMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
]

ROOT_URLCONF = "ccs.urls"
WSGI_APPLICATION = "ccs.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "ccs.context_processors.site",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static"],
        },
    }
]

# -- Databases: one schema, four doors (docs/architecture.md, "Who may read what") -------------
DATABASES = env.databases()
DATABASE_ROUTERS = ["ccs.routers.DisclosureRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "ccs.User"

# -- Tasks, cache --------------------------------------------------------------------------
REDIS_URL = env.redis_url
CELERY_BROKER_URL = REDIS_URL
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}

# -- Files: originals stay private, public copies are served by hash (design: two stores) ------
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": env.files_dir / "private"},
    },
    "public": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": env.files_dir / "public"},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = DEBUG or env.testing
if env.testing or DEBUG:
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
#: Larger photos are refused at the door.
PHOTO_MAX_BYTES = env.number("CCS_PHOTO_MAX_MB", 30, 1, 200) * 1024 * 1024
#: Larger documents are refused at the door.
DOCUMENT_MAX_BYTES = env.number("CCS_DOCUMENT_MAX_MB", 100, 1, 500) * 1024 * 1024
#: Hosts of the city's own video stores: films and camera views of others are not linked.
VIDEO_HOSTS = env.listed("CCS_VIDEO_HOSTS")
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# -- Language, time ------------------------------------------------------------------------
LANGUAGE_CODE = env.text("CCS_LANGUAGE", "ko")
LANGUAGES = [("ko", _("Korean")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.time_zone("Asia/Manila" if DEMO == "philippines" else "Asia/Seoul")
USE_I18N = True
USE_TZ = True

# -- People --------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    "ccs.auth.backends.OfficeRoleBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {}),
        ("MinimumLengthValidator", {"min_length": 10}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/pmis/"
#: A session ends after so long without use, and after so long in all.
SESSION_IDLE_MINUTES = env.number("CCS_SESSION_IDLE_MINUTES", 240, 5, 24 * 60)
SESSION_HOURS = env.number("CCS_SESSION_HOURS", 12, 1, 24 * 7)
SESSION_COOKIE_AGE = SESSION_HOURS * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"

#: Guesses let through per window before the guard closes (ccs/auth/guard.py).
SIGN_IN_LIMIT_PER_ACCOUNT = env.number("CCS_SIGN_IN_LIMIT_PER_ACCOUNT", 5, 3, 100)
SIGN_IN_LIMIT_PER_ADDRESS = env.number("CCS_SIGN_IN_LIMIT_PER_ADDRESS", 60, 10, 10_000)
SIGN_IN_WINDOW_MINUTES = env.number("CCS_SIGN_IN_WINDOW_MINUTES", 15, 1, 24 * 60)
#: How many proxies of our own append to X-Forwarded-For; 0: the header is not believed.
TRUSTED_PROXY_COUNT = env.number("CCS_TRUSTED_PROXY_COUNT", 0, 0, 10)

ACCOUNT_ADAPTER = "ccs.auth.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*", "password2*"]
# An account is opened by people who know its owner; the link that sets the first password goes
# to the address and so verifies it.
ACCOUNT_EMAIL_VERIFICATION = env.choice(
    "CCS_EMAIL_VERIFICATION", "none", ("none", "optional", "mandatory")
)
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{SITE_NAME}] "
ACCOUNT_RATE_LIMITS = {"login_failed": None}  # the guard's work
ACCOUNT_FORMS = {"login": "ccs.auth.forms.SignInForm"}
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
USERSESSIONS_TRACK_ACTIVITY = False
MFA_ADAPTER = "ccs.auth.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "ccs.auth.forms.CodeForm",
    "reauthenticate": "ccs.auth.forms.CodeAgainForm",
}
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IN_PRODUCTION
SOCIALACCOUNT_ADAPTER = "ccs.auth.adapters.SocialAccountAdapter"
# The first sign-in ties the provider's person to the account; later ones go by the person's number.
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_PROVIDERS = {}
OIDC_ISSUER = env.oidc_issuer
if OIDC_ISSUER:
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "OAUTH_PKCE_ENABLED": True,
        # An address that the ordering body's own provider verified leads to its account.
        "EMAIL_AUTHENTICATION": True,
        "APPS": [
            {
                "provider_id": "office",
                "name": env.text("CCS_OIDC_NAME", "Single sign-on"),
                "client_id": env.text("CCS_OIDC_CLIENT_ID"),
                "secret": env.text("CCS_OIDC_CLIENT_SECRET"),
                "settings": {"server_url": OIDC_ISSUER},
            }
        ],
    }

# -- Web security --------------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if IN_PRODUCTION:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = env.flag("CCS_SSL_REDIRECT", True)
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "manifest-src": ["'self'"],
        "worker-src": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}
if OIDC_ISSUER:
    # The sign-in form leads on to the provider, and browsers check that as well.
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"].append(
        "{0.scheme}://{0.netloc}".format(urlsplit(OIDC_ISSUER))
    )

# -- Mail ----------------------------------------------------------------------------------
vars().update(env.mail())
#: What sends short messages (ccs/services/sms.py): a class with `send(number, text)`.
SMS_ADAPTER = env.text(
    "CCS_SMS_ADAPTER",
    "ccs.services.sms.ConsoleAdapter" if IN_PRODUCTION else "ccs.services.sms.OutboxAdapter",
)

# -- API -----------------------------------------------------------------------------------
#: Requests a minute that are answered (ccs/throttles.py); 0: no limit.
API_LIMIT_PER_ADDRESS = env.limit("CCS_API_LIMIT_PER_ADDRESS", 600)
API_LIMIT_PER_PERSON = env.limit("CCS_API_LIMIT_PER_PERSON", 1200)
REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "ccs.auth.tokens.TokenAuthentication",  # first: it names the scheme in a 401
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "ccs.lib.api.KeysetPagination",
    "DEFAULT_THROTTLE_CLASSES": ["ccs.throttles.PersonThrottle"],
    "EXCEPTION_HANDLER": "ccs.lib.api.problem_details",
    "PAGE_SIZE": 100,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Clean Construction System",
    "DESCRIPTION": "Below `/api/v1/`: what everyone may read, always what the portal shows. "
    "Below `/api/v1/pmis/`: what people in projects can do on the pages, with a session or a key. "
    "Errors are problem details (RFC 9457). Requests are counted by the minute, by network address "
    "or by person and key; beyond the limit the answer is 429 with `Retry-After`. An "
    "`If-None-Match` that still holds is answered with 304 and not counted.",
    "VERSION": "1.0.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "ccs.throttles.describe_limits",
    ],
    "ENUM_NAME_OVERRIDES": {
        "RecordState": "pmis.models.RecordState",
        "ProjectState": "pmis.models.Project.State",
        "PhotoState": "pmis.models.Photo.State",
        "WorkType": "pmis.models.Project.WorkType",
        "Weather": "pmis.models.DailyReport.Weather",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"django.request": {"level": "ERROR"}},
}
