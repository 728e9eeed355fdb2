"""The direction of imports and the doors to the outside, as docs/architecture.md draws them.

Every rule is also shown a file that breaks it: a rule that cannot fail guards nothing.
"""

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("archive", "products", "restores")
PACKAGES = (*APPS, "altiplano", "client")
CASA = {"casatasks", "casatools", "casaconfig", "casadata"}
FORBIDDEN_NAMES = {"utils", "util", "helpers", "services", "managers", "signals", "constants", "common", "misc"}
MAY_IMPORT = {
    "archive": {"archive"},
    "products": {"archive", "products"},
    "restores": {"archive", "products", "restores"},
    "altiplano": {"archive", "products", "restores", "altiplano"},
    "client": set(),
}


def sources():
    return [path.relative_to(ROOT) for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def imported(path, text):
    """Full dotted names of everything a file imports, relative imports resolved."""
    names = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = list(path.parent.parts)[: len(path.parent.parts) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            names |= {f"{module}.{alias.name}" for alias in node.names}
    return names


def tops(names):
    return {name.split(".")[0] for name in names}


def against_the_direction(path, text):
    return tops(imported(path, text)) & set(PACKAGES) - MAY_IMPORT[path.parts[0]]


def client_with_more_than_python(path, text):
    """Whoever has Python 3.9 has all that the client needs: nothing imported, and no syntax that is younger."""
    if path.parts[0] != "client":
        return None
    ast.parse(text, feature_version=(3, 9))
    return tops(imported(path, text)) - {*sys.stdlib_module_names, "altiplano_client"} - {""}


def boto_outside_its_doors(path, text):
    doors = {Path("products/store.py"), Path("products/sending.py"), Path("altiplano/stack/s3.py")}
    return path not in doors and tops(imported(path, text)) & {"boto3", "botocore", "s3transfer"}


def fits_outside_its_door(path, text):
    fits = {name for name in imported(path, text) if name.startswith("astropy.io")}
    votables = path == Path("archive/votable.py") and all(name.startswith("astropy.io.votable") for name in fits)
    return path.parts[:2] != ("products", "fits") and not votables and fits


def casa_outside_its_process(path, text):
    inside = path.parts[:2] == ("restores", "casa")
    return not inside and tops(imported(path, text)) & CASA


def casatasks_around_the_gateway(path, text):
    """Everything but the simulation asks CASA's tasks through `restores/casa/tasks.py`, which logs each call."""
    recipe = path.parts[:2] == ("restores", "casa") and "simulate" not in path.parts
    return recipe and path.name != "tasks.py" and "casatasks" in tops(imported(path, text))


def django_inside_casa(path, text):
    inside = path.parts[:2] == ("restores", "casa")
    foreign = {name for name in imported(path, text) if name.split(".")[0] in {*APPS, "altiplano", "django"}}
    return inside and {name for name in foreign if not name.startswith("restores.casa")}


def django_below_settings(path, text):
    """The stack is read by the settings, so it cannot need them."""
    return path.parts[:2] == ("altiplano", "stack") and tops(imported(path, text)) & {"django", *APPS}


def queue_outside_its_module(path, text):
    doors = {Path("restores/queue.py"), Path("restores/tasks.py"), Path("restores/management/commands/run_jobs.py")}
    return path not in doors and "procrastinate" in tops(imported(path, text))


def access_spelt_elsewhere(path, text):
    """Nobody but the access rule compares release times; a migration moves what is in rows and opens nothing."""
    if path == Path("archive/access.py") or "migrations" in path.parts:
        return None
    return re.search(r"release_at(__|\s*[<>])", text)


def delivered_code_run(path, text):
    calls = {
        node.func.id
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    return calls & {"exec", "eval", "execfile"}


def unsafe_xml(path, text):
    """Deliveries come from outside: their XML is parsed by defusedxml; the type of an element may be named."""
    harmless = {"xml.etree.ElementTree.Element", "xml.etree.ElementTree.ParseError"}
    names = {name for name in imported(path, text) if name.split(".")[0] in {"xml", "lxml"}}
    return path.parts[0] in {"archive", "products"} and names - harmless


def named_for_leftovers(path, text):
    return {*path.parts[:-1], path.stem} & FORBIDDEN_NAMES


def silent_about_its_idea(path, text):
    return "migrations" not in path.parts and text.strip() and not ast.get_docstring(ast.parse(text))


def too_long_for_one_idea(path, text):
    return "migrations" not in path.parts and len(text.splitlines()) > 250


def function_larger_than_a_screen(path, text):
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    return {node.name for node in nodes if node.end_lineno - node.lineno + 1 > 40}


RULES = {
    client_with_more_than_python: ("client/src/altiplano_client/x.py", "import requests"),
    against_the_direction: ("archive/x.py", "from products.models import Product"),
    boto_outside_its_doors: ("restores/x.py", "import boto3"),
    fits_outside_its_door: ("products/fits_x.py", "from astropy.io import fits"),
    casa_outside_its_process: ("restores/x.py", "import casatasks"),
    casatasks_around_the_gateway: ("restores/casa/x.py", "from casatasks import tclean"),
    django_inside_casa: ("restores/casa/x.py", "from django.conf import settings"),
    django_below_settings: ("altiplano/stack/x.py", "from django.conf import settings"),
    queue_outside_its_module: ("products/x.py", "from procrastinate.contrib.django import app"),
    access_spelt_elsewhere: ("products/x.py", "rows.filter(release_at__lt=now)"),
    delivered_code_run: ("archive/readers/x.py", "exec(text)"),
    unsafe_xml: ("archive/readers/x.py", "import xml.etree.ElementTree as ET"),
    named_for_leftovers: ("archive/utils.py", ""),
    silent_about_its_idea: ("archive/x.py", "import json"),
    too_long_for_one_idea: ("archive/x.py", "x = 1\n" * 251),
    function_larger_than_a_screen: ("archive/x.py", "def f():\n" + "    x = 1\n" * 40),
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps(rule):
    broken = {str(path): found for path in sources() if (found := rule(path, (ROOT / path).read_text()))}

    assert not broken


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_broken_rule_is_seen(rule):
    path, text = RULES[rule]

    assert rule(Path(path), text)
