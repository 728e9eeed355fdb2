"""The OpenAPI document, and that what is answered is what it says."""

import json
import re

import jsonschema
import pytest
from django.core.management import call_command
from django.urls import reverse
from drf_spectacular.generators import SchemaGenerator

from archive import invitations
from restores import submit
from tests import make, observations, people
from tests.restores.test_restores_api import CUBE

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def schema():
    return SchemaGenerator().get_schema(public=True)


def test_the_schema_is_valid_and_without_warnings(tmp_path):
    written = tmp_path / "schema.yaml"

    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(written))

    assert written.read_text().startswith("openapi: 3.")


def test_the_schema_is_public(client):
    assert client.get(reverse("api-schema"), headers={"Accept": "application/json"}).status_code == 200


def test_every_operation_says_what_it_does(schema):
    operations = [each for path in schema["paths"].values() for each in path.values()]

    assert len(operations) > 15
    assert [each["operationId"] for each in operations if not each["responses"]] == []


def strict(node):
    """As in JSON schema: `nullable` is a type, and an object has no keys beyond those that are told."""
    if isinstance(node, list):
        return [strict(each) for each in node]
    if not isinstance(node, dict):
        return node
    made = {name: strict(each) for name, each in node.items()}
    if made.get("type") == "object" and "properties" in made:
        made["additionalProperties"] = False
    if made.pop("nullable", False):
        return {"anyOf": [made, {"type": "null"}]}
    return made


def promised(schema, path, status):
    answer = next(
        operations["get"]["responses"][status]["content"]["application/json"]["schema"]
        for pattern, operations in schema["paths"].items()
        if "get" in operations and re.fullmatch(re.sub(r"{\w+}", "[^?]+?", pattern), path)
    )
    return strict(answer) | {"components": strict(schema["components"])}


def test_what_is_answered_is_what_the_schema_says(schema):
    pi = make.user("pi")
    mous = make.restorable_mous(pi=pi)
    product = mous.products.first()
    delegation = make.delegation(mous.project, make.user("friend"), by=pi)
    invitation = invitations.invite(mous.project, "guest@example.org", by=pi, now=make.NOW, mous=mous)
    restore = submit.request_restore(mous, by=pi, now=make.NOW)
    image = submit.request_image(mous, {"mous": mous.uid, "source": "NGC1052", "cubes": [CUBE]}, by=pi, now=make.NOW)
    observations.observation(mous)
    observations.observation(gous=mous.gous)
    caller = people.client(pi)
    missing = "/api/mous/uid___A001_X1_X2/"
    addresses = (
        f"/api/projects/{mous.project.code}/",
        f"/api/mous/{mous.name}/",
        f"/api/products/{product.pk}/",
        "/api/delegations/",
        f"/api/delegations/{delegation.pk}/",
        "/api/invitations/",
        f"/api/invitations/{invitation.pk}/",
        "/api/restores/",
        f"/api/restores/{restore.pk}/",
        "/api/images/",
        f"/api/images/{image.pk}/",
        f"/api/products/?mous={mous.name}",
        "/api/search/",
        "/api/search/?limit=1",
        "/api/search/count/",
        "/api/search/facets/?band=6",
        missing,
    )

    wrong = {
        path: faults
        for path in addresses
        if (faults := differences(schema, caller.get(path), path.partition("?")[0], 404 if path == missing else 200))
    }

    assert wrong == {}


def differences(schema, answer, path, status):
    """What is answered and is not as promised, as sentences."""
    promise = jsonschema.Draft202012Validator(promised(schema, path, str(status)))
    odd = [] if answer.status_code == status else [f"status {answer.status_code}"]
    return odd + [fault.message for fault in promise.iter_errors(answer.json())]


def test_an_answer_with_a_key_that_was_not_promised_is_seen(schema, client):
    mous = make.mous()
    answer = client.get(f"/api/mous/{mous.name}/")
    answer.json = lambda: json.loads(answer.content) | {"secret": 1}

    assert differences(schema, answer, f"/api/mous/{mous.name}/", 200)
