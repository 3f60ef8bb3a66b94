"""The product's settings as tests need them; `python -m tests.servers` chooses the servers."""

import os
from pathlib import Path

HERE = Path(__file__).resolve().parent
os.environ.setdefault("BRM_VAR_DIR", str(HERE.parent / "var" / "tests"))

from brm.settings import *  # noqa: E402, F403
from brm.settings import CACHES, DATABASES, STORAGES, VAR_DIR  # noqa: E402

# A file, not memory: workers and servers that a test starts open the same database.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}

# In the database on both runs: what a test counts (sign-ins) is gone with its transaction.
CACHES["default"] = CACHES.get("database", CACHES["default"])

# Pages name their static files plainly: nothing is collected before a test.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
API_RATES = dict.fromkeys(("address", "user", "token"), 0)  # tests of the limits set their own
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast, for tests only
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
WHITENOISE_AUTOREFRESH = True  # no scan of the static folder at start
WHITENOISE_USE_FINDERS = True  # the live server shows the files of the source tree
