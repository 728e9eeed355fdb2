"""A visitor with a real browser, without script and without account: a cart from several pages to one download."""

import pytest
from playwright.sync_api import expect

from tests import make, observations
from tests.altiplano.test_browser import page, picture

__all__ = ["page", "picture"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OTHER = "uid://A001/X1/X7"


@pytest.fixture
def mous():
    """A public MOUS that a search finds; beside it a proprietary one."""
    mous = make.mous(release_at=make.LONG_AGO)
    for name in ("a.fits", "b.fits"):
        make.product(mous, name, content=name.encode(), directory="product")
    observations.observation(mous, release_at=make.LONG_AGO)
    other = make.mous(OTHER, code="2023.1.00909.S", pi=make.user("owner"))
    make.product(other, "locked.fits", content=b"locked")
    return mous


def test_what_was_put_into_the_cart_on_three_pages_is_one_download(page, picture, mous):
    page.goto("/search/?project=2023.1.00101.S")
    page.get_by_role("button", name=f"Put {mous.uid} into the cart").click()
    expect(page.get_by_label("1 in it")).to_be_visible()
    picture("cart_search")
    page.goto(mous.get_absolute_url())
    page.get_by_label("Choose a.fits").check()
    page.get_by_role("button", name="Put the chosen into the cart").click()
    expect(page.get_by_label("2 in it")).to_be_visible()
    picture("cart_mous")
    page.goto(mous.get_absolute_url().replace(mous.name, OTHER.replace("://", "___").replace("/", "_")))
    page.get_by_role("link", name="locked.fits").click()
    picture("cart_product")
    page.get_by_role("button", name="Put into the cart").click()
    page.get_by_role("link", name="Cart").click()

    expect(page.get_by_text("1 of them")).to_be_visible()
    picture("cart")
    page.get_by_role("button", name="Take a.fits out").click()
    expect(page.get_by_label("2 in it")).to_be_visible()
    page.get_by_role("button", name="Download all: tar, zip or script").click()

    expect(page.get_by_role("link", name="Download as tar")).to_be_visible()
    expect(page.get_by_text("locked.fits")).to_contain_text("proprietary")
    picture("cart_bundle")
    page.get_by_role("link", name="Cart").click()
    page.get_by_role("button", name="Empty the cart").click()
    expect(page.get_by_text("It is empty.")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 800})
    picture("cart_empty_narrow")
