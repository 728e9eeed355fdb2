"""The pages a reader works with: readable without script, right in their status, forms that say what is wrong."""

import uuid

import pytest
from django.urls import reverse

from archive.models import Finding
from archive.staff import Role
from products import slots
from products.models import CubeSlot
from restores import phases, submit
from restores.models import Phase, Request
from tests import make, people

pytestmark = pytest.mark.django_db
# As the form sends it: with what was filled in for the window before.
ANOTHER = {"spw": "27", "mode": "velocity", "source": "NGC1052", "restfreq": "230.538GHz", "start": "230.5GHz"}


@pytest.fixture
def mous():
    return make.restorable_mous(pi=make.user("pi"))


@pytest.fixture
def pi(mous):
    return people.client(make.user("pi"))


def text(answer):
    return answer.content.decode()


def test_search_leads_straight_to_what_is_named(client, mous):
    assert client.get("/", {"q": "2023.1.00101.S"})["Location"] == "/projects/2023.1.00101.S/"
    assert client.get("/", {"q": mous.uid})["Location"] == f"/mous/{mous.name}/"
    assert "2023.1.00101.S" in text(client.get("/", {"q": "2023.1.00101"}))


@pytest.mark.parametrize("asked", ["nothing like it", "<script>alert(1)</script>", "a\0b"])
def test_search_without_success_says_so_and_shows_the_text_as_text(client, mous, asked):
    answer = client.get("/", {"q": asked}, follow=True)

    assert answer.status_code == 200
    assert "Nothing in this archive" in text(answer)
    assert "<script>" not in text(answer)  # the page has one of its own, from a file


@pytest.mark.parametrize(
    "path", ["/projects/2023.1.00999.S/", "/mous/uid://A001/X1/X2/", "/mous/rubbish/", "/nothing/"]
)
def test_a_page_that_is_not_there_is_404_with_a_sentence(client, path):
    answer = client.get(path)

    assert answer.status_code == 404
    assert "There is no" in text(answer)


def test_the_mous_page_shows_what_there_is(client, mous):
    shown = text(client.get(mous.get_absolute_url()))

    for word in (make.FIRST_EB, make.SECOND_EB, "session_2", "NGC1052", "J0423-0120", "no date known", make.SPWS[0][0]):
        assert word in shown
    for product in mous.products.all():
        assert product.name in shown


def test_the_mous_page_offers_work_to_those_who_may_ask_for_it(pi, client, mous):
    offer = "Restore the calibrated MeasurementSets"

    assert offer in text(pi.get(mous.get_absolute_url()))
    anonymous = text(client.get(mous.get_absolute_url()))
    assert offer not in anonymous
    assert "needs an account" in anonymous


def test_what_cannot_be_restored_says_why_instead_of_the_button(pi, mous):
    mous.array = "TP"
    mous.save()

    shown = text(pi.get(mous.get_absolute_url()))

    assert "Restore the calibrated" not in shown
    assert "total power array" in shown


def test_files_that_nobody_knows_are_listed_for_staff_alone(pi, mous):
    make.product(mous, "strange.dat", role="other", marks=["unrecognised"])
    make.product(mous, "README.txt", role="readme")
    staff = people.client(make.staff("staff", Role.OPERATOR))

    pages = [text(reader.get(mous.get_absolute_url())) for reader in (staff, pi)]

    assert ["Files of unknown form" in page for page in pages] == [True, False]
    assert pages[0].partition("Files of unknown form")[2].partition("</section>")[0].count("<li>") == 1


def test_findings_are_for_staff(pi, mous):
    Finding.objects.create(mous=mous, code="eb-missing", sentence="A block of the manifest is not there.")

    assert "A block of the manifest" not in text(pi.get(mous.get_absolute_url()))
    staff = people.client(make.staff("staff", Role.OPERATOR))
    assert "A block of the manifest" in text(staff.get(mous.get_absolute_url()))


def test_the_button_makes_a_request_and_leads_to_it(pi, mous):
    answer = pi.post(reverse("restore", args=[mous.name]))

    made = Request.objects.get()
    assert answer["Location"] == f"/requests/{made.pk}/"
    shown = text(pi.get(answer["Location"]))
    assert "QUEUED" in shown
    assert 'http-equiv="refresh"' in shown


def test_a_second_press_of_the_button_is_a_refusal_in_a_page(pi, mous):
    pi.post(reverse("restore", args=[mous.name]))

    answer = pi.post(reverse("restore", args=[mous.name]))

    assert answer.status_code == 409
    assert "already" in text(answer)


def test_the_image_form_comes_filled_for_the_first_window(pi, mous):
    form = pi.get(reverse("image", args=[mous.name])).context["form"]

    assert form["spw"].value() == "25"
    assert form["start"].value().endswith("GHz")
    assert form["width"].value().endswith("GHz")
    assert int(form["nchan"].value()) > 100


def test_the_image_form_is_filled_again_for_another_window_and_mode(pi, mous):
    form = pi.get(reverse("image", args=[mous.name]), ANOTHER).context["form"]

    assert form["spw"].value() == "27"
    assert form["start"].value().endswith("km/s")
    assert form["restfreq"].value().startswith("232.")


@pytest.mark.parametrize("asked", [{"spw": "99"}, {"spw": "x", "mode": "y", "source": "z"}, {"restfreq": "nonsense"}])
def test_the_image_form_bears_any_address(pi, mous, asked):
    assert pi.get(reverse("image", args=[mous.name]), asked).status_code in {200, 400}


def test_the_filled_form_can_be_sent_as_it_is(pi, mous):
    address = reverse("image", args=[mous.name])
    filled = pi.get(address).context["form"].initial

    answer = pi.post(address, filled | {"source": "NGC1052", "cube": "on", "continuum": "on"})

    made = Request.objects.get()
    assert answer["Location"] == f"/requests/{made.pk}/"
    assert made.imaging.cubes[0]["virtual_spw"] == 25
    assert "NGC1052" in text(pi.get(answer["Location"]))


@pytest.mark.parametrize(
    ("change", "status", "word"),
    [
        ({"start": "100GHz"}, 400, "outside what all execution blocks cover"),
        ({"nchan": "-3"}, 400, "nchan"),
        ({"width": "1"}, 400, "width"),
        ({"cube": "", "continuum": ""}, 400, "no cube and no continuum image"),
        ({"source": "J0423-0120"}, 400, "not one of the available choices"),
    ],
)
def test_an_image_that_cannot_be_is_told_beside_the_form(pi, mous, change, status, word):
    address = reverse("image", args=[mous.name])
    filled = pi.get(address).context["form"].initial | {"source": "NGC1052", "cube": "on", "continuum": "on"}

    answer = pi.post(address, filled | change)

    assert answer.status_code == status
    assert word in text(answer)
    assert 'name="start"' in text(answer)


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_mous_without_calibration_is_refused_before_there_is_a_form(method):
    bare = make.mous(pi=make.user("pi"))
    make.sources_of(bare)
    caller = people.client(make.user("pi"))

    answer = getattr(caller, method)(reverse("image", args=[bare.name]), {"source": "NGC1052", "continuum": "on"})

    assert answer.status_code == 422
    assert "No calibration of" in text(answer)


def test_a_failed_request_shows_sentence_and_remedy(pi, mous):
    pi.post(reverse("restore", args=[mous.name]))
    made = Request.objects.get()
    phases.move(
        made, Phase.ERROR, error_code="x", error_sentence="The raw file is damaged.", error_remedy="Ask the helpdesk."
    )

    shown = text(pi.get(reverse("request", args=[made.pk])))

    assert "The raw file is damaged." in shown
    assert "Ask the helpdesk." in shown
    assert "http-equiv" not in shown


def test_a_request_is_ended_from_its_page(pi, mous):
    pi.post(reverse("restore", args=[mous.name]))

    pi.post(reverse("abort", args=[Request.objects.get().pk]))

    assert Request.objects.get().phase == "ABORTED"
    assert "ABORTED" in text(pi.get(reverse("requests")))


@pytest.fixture
def cube(pi, mous):
    """An archived cube of the PI, with its place."""
    source = mous.sources.get(name="NGC1052")
    submit.request_image(mous, {"source": source.name, "cubes": [{"spw": 25}]}, by=make.user("pi"), now=make.NOW)
    made = Request.objects.get()
    stored = make.product(mous, "cube.fits", "user_cube", origin="imaged", request_id=made.pk, source=source)
    slots.bind(made.pk, stored)
    return stored


def test_the_holder_withdraws_a_cube_on_the_page_of_its_request(pi, cube):
    page = reverse("request", args=[cube.request_id])
    assert "Withdraw cube.fits" in text(pi.get(page))

    done = pi.post(reverse("withdraw-cube", args=[cube.request_id]), {"reason": "wrong range"}, follow=True)

    cube.refresh_from_db()
    assert (cube.withdrawn_by.username, cube.withdrawn_reason) == ("pi", "wrong range")
    assert "cube.fits was withdrawn" in text(done)
    assert "Withdraw cube.fits" not in text(pi.get(page))
    assert not CubeSlot.objects.exists()


def test_what_she_withdrew_is_brought_back_from_the_page_of_its_request(pi, cube):
    page = reverse("request", args=[cube.request_id])
    pi.post(reverse("withdraw-cube", args=[cube.request_id]), {"reason": "wrong range"})
    assert "Bring back cube.fits" in text(pi.get(page))

    pi.post(reverse("bring-back", args=[cube.pk]), {"reason": "right after all"})

    assert "Withdraw cube.fits" in text(pi.get(page))
    assert "Bring back cube.fits" not in text(pi.get(page))


def test_a_cube_is_replaced_by_a_form_that_is_filled_with_what_it_has(pi, cube):
    had = {"mode": "velocity", "start": "-20km/s", "width": "2km/s", "nchan": 5, "virtual_spw": 25}
    image = {"cubes": [had | {"restfreq_hz": 230.538e9}], "angular_resolution_arcsec": 0.5}
    cube.provenance = {"parameters": {"image": image}}
    cube.save()
    form = reverse("image", args=[cube.mous.name]) + f"?replaces={cube.pk}"
    for page in (reverse("request", args=[cube.request_id]), reverse("product-page", args=[cube.pk])):
        assert f'href="{form}"' in text(pi.get(page))

    answer = pi.get(form)

    assert "The new cube replaces" in text(answer)
    filled = {name: value for name, value in answer.context["form"].initial.items() if value not in (None, False)}
    assert filled == {"source": "NGC1052", "replaces": str(cube.pk), "spw": "25", "mode": "velocity",
                      "start": "-20km/s", "width": "2km/s", "nchan": 5, "restfreq": "230.538GHz",
                      "angular_resolution": "0.5arcsec"}  # fmt: skip
    refused = pi.post(form, filled | {"cube": "on"})
    assert refused.status_code == 400
    assert "needs a reason" in text(refused)
    assert "The new cube replaces" in text(refused)
    asked = pi.post(form, filled | {"cube": "on", "reason": "the line was cut off"})
    assert asked.status_code == 302
    slot = CubeSlot.objects.get()
    assert (slot.product, slot.next_reason) == (cube, "the line was cut off")
    assert f'href="{form}"' not in text(pi.get(reverse("product-page", args=[cube.pk])))


def test_who_may_not_replace_a_cube_is_offered_no_form_for_it(pi, cube):
    cube.mous.release_at = make.LONG_AGO
    cube.mous.save()
    stranger, form = people.client(make.user("stranger")), reverse("image", args=[cube.mous.name])

    assert "Replace this cube" not in text(stranger.get(reverse("product-page", args=[cube.pk])))
    assert "The new cube replaces" not in text(stranger.get(f"{form}?replaces={cube.pk}"))
    assert "The new cube replaces" not in text(pi.get(f"{form}?replaces=nothing"))


def test_a_superseded_cube_stays_on_the_page_of_its_request_and_says_so(pi, cube):
    new = make.product(cube.mous, "new.fits", "user_cube", origin="imaged", request_id=uuid.uuid4(), version=2)
    new.version_reason, new.source = "a finer grid", cube.source
    new.save()
    cube.superseded_at, cube.superseded_by = make.NOW, new
    cube.save()

    page, own = text(pi.get(reverse("request", args=[cube.request_id]))), text(pi.get(f"/products/{cube.pk}/"))

    assert f"/api/products/{cube.pk}/file" in page
    assert "superseded on 2024-06-01" in page
    assert "Superseded on 2024-06-01 by version 2 (a finer grid)." in own
    assert f"/products/{new.pk}/" in own
    answer = pi.head(reverse("product-file", args=[cube.pk]))
    assert f"/api/products/{new.pk}/file>" in answer["Link"]


def test_a_cube_is_not_withdrawn_by_others_without_a_reason_or_twice(pi, cube):
    address = reverse("withdraw-cube", args=[cube.request_id])

    assert people.client(make.user("stranger")).post(address, {"reason": "envy"}).status_code == 404
    assert pi.get(address).status_code == 405
    assert pi.post(address, {"reason": " "}).status_code == 400
    assert CubeSlot.objects.exists()

    pi.post(address, {"reason": "wrong range"})
    assert pi.post(address, {"reason": "wrong range"}).status_code == 409


def test_pages_of_requests_are_for_the_owner_and_staff(pi, mous):
    pi.post(reverse("restore", args=[mous.name]))
    address = reverse("request", args=[Request.objects.get().pk])
    stranger, staff = people.client(make.user("stranger")), people.client(make.staff("staff", Role.OPERATOR))

    assert [who.get(address).status_code for who in (pi, stranger, staff)] == [200, 404, 200]
    assert stranger.post(reverse("abort", args=[Request.objects.get().pk])).status_code == 404


@pytest.mark.parametrize(
    ("page", "ask"), [("requests", "get"), ("image", "get"), ("restore", "post"), ("grant", "post")]
)
def test_who_is_not_logged_in_is_led_to_the_log_in(client, mous, page, ask):
    address = reverse(page, args={"requests": [], "grant": [mous.project.code]}.get(page, [mous.name]))

    answer = getattr(client, ask)(address)

    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/?next=")


def test_a_form_without_its_csrf_token_is_refused_in_a_page(pi, mous):
    pi.handler.enforce_csrf_checks = True

    answer = pi.post(reverse("restore", args=[mous.name]))

    assert answer.status_code == 403
    assert "expired" in text(answer)
    assert not Request.objects.exists()


@pytest.mark.parametrize(("route", "args"), [("restore", "mous"), ("grant", "code")])
def test_a_link_cannot_press_a_button(pi, mous, route, args):
    address = reverse(route, args=[mous.name if args == "mous" else mous.project.code])

    assert pi.get(address).status_code == 405


def test_log_in_does_not_lead_to_other_sites(client, settings):
    settings.PASSWORD_HASHERS = people.QUICK_HASHERS
    make.user("pi", password=people.PASSWORD)

    answer = client.post("/login/?next=https://evil.example/", {"login": "pi", "password": people.PASSWORD})

    assert answer["Location"] == "/"


def test_pages_run_no_script_from_elsewhere(client, mous):
    answer = client.get(mous.get_absolute_url())

    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert "<script" not in text(answer)
    assert "style=" not in text(answer)
