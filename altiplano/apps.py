"""Django's registration of the settings package: it holds the commands that span the apps."""

from django.apps import AppConfig


class AltiplanoConfig(AppConfig):
    name = "altiplano"
