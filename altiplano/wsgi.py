"""The entry point of the web service."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "altiplano.settings")
application = get_wsgi_application()
_ = get_resolver().url_patterns  # all code is loaded now, not while the first reader waits
gc.collect()
gc.freeze()  # it stays: no collector looks through it again whenever ten thousand files are listed
