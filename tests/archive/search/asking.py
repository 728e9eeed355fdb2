"""Questions as tests put them: the parameters as a reader writes them, answered at the fixed time of tests."""

from django.contrib.auth.models import AnonymousUser

from archive.search import criteria, verbs
from tests import make


def read(**given):
    return criteria.parse({name: [text] if isinstance(text, str) else text for name, text in given.items()})


def reader(user=None):
    return verbs.Reader.of(user or AnonymousUser(), make.NOW)


def page(user=None, **given):
    return verbs.page(read(**given), reader(user))


def targets(user=None, **given):
    """The names of the targets found, in the order of the answer."""
    return [row["target_name"] for row in page(user, **given).rows]
