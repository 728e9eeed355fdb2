"""The entry point of the web service."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "altiplano.settings")
application = get_wsgi_application()
