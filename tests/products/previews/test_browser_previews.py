"""The previews of a cube in a real browser: pictures, and spectra that are drawn from their numbers."""

import os

import pytest
from django.db import connections
from django.urls import reverse
from playwright.sync_api import expect, sync_playwright

from products.previews import making
from tests import make, service
from tests.altiplano.test_browser import ARGUMENTS, CHROMIUM, PATIENCE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(tmp_path, monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with service.running(tmp_path / "service.log") as port, sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, timeout=PATIENCE)
        page = browser.new_page(base_url=f"http://127.0.0.1:{port}", viewport={"width": 1200, "height": 900})
        page.set_default_timeout(PATIENCE)
        yield page
        browser.close()
    connections.close_all()


def test_a_reader_points_at_a_line_and_looks_at_it_closely(page, image):
    cube = image(make.mous(release_at=make.LONG_AGO))
    making.make_due()
    wrong = []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)

    page.goto(reverse("mous", args=[cube.mous.name]))
    _look(page, "mous")
    page.get_by_role("link", name=cube.name, exact=True).click()

    spectra = page.locator("#spectra svg")
    expect(spectra).to_have_count(2)
    box = spectra.first.bounding_box()
    line = box["x"] + box["width"] * (88 + 828 * 5 / 7) / 960
    page.mouse.move(line, box["y"] + box["height"] / 2)
    expect(page.locator("#spectra output")).to_contain_text("230.505000 GHz, channel 6: peak 2.000 Jy/beam")
    _look(page, "product")
    page.mouse.down()
    page.mouse.move(line + box["width"] / 5, box["y"] + box["height"] / 2)
    page.mouse.up()
    expect(spectra.first).not_to_contain_text("230.502")
    page.set_viewport_size({"width": 390, "height": 800})
    _look(page, "narrow")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert wrong == []


def _look(page, name):
    """Keeps what is seen where ALTIPLANO_PICTURES says."""
    if place := os.environ.get("ALTIPLANO_PICTURES"):
        page.screenshot(path=f"{place}/{name}.png", full_page=True)
