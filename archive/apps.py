"""Django's registration of the app."""

from django.apps import AppConfig


class ArchiveConfig(AppConfig):
    name = "archive"
