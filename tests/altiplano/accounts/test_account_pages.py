"""The pages of accounts in a real browser, without script; its pictures are for those who want to look."""

import os
import re
import time
from pathlib import Path

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.db import connections
from playwright.sync_api import expect, sync_playwright

from tests import make, oidc, people, service

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
CHROMIUM = os.environ.get("ALTIPLANO_CHROMIUM", "/usr/bin/chromium")
expect.set_options(timeout=30_000)  # a busy machine takes its time
ADA = {"sub": "ada", "email": "ada@alma.example", "email_verified": True, "preferred_username": "ada"}


@pytest.fixture
def log(tmp_path):
    """What the service says; the letters that it would send are among it."""
    return tmp_path / "service.log"


@pytest.fixture
def page(log, tmp_path, monkeypatch):
    # Playwright's loop runs in this thread, which Django takes for asynchronous code.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    make.user("vega", password=people.PASSWORD)
    with oidc.real_provider(tmp_path / "provider.log", ADA) as issuer:
        variables = {
            "ALTIPLANO_OIDC_ISSUER": issuer,
            "ALTIPLANO_OIDC_CLIENT_ID": oidc.CLIENT,
            "ALTIPLANO_OIDC_CLIENT_SECRET": oidc.SECRET,
            "ALTIPLANO_OIDC_NAME": "ALMA",
        }
        with service.running(log, **variables) as port, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            context = browser.new_context(
                base_url=f"http://127.0.0.1:{port}", java_script_enabled=False, viewport={"width": 1200, "height": 850}
            )
            yield context.new_page()
            connections.close_all()
            browser.close()


@pytest.fixture
def picture(page, tmp_path):
    """Takes a picture of the whole page, for those who want to look: set ALTIPLANO_PICTURES to a directory."""
    directory = Path(os.environ.get("ALTIPLANO_PICTURES") or tmp_path)
    directory.mkdir(parents=True, exist_ok=True)
    return lambda name: page.screenshot(path=directory / f"{name}.png", full_page=True)


def link_in(log, about):
    """The last link in the letters so far whose path begins with `about`."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if found := re.findall(rf"http://127\.0\.0\.1:\d+({about}\S+)", log.read_text()):
            return found[-1]
        time.sleep(0.1)
    raise AssertionError(f"no letter with a link to {about}: {log.read_text()}")


def press(page, name):
    page.locator("main").get_by_role("button", name=name).click()


def log_in(page, name, password=people.PASSWORD):
    page.goto("/login/")
    page.get_by_label("Username or e-mail address").fill(name)
    page.get_by_label("Password").fill(password)
    press(page, re.compile("^Log in$"))


def code_of(page):
    """What the app on the telephone would show."""
    secret = page.locator("code.secret").inner_text()
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))


def switch_it_on(page):
    """A code is good for its thirty seconds alone: one that has just ended is followed by the next."""
    for _ in range(5):
        page.get_by_role("textbox", name="Code").fill(code_of(page))
        press(page, "Switch it on")
        if page.get_by_role("heading", level=1).inner_text() == "Recovery codes":
            return


def test_somebody_signs_up_and_proves_her_address(page, picture, log):
    page.goto("/login/")
    picture("login")
    page.get_by_role("link", name="Sign up").click()
    page.get_by_label("Username").fill("Vega")
    page.get_by_label("E-mail address").fill("ada@alma.example")
    page.get_by_label("Password", exact=False).first.fill("a-long-password")
    page.get_by_label("The password again").fill("another-long-one")
    press(page, "Sign up")
    expect(page.get_by_role("alert").first).to_contain_text("is not available")
    picture("signup_refused")

    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password", exact=False).first.fill("a-long-password")
    page.get_by_label("The password again").fill("a-long-password")
    picture("signup")
    press(page, "Sign up")
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mail")
    picture("signup_letter")

    page.goto(link_in(log, "/account/email/confirm/"))
    picture("email_confirm")
    press(page, "Yes, it is")
    expect(page.get_by_role("status")).to_contain_text("ada@alma.example")
    log_in(page, "ada", "a-long-password")
    page.get_by_role("link", name="ada", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")
    picture("account")


def test_she_sets_up_a_second_factor_and_is_asked_for_it(page, picture):
    log_in(page, "vega")
    page.goto("/account/second-factor/")
    picture("second_factor_off")
    page.get_by_role("link", name="Set it up").click()
    picture("reauthenticate")
    page.get_by_label("Password").fill(people.PASSWORD)
    press(page, "Go on")
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    picture("totp")
    switch_it_on(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    picture("recovery_codes")
    code = page.locator(".codes code").first.inner_text()
    page.goto("/account/second-factor/")
    picture("second_factor_on")

    page.get_by_role("button", name="Log out").click()
    log_in(page, "vega")
    expect(page.get_by_role("heading", level=1)).to_have_text("Second factor")
    picture("second_factor_asked")
    page.get_by_role("textbox", name="Code").fill(code)
    press(page, re.compile("^Log in$"))
    expect(page.get_by_role("link", name="vega", exact=True)).to_be_visible()


def test_she_changes_her_address_and_replaces_her_password(page, picture, log):
    log_in(page, "vega")
    page.goto("/account/email/")
    page.get_by_label("New address").fill("new@alma.example")
    press(page, "Change the address")
    page.get_by_label("Password").fill(people.PASSWORD)
    press(page, "Go on")
    expect(page.locator("main")).to_contain_text("Waiting for you to confirm it")
    picture("email_change")
    page.goto("/account/password/change/")
    picture("password_change")

    page.get_by_role("button", name="Log out").click()
    page.goto("/account/password/reset/")
    picture("password_reset")
    page.get_by_label("E-mail address").fill("vega@example.org")
    press(page, "Send the letter")
    picture("password_reset_letter")
    page.goto(link_in(log, "/account/password/reset/"))
    picture("password_reset_form")
    page.get_by_label("Password", exact=False).first.fill("another-long-one")
    page.get_by_label("The password again").fill("another-long-one")
    press(page, "Set the password")
    picture("password_reset_done")
    log_in(page, "vega", "another-long-one")
    expect(page.get_by_role("link", name="vega", exact=True)).to_be_visible()


def test_somebody_comes_through_her_provider(page, picture):
    page.goto("/login/")
    press(page, "Log in through ALMA")
    page.get_by_role("button", name="ada").click()
    expect(page.get_by_role("link", name="ada", exact=True)).to_be_visible()
    page.goto("/account/connections/")
    expect(page.locator("main")).to_contain_text("You can log in through ALMA")
    picture("connections")
    page.goto("/account/password/set/")
    picture("password_set")


def test_two_accounts_of_one_person_are_connected_by_herself(page, picture):
    log_in(page, "vega")
    page.goto("/account/connections/")
    picture("connections_none")
    press(page, "Connect ALMA")
    page.get_by_role("button", name="ada").click()
    page.get_by_label("Password").fill(people.PASSWORD)
    press(page, "Go on")
    expect(page.locator("main")).to_contain_text("You can log in through ALMA")

    page.get_by_role("button", name="Log out").click()
    page.goto("/login/")
    press(page, "Log in through ALMA")
    page.get_by_role("button", name="ada").click()
    expect(page.get_by_role("link", name="vega", exact=True)).to_be_visible()
