"""Addresses of products."""

from django.urls import path

from products import api

urlpatterns = [
    path("api/products/", api.product_list, name="api-products"),
    path("api/products/<uuid:pk>/", api.product, name="api-product"),
    path("api/products/<uuid:pk>/file", api.FileView.as_view(), name="product-file"),
]
