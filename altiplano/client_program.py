"""The command-line client as one file that the site serves: a zipapp, made of `client/` and of the site's own address.

The same sources and address give the same bytes, so whoever has it can ask whether there is another (ETag).
"""

import hashlib
import io
import zipfile
from functools import cache

from django.conf import settings
from django.http import HttpResponse
from django.views.decorators.http import condition, require_safe

from altiplano.stack import layout

NAME = "altiplano.pyz"
SOURCES = layout.REPOSITORY / "client" / "src"
PACKAGE = "altiplano_client"
SHEBANG = b"#!/usr/bin/env python3\n"
START = "import sys\n\nfrom altiplano_client.cli import main\n\nsys.exit(main())\n"
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest date that zip can write (APPNOTE 4.4.6)


def _etag(request):
    return f'"{hashlib.sha256(program(settings.SITE_URL)).hexdigest()}"'


@require_safe
@condition(etag_func=_etag)
def served(request):
    headers = {"Content-Disposition": f"attachment; filename={NAME}", "Cache-Control": "public, no-cache"}
    return HttpResponse(program(settings.SITE_URL), content_type="application/zip", headers=headers)


@cache
def program(site: str) -> bytes:
    """The bytes of the zipapp that asks `site` unless it is told otherwise."""
    written = io.BytesIO(SHEBANG)
    written.seek(0, io.SEEK_END)
    with zipfile.ZipFile(written, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, text in sorted(_members(site).items()):
            member = zipfile.ZipInfo(name, LONG_AGO)
            member.compress_type, member.create_system, member.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
            archive.writestr(member, text)
    return written.getvalue()


def _members(site):
    modules = {f"{PACKAGE}/{path.name}": path.read_bytes() for path in (SOURCES / PACKAGE).glob("*.py")}
    return modules | {"__main__.py": START, f"{PACKAGE}/site.txt": site + "\n"}
