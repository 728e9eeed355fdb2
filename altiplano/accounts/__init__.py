"""Log-in, sign-up, second factors and the identity provider: what django-allauth leaves to the service it serves."""
