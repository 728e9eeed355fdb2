"""A PI with a real browser, without script: withdraws her cube on its page, and brings it back."""

import uuid

import pytest
from playwright.sync_api import expect

from products import slots
from products.models import CubeSlot
from tests import make, people
from tests.altiplano.test_browser import page, pi, picture

__all__ = ["page", "pi", "picture"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def mous():
    return make.mous(pi=make.user("vega", password=people.PASSWORD))


@pytest.fixture
def cube(mous):
    source, request_id = make.source(mous), uuid.uuid4()
    slots.reserve(source, request_id=request_id, by=make.user("vega"))
    made = {"origin": "imaged", "role": "user_cube", "mode": "cube", "layer": "pbcor"}
    name = f"member.{mous.name}.NGC1052_sci.spw25.cube.I.user.pbcor.fits"
    head = make.product(mous, name, content=b"a cube", source=source, request_id=request_id, **made)
    slots.bind(request_id, head)
    return head


def test_a_cube_is_withdrawn_on_its_page_and_brought_back(cube, pi, picture):
    pi.goto(f"/products/{cube.pk}/")
    expect(pi.get_by_role("link", name="Download the file")).to_be_visible()
    picture("cube")
    pi.get_by_label("Reason").fill("wrong line")
    pi.get_by_role("button", name=f"Withdraw {cube.name}").click()

    expect(pi.get_by_text("was withdrawn.", exact=False).first).to_be_visible()
    expect(pi.get_by_role("link", name="Download the file")).to_be_hidden()
    assert not CubeSlot.objects.exists()
    picture("cube_withdrawn")
    pi.set_viewport_size({"width": 390, "height": 800})
    picture("cube_withdrawn_narrow")
    assert width(pi) == 390
    pi.get_by_label("Reason").fill("it was right")
    pi.get_by_role("button", name=f"Bring back {cube.name}").click()

    expect(pi.get_by_role("link", name="Download the file")).to_be_visible()
    assert CubeSlot.objects.get().product == cube
    picture("cube_narrow")
    assert width(pi) == 390


def width(page):
    """Pixels; more than the window has where something does not fit."""
    return page.evaluate("document.documentElement.scrollWidth")
