"""API tokens: named, limited to what they are for, and known here by their hash alone."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from knox.models import AbstractAuthToken


class Scope(models.TextChoices):
    """What a program may do with a token, never more than its owner may."""

    SEARCH = "search", "look things up"
    DOWNLOAD = "download", "download files"
    REQUEST = "request", "request restores and images"
    DELEGATE = "delegate", "give access to others and take it away"


class ApiToken(AbstractAuthToken):
    name = models.CharField(max_length=64, blank=True)
    scopes = ArrayField(models.CharField(max_length=16, choices=Scope), default=list)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created"]

    def __str__(self):
        return f"token {self.name or self.token_key} of {self.user}"
