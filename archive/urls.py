"""Addresses of the archive's faces.  A uid may have slashes in it, so what follows one stands in other apps' paths."""

from django.urls import path

from archive import api, finding_views, search_api, search_views, sharing_api, sharing_views, staff_views, views

urlpatterns = [
    path("", views.home, name="home"),
    path("search/", search_views.search, name="search"),
    path("search/counts/", search_views.counts, name="search-counts"),
    path("search/list/", search_views.listed, name="search-list"),
    path("projects/<str:code>/", views.project, name="project"),
    path("gous/<path:uid>/", views.gous, name="gous"),
    path("projects/<str:code>/access/", sharing_views.access, name="access"),
    path("projects/<str:code>/access/log.csv", sharing_views.log, name="access-log"),
    path("projects/<str:code>/delegations/", sharing_views.grant, name="grant"),
    path("projects/<str:code>/decisions/", staff_views.of_project, name="project-decisions"),
    path("staff/roles/", staff_views.people, name="roles"),
    path("staff/findings/", finding_views.findings, name="findings"),
    path("staff/problems/<int:pk>/", finding_views.problem, name="problem"),
    path("delegations/<int:pk>/end/", sharing_views.revoke, name="revoke"),
    path("invitations/<int:pk>/withdraw/", sharing_views.withdraw, name="withdraw-invitation"),
    path("invitations/<str:secret>/", sharing_views.invitation, name="invitation"),
    path("shared/", sharing_views.shared, name="shared"),
    path("api/search/", search_api.search, name="api-search"),
    path("api/search/count/", search_api.count, name="api-search-count"),
    path("api/search/facets/", search_api.facets, name="api-search-facets"),
    path("api/search/list/", search_api.listed, name="api-search-list"),
    path("api/search/export/", search_api.export, name="api-search-export"),
    path("api/projects/<str:code>/", api.project, name="api-project"),
    path("api/gous/<path:uid>/", api.gous, name="api-gous"),
    path("api/mous/<path:uid>/", api.mous, name="api-mous"),
    path("api/delegations/", sharing_api.delegation_list, name="api-delegations"),
    path("api/delegations/<int:pk>/", sharing_api.delegation, name="api-delegation"),
    path("api/invitations/", sharing_api.invitation_list, name="api-invitations"),
    path("api/invitations/<int:pk>/", sharing_api.invitation, name="api-invitation"),
]
