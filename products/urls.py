"""Addresses of products, and of the page on which a problem with a MOUS is reported."""

from django.urls import path

from products import api, file_views, keeping_views, product_views, report_views, run_views, withdrawal_faces
from products.bundles import api as bundles
from products.bundles import cart_pages
from products.bundles import pages as bundle_pages
from products.previews import faces

urlpatterns = [
    path("api/products/", api.product_list, name="api-products"),
    path("api/products/<uuid:pk>/", api.product, name="api-product"),
    path("api/products/<uuid:pk>/file", file_views.FileView.as_view(), name="product-file"),
    path("api/products/<uuid:pk>/file/<str:name>", file_views.NamedFileView.as_view(), name="product-named"),
    path("dataPortal/<path:block>", file_views.RawView.as_view(), name="raw-data"),
    path("api/products/<uuid:pk>/blocks", api.BlocksView.as_view(), name="product-blocks"),
    path("api/products/<uuid:pk>/withdrawal", withdrawal_faces.WithdrawalView.as_view(), name="api-withdrawal"),
    path("api/products/<uuid:pk>/previews", faces.previews, name="api-previews"),
    path("products/<uuid:pk>/previews/<str:name>", faces.PreviewView.as_view(), name="preview"),
    path("products/<uuid:pk>/withdraw/", withdrawal_faces.take_back, name="withdraw-product"),
    path("products/<uuid:pk>/bring-back/", withdrawal_faces.bring_back, name="bring-back"),
    path("products/<uuid:pk>/", product_views.page, name="product-page"),
    path("cart/", cart_pages.page, name="cart"),
    path("cart/change/", cart_pages.change, name="cart-change"),
    path("bundles/", bundle_pages.make, name="bundles"),
    path("bundles/<uuid:pk>/", bundle_pages.page, name="bundle-page"),
    path("api/bundles/", bundles.bundle_list, name="api-bundles"),
    path("api/bundles/<uuid:pk>/", bundles.bundle, name="api-bundle"),
    path("api/bundles/<uuid:pk>/SHA256SUMS", bundles.SumsView.as_view(), name="bundle-sums"),
    path("api/bundles/<uuid:pk>/manifest.json", bundles.ManifestView.as_view(), name="bundle-manifest"),
    path("api/bundles/<uuid:pk>/download.sh", bundles.ScriptView.as_view(), name="bundle-script"),
    path("api/bundles/<uuid:pk>/<str:name>", bundles.ArchiveView.as_view(), name="bundle-file"),
    path("staff/ingests/", run_views.ingests, name="ingests"),
    path("staff/ingests/<uuid:pk>/", run_views.ingest, name="ingest"),
    path("staff/keeping/", keeping_views.keeping, name="keeping"),
    path("mous/<path:uid>/report/", report_views.report, name="report"),
]
