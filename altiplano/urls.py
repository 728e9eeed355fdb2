"""All addresses of the service."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView

from altiplano import client_program, health, tokens

admin.site.login = secure_admin_login(admin.site.login)  # one log-in, with the second factor, for staff too
admin.site.password_change = RedirectView.as_view(pattern_name="account_change_password")  # where guesses are counted
urlpatterns = [
    path("", include("archive.urls")),
    path("", include("products.urls")),
    path("", include("restores.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("", include("altiplano.accounts.urls")),
    path("client/altiplano.pyz", client_program.served, name="client-program"),
    path("tokens/", tokens.page, name="tokens"),
    path("tokens/<slug:token_key>/revoke/", tokens.revoke, name="revoke-token"),
    path("admin/", admin.site.urls),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
]
handler400 = "altiplano.answers.not_taken"
handler403 = "altiplano.answers.forbidden"
handler404 = "altiplano.answers.not_found"
handler500 = "altiplano.answers.broken"
handler429 = "altiplano.accounts.guesses.too_many"
