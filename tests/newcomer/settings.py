"""The settings of tests with the throw-away record in the product."""

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES, INSTALLED_APPS, VAR_DIR

INSTALLED_APPS = ["tests.newcomer", *INSTALLED_APPS]
MIGRATION_MODULES = {"newcomer": None}  # its table is made from the model
ROOT_URLCONF = "tests.newcomer.urls"
DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "newcomer.sqlite3")}
