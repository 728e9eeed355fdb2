"""Every question that names something of a project, and its whole answer: status, headers, words, SQL behind it."""

import re
from urllib.parse import unquote

from django.db import connection

# what is asked: method, path with the name of what is hidden or absent, words sent along
QUESTIONS = {
    "search code": ("GET", "/?q={code}", None),
    "search code's beginning": ("GET", "/?q={code}", "begun"),
    "search uid": ("GET", "/?q={uid}", None),
    "search block": ("GET", "/?q={eb}", None),
    "search group": ("GET", "/?q={group}", None),
    "search for code": ("GET", "/search/?project={code}", None),
    "search for uid": ("GET", "/search/?uid={uid}", None),
    "search for group": ("GET", "/search/counts/?uid={group}", None),
    "api-search for code": ("GET", "/api/search/?project={code}", None),
    "api-search for block": ("GET", "/api/search/count/?uid={eb}", None),
    "project": ("GET", "/projects/{code}/", None),
    "access": ("GET", "/projects/{code}/access/", None),
    "access-log": ("GET", "/projects/{code}/access/log.csv", None),
    "grant": ("POST", "/projects/{code}/delegations/", {"delegee": "vega"}),
    "project-decisions": ("GET", "/projects/{code}/decisions/", None),
    "gous": ("GET", "/gous/{group}/", None),
    "mous": ("GET", "/mous/{name}/", None),
    "mous-decisions": ("GET", "/mous/{name}/decisions/", None),
    "report": ("GET", "/mous/{name}/report/", None),
    "report POST": ("POST", "/mous/{name}/report/", {"text": "A file is missing."}),
    "findings of a project": ("GET", "/staff/findings/?project={code}&settled=1", None),
    "problem": ("GET", "/staff/problems/{report}/", None),
    "problem POST": ("POST", "/staff/problems/{report}/", {"answer": "x"}),
    "restore": ("POST", "/mous/{name}/restore/", {}),
    "image": ("GET", "/mous/{name}/image/", None),
    "api-project": ("GET", "/api/projects/{code}/", None),
    "api-gous": ("GET", "/api/gous/{group}/", None),
    "api-mous": ("GET", "/api/mous/{name}/", None),
    "completeness": ("GET", "/mous/{name}/completeness/", None),
    "api-completeness": ("GET", "/api/mous/{name}/completeness", None),
    "api-products": ("GET", "/api/products/?mous={name}", None),
    "api-product": ("GET", "/api/products/{product}/", None),
    "product-file": ("GET", "/api/products/{product}/file", None),
    "product-file HEAD": ("HEAD", "/api/products/{product}/file", None),
    "product-named": ("GET", "/api/products/{product}/file/{product}", None),
    "raw-data": ("GET", "/dataPortal/{eb}", None),
    "raw-data HEAD": ("HEAD", "/dataPortal/{eb}", None),
    "cart-change": ("POST", "/cart/change/", {"do": "add", "products": "{product}"}),
    "cart-change of a MOUS": ("POST", "/cart/change/", {"do": "add", "mous": "{uid}"}),
    "product-page": ("GET", "/products/{product}/", None),
    "api-previews": ("GET", "/api/products/{product}/previews", None),
    "preview": ("GET", "/products/{product}/previews/numbers.json", None),
    "product-blocks": ("GET", "/api/products/{product}/blocks", None),
    "ingest": ("GET", "/staff/ingests/{run}/", None),
    "ingest-again": ("POST", "/staff/ingests/{run}/again/", {}),
    "revoke": ("POST", "/delegations/{delegation}/end/", {}),
    "withdraw-invitation": ("POST", "/invitations/{invitation}/withdraw/", {}),
    "api-delegation": ("GET", "/api/delegations/{delegation}/", None),
    "api-delegation DELETE": ("DELETE", "/api/delegations/{delegation}/", None),
    "api-invitation": ("GET", "/api/invitations/{invitation}/", None),
    "api-delegations": ("POST", "/api/delegations/", {"project": "{code}", "delegee": "vega"}),
    "request": ("GET", "/requests/{request}/", None),
    "abort": ("POST", "/requests/{request}/abort/", {}),
    "renew": ("POST", "/requests/{request}/renew/", {}),
    "api-restore-renewal": ("POST", "/api/restores/{request}/renewal/", {}),
    "withdraw-product": ("POST", "/products/{product}/withdraw/", {"reason": "x"}),
    "bring-back": ("POST", "/products/{product}/bring-back/", {"reason": "x"}),
    "api-withdrawal": ("POST", "/api/products/{product}/withdrawal", {"reason": "x"}),
    "api-withdrawal DELETE": ("DELETE", "/api/products/{product}/withdrawal", None),
    "withdraw-cube": ("POST", "/requests/{request}/withdraw/", {"reason": "x"}),
    "api-restore": ("GET", "/api/restores/{request}/", None),
    "api-image": ("GET", "/api/images/{request}/", None),
    "api-restores": ("POST", "/api/restores/", {"mous": "{uid}"}),
    "api-images": ("POST", "/api/images/", {"mous": "{uid}", "source": "NGC1052"}),
}

KEYS = re.compile(r"'\{[\d,]*\}'")


def asked(client, question, names):
    """Status, words and shapes of the queries; names are masked, for those that were asked for come back."""
    method, path, words = QUESTIONS[question]
    if words == "begun":
        names, words = names | {"code": names["code"][:-2]}, None
    place = path.format(**names).replace("uid://", "uid%3A%2F%2F")
    sent = {key: value.format(**names) for key, value in (words or {}).items()}
    kind = {"content_type": "application/json"} if place.startswith("/api/") and method != "GET" else {}
    texts_sent = []
    with connection.execute_wrapper(noting(texts_sent)):
        answer = client.generic(method, place) if words is None else client.post(place, sent, **kind)
    told = b"".join(answer) if answer.streaming else answer.content
    texts = [f"{name}: {value}" for name, value in answer.items() if name not in {"X-Request-ID", "Content-Length"}]
    seen = unquote(unquote("\n".join([str(answer.status_code), *texts, told.decode()])))
    seen = re.sub(r'(csrfmiddlewaretoken" value=")\w+|(csrftoken=)\w+', r"\1\2", seen)
    for name in sorted(set(names.values()), key=len, reverse=True):
        seen = seen.replace(name, "…")
    return seen, texts_sent


def noting(texts):
    """Notes the text of each query without the values in it, which are keys of what was asked for by name."""

    def note(execute, sql, params, many, context):
        texts.append(KEYS.sub("'{}'", sql))
        return execute(sql, params, many, context)

    return note
