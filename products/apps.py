"""Django's registration of the app."""

from django.apps import AppConfig


class ProductsConfig(AppConfig):
    name = "products"
