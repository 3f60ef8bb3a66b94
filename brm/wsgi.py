"""What the web server (gunicorn) serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "brm.settings")
# Read by the settings: statements of a web request are cut sooner than those of a worker.
os.environ.setdefault("BRM_PROCESS", "web")

application = get_wsgi_application()
