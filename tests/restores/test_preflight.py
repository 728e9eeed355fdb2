import json

import pytest
from django.core.management import CommandError, call_command

from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _runtime(tmp_path, settings):
    make.runtimes(settings, tmp_path, make.CASA)


def test_a_restorable_mous_is_told_with_what_it_takes(capsys):
    make.restorable_mous()

    call_command("preflight", "uid___A001_X3621_X541")

    told = capsys.readouterr().out
    assert "uid://A001/X3621/X541 can be restored" in told
    assert make.FIRST_EB in told
    assert "CASA 6.7.0.31 (delivered with 6.7.0.31)" in told


def test_every_refusal_is_told_and_the_exit_status_is_1(capsys):
    mous = make.restorable_mous(array="TP")
    mous.calibrations.update(manifests=[])

    with pytest.raises(SystemExit) as ended:
        call_command("preflight", mous.uid)

    told = capsys.readouterr().out
    assert ended.value.code == 1
    assert "total-power: " in told
    assert "no-manifest: " in told


def test_access_is_judged_for_a_named_account(capsys):
    make.restorable_mous()
    make.user("stranger")

    with pytest.raises(SystemExit):
        call_command("preflight", make.MOUS, user="stranger", json=True)

    (refusal,) = json.loads(capsys.readouterr().out)["refusals"]
    assert refusal["code"] == "proprietary"
    assert refusal["remedy"]


def test_the_plan_is_told_to_programs(capsys):
    make.restorable_mous()

    call_command("preflight", make.MOUS, json=True)

    plan = json.loads(capsys.readouterr().out)["plan"]
    assert plan["execution_blocks"] == [make.FIRST_EB, make.SECOND_EB]
    assert plan["casa_version"] == make.CASA
    assert plan["scratch_bytes"] > 4 * plan["raw_bytes"]


@pytest.mark.parametrize("uid", ["uid://A001/X1/X2", "M83"])
def test_an_unknown_mous_is_an_error_of_one_sentence(uid):
    with pytest.raises(CommandError, match="There is no member ObsUnitSet"):
        call_command("preflight", uid)
