"""Addresses of requests, and of the page of a MOUS, which offers them."""

from django.urls import path

from archive import staff_views
from restores import api, completeness_views, ingest_views, views

urlpatterns = [
    path("api/restores/", api.RestoreList.as_view(), name="api-restores"),
    path("api/restores/<uuid:pk>/", api.RestoreDetail.as_view(), name="api-restore"),
    path("api/restores/<uuid:pk>/renewal/", api.RenewalView.as_view(), name="api-restore-renewal"),
    path("api/images/", api.ImageList.as_view(), name="api-images"),
    path("api/images/<uuid:pk>/", api.ImageDetail.as_view(), name="api-image"),
    path("requests/", views.requests, name="requests"),
    path("requests/<uuid:pk>/", views.request_page, name="request"),
    path("requests/<uuid:pk>/abort/", views.abort, name="abort"),
    path("requests/<uuid:pk>/renew/", views.renew, name="renew"),
    path("requests/<uuid:pk>/withdraw/", views.withdraw_cube, name="withdraw-cube"),
    path("staff/ingests/<uuid:pk>/again/", ingest_views.again, name="ingest-again"),
    path("mous/<path:uid>/restore/", views.restore, name="restore"),
    path("mous/<path:uid>/completeness/", completeness_views.page, name="completeness"),
    path("api/mous/<path:uid>/completeness", completeness_views.api, name="api-completeness"),
    path("mous/<path:uid>/image/", views.image, name="image"),
    path("mous/<path:uid>/decisions/", staff_views.of_mous, name="mous-decisions"),
    path("mous/<path:uid>/", views.mous, name="mous"),
]
