"""casa_piperestorescript.py (FACTS 3.3)."""

import pytest

from archive.readers import restore_script
from archive.readers.literals import ScriptError
from tests.deliveries import FIRST, RESTORE_SCRIPT, SECOND, archive_form

BASE = "SBSummary ExecBlock Antenna Station Receiver Source CalAtmosphere CalWVR"


def test_a_delivered_script_gives_task_sessions_and_parameters():
    script = restore_script.parse(RESTORE_SCRIPT.decode(), "r.py")

    assert script.task == "hifa_restoredata"
    assert script.sessions == {archive_form(FIRST): "session_2", archive_form(SECOND): "session_3"}
    assert script.given == {"ocorr_mode": "ca"}
    assert script.unexpected == ()


@pytest.mark.parametrize(
    ("version", "asis"),
    [
        (None, BASE),
        ("40896", BASE),
        ("2020.1.0.40", BASE),
        ("2021.2.0.128", f"{BASE} CalPointing"),
        ("2023.1.0.124", f"{BASE} CalPointing Annotation"),
        ("2025.1.0.35", f"{BASE} CalPointing Annotation Pointing"),
    ],
)
def test_what_the_script_does_not_say_is_the_default_of_its_pipeline(version, asis):
    parameters = restore_script.parse(RESTORE_SCRIPT.decode(), "r.py").parameters(version)

    assert parameters["asis"] == asis
    assert (parameters["lazy"], parameters["bdfflags"], parameters["ocorr_mode"]) == (False, True, "ca")


def test_what_the_script_says_goes_before_defaults():
    text = f"hifa_restoredata(vis=['{FIRST}'], session=['session_1'], asis='Antenna', lazy=True)"

    parameters = restore_script.parse(text, "r.py").parameters("2025.1.0.35")

    assert (parameters["asis"], parameters["lazy"]) == ("Antenna", True)


def test_total_power_has_its_own_task_and_defaults():
    text = f"h_init()\nhsd_restoredata(vis=['{FIRST}'], session=['session_1'], hm_rasterscan='time')\nh_save()"

    script = restore_script.parse(text, "r.py")

    assert (script.task, script.parameters()["ocorr_mode"]) == ("hsd_restoredata", "ao")
    assert script.parameters()["asis"].endswith("CalWVR SpectralWindow")


def test_sessions_may_repeat_and_skip_numbers():
    text = f"hifa_restoredata(vis=['{FIRST}', '{SECOND}'], session=['session_2', 'session_2'])"

    assert set(restore_script.parse(text, "r.py").sessions.values()) == {"session_2"}


def test_whatever_else_a_script_does_is_reported_with_its_line():
    text = f"h_init()\nimport os\nos.system('rm -rf /')\nhifa_restoredata(vis=['{FIRST}'])\nfor i in (): pass\nh_save()"

    script = restore_script.parse(text, "r.py")

    assert script.unexpected == ("line 2: import os", "line 3: os.system('rm -rf /')", "line 5: for i in ():")


def test_the_import_that_some_deliveries_of_cycle_5_do_first_is_reported():
    text = f"hifa_importdata(vis=['{FIRST}'])\nfixsyscaltimes(vis='{FIRST}.ms')\nhifa_restoredata(vis=['{FIRST}'])"

    assert len(restore_script.parse(text, "r.py").unexpected) == 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("print 'hello'", "not Python 3"),
        ("h_init()", "0 restoredata calls"),
        (f"hifa_restoredata(vis=['{FIRST}'])\n" * 2, "2 restoredata calls"),
        ("hifa_restoredata(vis=glob('*'))", "not a literal"),
        ("hifa_restoredata(vis=['uid'])", "not an execution block"),
        ("hifa_restoredata()", "not a list of names"),
        (f"hifa_restoredata(vis=['{FIRST}'], session=['session_1', 'session_2'])", "2 sessions for 1"),
        (f"hifa_restoredata(['{FIRST}'])", "arguments without a name"),
        (rf"hifa_restoredata(vis=['{FIRST}'], ocorr_mode='c\0a')", "ocorr_mode is none that a task takes"),
        (rf"hifa_restoredata(vis=['{FIRST}'], ocorr_mode='\ud800')", "ocorr_mode is none that a task takes"),
        (f"hifa_restoredata(vis=['{FIRST}'], ocorr_mode=b'ca')", "ocorr_mode is none that a task takes"),
        (f"hifa_restoredata(vis=['{FIRST}'], specline_spws={{1, 2}})", "specline_spws is none that a task takes"),
        (f"hifa_restoredata(vis=['{FIRST}'], bdfflags=1e999)", "bdfflags is none that a task takes"),
    ],
)
def test_a_script_that_does_not_plainly_restore_is_refused(text, why):
    with pytest.raises(ScriptError, match=r"r\.py") as refusal:
        restore_script.parse(text, "r.py")

    assert why in refusal.value.sentence
