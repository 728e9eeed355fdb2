"""Addresses of the archive's faces.  A uid may have slashes in it, so what follows one stands in other apps' paths."""

from django.urls import path

from archive import api, views

urlpatterns = [
    path("", views.home, name="home"),
    path("projects/<str:code>/", views.project, name="project"),
    path("projects/<str:code>/delegations/", views.grant, name="grant"),
    path("delegations/<int:pk>/end/", views.revoke, name="revoke"),
    path("api/projects/<str:code>/", api.project, name="api-project"),
    path("api/mous/<path:uid>/", api.mous, name="api-mous"),
    path("api/delegations/", api.delegation_list, name="api-delegations"),
    path("api/delegations/<int:pk>/", api.delegation, name="api-delegation"),
]
