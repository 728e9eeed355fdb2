"""The pairs of `bench/hidden.py`: the same question of what is hidden and of what was never there."""

import http.client
import statistics
import time
import uuid
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client

from archive.models import MemberOUS
from bench import world
from products.models import Product
from restores.models import Request
from tests import make, service

ROUTES = {
    "search code": "/?q={code}",
    "search uid": "/?q={uid}",
    "project": "/projects/{code}/",
    "mous": "/mous/{name}/",
    "api-project": "/api/projects/{code}/",
    "api-mous": "/api/mous/{name}/",
    "api-products": "/api/products/?mous={name}",
    "api-product": "/api/products/{product}/",
    "product-file": "/api/products/{product}/file",
    "request": "/requests/{request}/",
    "api-restore": "/api/restores/{request}/",
}
HIDDEN = 20  # different ones, asked for in turn


def run(log, products, pairs):
    """One row for each route and reader."""
    world.fill(products, products // 40)
    hidden = [_hidden(mous) for mous in MemberOUS.objects.filter(gous__project__confidential=True)[:HIDDEN]]
    client = Client()
    client.force_login(get_user_model().objects.get(username="stranger"), settings.AUTHENTICATION_BACKENDS[0])
    readers = {
        "anonymous": {},
        "stranger": {"Cookie": client.cookies[settings.SESSION_COOKIE_NAME].OutputString().partition(";")[0]},
    }
    with service.running(log) as port:
        return [
            {"route": route, "reader": reader} | _row(_asker(port, headers), path, hidden, pairs)
            for route, path in ROUTES.items()
            for reader, headers in readers.items()
        ]


def _hidden(mous):
    """Names of what is hidden, and beside them names of the same length that nothing has."""
    make.eb(mous, f"uid://A002/X{mous.pk:x}/X1")
    facts = {"calibration": make.calibration(mous), "casa_version": make.CASA, "kind": Request.Kind.RESTORE}
    request = Request.objects.create(mous=mous, owner=get_user_model().objects.get(username="pi"), **facts)
    code, product = mous.project.code, Product.objects.filter(mous=mous).first()
    there = {"code": code, "uid": quote(mous.uid, safe=""), "name": mous.name, "product": product.pk}
    nowhere = mous.uid.replace("A001", "A009")
    absent = {"code": f"{code[:-1]}X", "uid": quote(nowhere, safe=""), "name": mous.name.replace("A001", "A009")}
    return there | {"request": request.pk}, absent | {"product": uuid.uuid4(), "request": uuid.uuid4()}


def _asker(port, headers):
    """Asks on one connection that is kept open, as a patient listener would."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(path):
        began = time.perf_counter()
        link.request("GET", path, headers=headers)
        response = link.getresponse()
        body = response.read()
        return (time.perf_counter() - began) * 1e3, response.status, len(body)

    return ask


def _row(ask, path, hidden, pairs):
    for there, absent in hidden[:5]:
        ask(path.format(**there)), ask(path.format(**absent))  # statements are prepared, templates loaded
    spent, unlike, status = [], 0, 0
    for number in range(pairs):
        there, absent = hidden[number % len(hidden)]
        asked = [path.format(**there), path.format(**absent)]
        order = (0, 1) if number % 2 else (1, 0)  # who comes second finds caches warm
        answers = {which: ask(asked[which]) for which in order}
        status = answers[0][1]
        unlike += answers[0][1:] != answers[1][1:]
        spent.append((answers[0][0], answers[1][0]))
    return {
        "status": status,
        "hidden_ms": round(statistics.median(pair[0] for pair in spent), 3),
        "absent_ms": round(statistics.median(pair[1] for pair in spent), 3),
        "difference_ms": round(statistics.median(pair[0] - pair[1] for pair in spent), 3),
        "unlike": unlike,
    }
