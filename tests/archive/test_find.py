"""From what a reader writes to the row it names."""

import pytest
from django.contrib.auth.models import AnonymousUser

from archive import find
from archive.models import AnnouncedBlock
from tests import make

NOBODY = AnonymousUser()
pytestmark = pytest.mark.django_db


@pytest.fixture
def mous():
    return make.mous()


@pytest.mark.parametrize(
    "text", ["uid://A001/X3621/X541", "uid___A001_X3621_X541", "A001_X3621_X541", "uid%3A%2F%2FA001%2FX3621%2FX541"]
)
def test_every_spelling_of_a_uid_leads_to_the_mous(mous, text):
    assert find.search(text, NOBODY, make.NOW).exact == mous
    assert find.mous(text, NOBODY, make.NOW) == mous


def test_an_execution_block_leads_to_its_mous(mous):
    assert find.search(make.eb(mous).name, NOBODY, make.NOW).exact == mous


def test_an_execution_block_that_only_obscore_names_leads_to_its_mous(mous):
    AnnouncedBlock.objects.create(uid="uid://A002/X7/X8", mous=mous)

    assert find.search("A002_X7_X8", NOBODY, make.NOW).exact == mous


@pytest.mark.parametrize("text", ["uid://A001/Xa3621/X541", "uid___A001_Xa3621_X541", "A001/Xa3621/X541"])
def test_every_spelling_of_the_uid_of_a_group_leads_to_it(mous, text):
    assert find.search(text, NOBODY, make.NOW).exact == mous.gous
    assert find.gous(text, NOBODY, make.NOW) == mous.gous


def test_a_placeholder_is_no_group(mous):
    mous.gous.uid = mous.uid
    mous.gous.save(update_fields=["uid"])

    assert find.search(mous.uid, NOBODY, make.NOW).exact == mous
    with pytest.raises(find.UnknownGousError, match="There is no group ObsUnitSet"):
        find.gous(mous.uid, NOBODY, make.NOW)


def test_a_code_leads_to_the_project_whatever_its_case(mous):
    assert find.search("2023.1.00101.s", NOBODY, make.NOW).exact == mous.project


def test_a_code_without_its_letter_is_completed(mous):
    assert find.search("2023.1.00101", NOBODY, make.NOW).projects == [mous.project]
    with pytest.raises(find.UnknownProjectError) as refusal:
        find.project("2023.1.00101", NOBODY, make.NOW)
    assert "2023.1.00101.S" in refusal.value.remedy


@pytest.mark.parametrize("text", ["uid://A001/X1/X2", "rubbish", "", "' OR 1=1 --"])
def test_what_is_not_there_is_said_in_a_sentence(mous, text):
    with pytest.raises(find.UnknownMousError, match="There is no member ObsUnitSet"):
        find.mous(text, NOBODY, make.NOW)


def test_no_text_lists_all_projects(mous):
    assert find.search("", NOBODY, make.NOW).projects == [mous.project]


@pytest.mark.parametrize("text", ["2023.1.00101.L", "2023.1.00101.", "2023.1.00101"])
def test_a_code_with_another_suffix_or_none_finds_those_there_are(text):
    project = make.project()
    make.project("2023.1.00102.S")

    assert find.search(text, NOBODY, make.NOW).projects == [project]
