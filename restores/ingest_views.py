"""The button that has an ingestion tried again."""

from django.contrib import messages
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from products import run_views
from restores import ingests


@require_POST
def again(request, pk):
    run = run_views.find(pk, request.user, request.now)
    ingests.ask_again(run, now=request.now)
    messages.success(request, "A worker tries it again; the new run comes up here.")
    return redirect("ingests")
