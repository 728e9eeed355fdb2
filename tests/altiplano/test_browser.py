"""A reader with a real browser, without script: from the log-in to a request for a cube."""

import os
import re
import uuid
from pathlib import Path

import pytest
from django.db import connections
from playwright.sync_api import expect, sync_playwright

from archive import access, access_log
from archive.models import ApiToken
from products import slots
from products.models import CubeSlot
from restores import submit
from restores.models import Request
from tests import make, observations, people, service

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
PATIENCE = 120_000  # milliseconds; other work on the machine may delay a page
CHROMIUM = os.environ.get("ALTIPLANO_CHROMIUM", "/usr/bin/chromium")


@pytest.fixture
def mous():
    made = make.restorable_mous(pi=make.user("vega", password=people.PASSWORD), stored=True)
    make.user("orion")
    make.delegation(made.project, make.user("lyra"), by=make.user("vega"))
    return made


@pytest.fixture
def page(mous, tmp_path, monkeypatch):
    # Playwright's loop runs in this thread, which Django takes for asynchronous code.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with service.running(tmp_path / "service.log") as port, sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, timeout=PATIENCE)
        context = browser.new_context(
            base_url=f"http://127.0.0.1:{port}", java_script_enabled=False, viewport={"width": 1200, "height": 850}
        )
        context.set_default_timeout(PATIENCE)
        yield context.new_page()
        connections.close_all()  # those of Playwright's own context, which nobody else would end
        browser.close()


@pytest.fixture
def picture(page, tmp_path):
    """Takes a picture of the whole page, for those who want to look: set ALTIPLANO_PICTURES to a directory."""
    directory = Path(os.environ.get("ALTIPLANO_PICTURES") or tmp_path)
    directory.mkdir(parents=True, exist_ok=True)
    return lambda name: page.screenshot(path=directory / f"{name}.png", full_page=True)


@pytest.fixture
def pi(page):
    """The browser with the PI logged in."""
    log_in(page, people.PASSWORD)
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    return page


def log_in(page, password, name="vega"):
    page.goto("/login/")
    fill_in_log_in(page, password, name)


def fill_in_log_in(page, password, name):
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(password)
    page.locator("main").get_by_role("button", name="Log in").click()


def sign_up(page, name):
    page.get_by_label("Username").fill(name)
    page.get_by_label("E-mail address").fill(f"{name}@example.org")
    page.locator("[name=password1]").fill(people.PASSWORD)
    page.locator("[name=password2]").fill(people.PASSWORD)
    page.get_by_role("button", name="Sign up").click()


def test_a_wrong_password_is_told_and_a_right_one_leads_on(page, picture, mous):
    log_in(page, "wrong")
    expect(page.get_by_role("alert").first).to_contain_text("are not correct")
    picture("login")

    log_in(page, people.PASSWORD)
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    picture("home")
    page.get_by_role("searchbox").first.fill("2023.1.00101.S")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("2023.1.00101.S")


def test_the_pi_shares_her_project_and_takes_a_file(pi, picture, mous):
    lyra = make.user("lyra")
    facts = {"by": lyra, "ground": access.ground(lyra, mous, make.NOW), "name": f"member.{mous.name}." + "x" * 80}
    taken = access_log.write("download", mous, subject=uuid.uuid4(), bytes_asked=9, **facts)
    access_log.ended(taken, bytes_sent=4, outcome=access_log.LEFT)
    pi.goto("/projects/2023.1.00101.S/")
    picture("project")
    pi.get_by_role("link", name="Who has access").click()
    pi.get_by_label("Account name or e-mail").fill("orion")
    pi.get_by_label("Last day").fill("2999-12-30")
    pi.get_by_role("button", name="Give access").click()
    expect(pi.get_by_role("status")).to_contain_text("orion may have the data")
    pi.get_by_role("button", name=re.compile("End the access of lyra")).click()
    expect(pi.get_by_role("status")).to_contain_text("lyra has no more access")
    picture("access")
    pi.set_viewport_size({"width": 390, "height": 844})
    picture("access_narrow")
    assert pi.evaluate("document.documentElement.scrollWidth") <= 390
    pi.set_viewport_size({"width": 1200, "height": 850})

    pi.get_by_role("link", name="2023.1.00101.S").click()
    pi.get_by_role("link", name=mous.uid).click()
    expect(pi.get_by_role("heading", level=1)).to_have_text(mous.uid)
    picture("mous")
    with pi.expect_download() as downloading:
        pi.get_by_role("link", name=re.compile("Download .*session_2.caltables")).click()
    assert Path(downloading.value.path()).read_bytes().startswith(b"content of member.")
    assert downloading.value.suggested_filename.endswith("session_2.caltables.tgz")


def test_a_guest_follows_the_letter_makes_an_account_and_takes_a_file(pi, picture, mous, tmp_path):
    log = tmp_path / "service.log"  # letters are printed there
    pi.goto("/projects/2023.1.00101.S/access/")
    pi.get_by_label("Account name or e-mail").fill("guest@example.org")
    pi.get_by_label("Role").select_option("download")
    pi.get_by_role("button", name="Give access").click()
    expect(pi.get_by_role("status")).to_contain_text("A letter with an invitation was sent to guest@example.org")
    picture("access_invited")
    pi.get_by_role("button", name="Log out").click()

    pi.goto(re.findall(r"/invitations/\S+/", log.read_text())[-1])
    picture("invitation_anonymous")
    pi.get_by_role("link", name="Make an account").click()
    sign_up(pi, "guest")
    pi.goto(re.findall(r"/account/email/confirm/\S+", log.read_text())[-1])
    pi.get_by_role("button", name="Yes, it is").click()
    pi.locator("main").get_by_role("link", name="Log in").click()
    fill_in_log_in(pi, people.PASSWORD, "guest")
    picture("invitation")
    pi.get_by_role("button", name="Accept as guest").click()
    expect(pi.get_by_role("status").first).to_contain_text("You may have the data of 2023.1.00101.S")
    picture("project_of_delegee")

    pi.get_by_role("link", name=mous.uid).click()
    with pi.expect_download() as downloading:
        pi.get_by_role("link", name=re.compile("Download .*session_2.caltables")).click()
    assert Path(downloading.value.path()).read_bytes().startswith(b"content of member.")
    pi.get_by_role("link", name="Shared with me").click()
    picture("shared")


def test_the_pi_asks_for_a_cube_and_follows_it(pi, picture, mous):
    pi.goto(f"/mous/{mous.name}/")
    pi.get_by_role("link", name="Request an image").click()
    picture("image")
    pi.get_by_label("Spectral window").select_option("27")
    pi.get_by_label("Channels in").select_option("velocity")
    pi.get_by_role("button", name="Fill in the defaults").click()
    expect(pi.get_by_label("Start")).to_have_value(re.compile("km/s"))
    pi.get_by_label("Number of channels").fill("100000")
    pi.get_by_role("button", name="Request this image").click()
    expect(pi.get_by_role("alert")).to_contain_text("outside what all execution blocks cover")
    picture("image_refused")

    pi.get_by_label("Number of channels").fill("20")
    pi.get_by_role("button", name="Request this image").click()
    expect(pi.get_by_role("heading", level=1)).to_contain_text("QUEUED")
    Request.objects.update(stage="tclean spw 27", fraction=0.42)
    pi.reload()
    expect(pi.get_by_role("progressbar")).to_have_attribute("value", "42")
    picture("request")
    pi.get_by_role("link", name="My requests").first.click()
    expect(pi.get_by_role("row")).to_have_count(2)
    picture("requests")
    assert Request.objects.get().imaging.cubes[0]["nchan"] == 20


def test_the_holder_of_a_cube_withdraws_it(pi, picture, mous):
    source = mous.sources.get(name="NGC1052")
    asked = {"source": source.name, "cubes": [{"spw": 25}]}
    made = submit.request_image(mous, asked, by=make.user("vega"), now=make.NOW)
    facts = {"origin": "imaged", "source": source, "request_id": made.pk}
    slots.bind(made.pk, make.product(mous, "NGC1052_sci.spw25.cube.I.pbcor.fits", "user_cube", **facts))
    Request.objects.update(phase="COMPLETED", ended_at=make.NOW)

    pi.goto(f"/requests/{made.pk}/")
    picture("request_with_cube")
    pi.get_by_label("Reason").fill("wrong rest frequency")
    pi.get_by_role("button", name="Withdraw").click()

    expect(pi.get_by_role("status")).to_contain_text("was withdrawn")
    picture("request_withdrawn")
    assert not CubeSlot.objects.exists()


def test_a_reader_makes_a_token_and_revokes_it(pi, picture):
    pi.get_by_role("link", name="API tokens").click()
    pi.get_by_label("Name", exact=True).fill("notebook on my laptop")
    pi.get_by_label("request restores and images").check()
    pi.get_by_role("button", name="Make a new token").click()
    expect(pi.get_by_role("status")).to_contain_text("shown this once")
    picture("tokens")

    pi.get_by_role("button", name=re.compile("Revoke the token")).click()
    expect(pi.get_by_role("cell", name="You have none.")).to_be_visible()
    assert not ApiToken.objects.exists()


def test_staff_are_asked_for_the_reason_of_a_withdrawal(page, picture, mous):
    make.user("astrid", password=people.PASSWORD, is_staff=True, is_superuser=True)
    log_in(page, people.PASSWORD, name="astrid")
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    page.goto("/admin/products/product/")
    page.get_by_role("checkbox").nth(1).check()
    page.locator("select[name=action]").select_option("withdraw")
    page.get_by_role("button", name=re.compile("Go|Run")).first.click()
    picture("admin_withdraw")
    page.get_by_label("Reason").fill("wrong flux scale")
    page.get_by_role("button", name="Withdraw").click()

    expect(page.get_by_text("was withdrawn.")).to_be_visible()
    assert mous.products.exclude(withdrawn_at=None).get().withdrawn_by.username == "astrid"


def test_a_stranger_is_told_why_and_what_to_do(page, picture, mous):
    page.goto(f"/mous/{mous.uid}/")
    expect(page.locator("#work + p")).to_contain_text("not possible as things stand")
    picture("mous_anonymous")
    page.goto("/mous/uid://A001/X1/X2/")
    expect(page.get_by_role("alert")).to_contain_text("There is no member ObsUnitSet")
    picture("refusal")


@pytest.mark.parametrize("width", [1200, 390])
def test_a_reader_searches_by_name_and_opens_the_mous(page, picture, mous, width):
    observations.observation(mous, "TW Hya")
    page.set_viewport_size({"width": width, "height": 850})
    page.goto("/search/")
    picture(f"search_{width}")
    page.get_by_label("Target", exact=True).fill("tw_hya")
    page.locator("main").get_by_role("button", name="Search").click()
    expect(page.get_by_role("rowheader", name="TW Hya")).to_be_visible()
    expect(page.locator(".member .lock")).to_have_text("proprietary")
    picture(f"search_results_{width}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    page.get_by_role("link", name=mous.uid).click()

    expect(page.get_by_role("heading", level=1)).to_have_text(mous.uid)
