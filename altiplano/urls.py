"""All addresses of the service."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from altiplano import health, tokens

urlpatterns = [
    path("", include("archive.urls")),
    path("", include("products.urls")),
    path("", include("restores.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("login/", LoginView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("tokens/", tokens.page, name="tokens"),
    path("tokens/<slug:token_key>/revoke/", tokens.revoke, name="revoke-token"),
    path("admin/", admin.site.urls),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
]
handler403 = "altiplano.answers.forbidden"
handler404 = "altiplano.answers.not_found"
handler500 = "altiplano.answers.broken"
