"""Django's registration of the app."""

from django.apps import AppConfig


class RestoresConfig(AppConfig):
    name = "restores"
