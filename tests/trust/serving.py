"""Settings of web servers that tests ask from outside: real limits, a view that takes its time."""

from tests.settings import *  # noqa: F403

ROOT_URLCONF = "tests.trust.patient_urls"
API_RATES = {"address": 30, "user": 600, "token": 1200}
