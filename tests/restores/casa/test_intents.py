"""Delivered commands name intents as the pipeline does."""

import pytest

from restores.casa.failures import Failure
from restores.casa.intents import casa_intent

MODES = [
    "CALIBRATE_BANDPASS#ON_SOURCE,CALIBRATE_WVR#ON_SOURCE",
    "CALIBRATE_PHASE#ON_SOURCE",
    "OBSERVE_TARGET#ON_SOURCE",
]


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("", ""),
        ("PHASE", "*CALIBRATE_PHASE*"),
        ("TARGET,CHECK", "*OBSERVE_TARGET*"),
        ("BANDPASS,AMPLITUDE", "*CALIBRATE_BANDPASS*"),
        ("CALIBRATE_PHASE#ON_SOURCE", "CALIBRATE_PHASE#ON_SOURCE"),
        ("*PHASE*", "*PHASE*"),
    ],
)
def test_an_intent_of_the_pipeline_becomes_one_that_the_data_have(written, asked):
    assert casa_intent(written, MODES) == asked


def test_an_intent_that_no_data_have_is_refused():
    with pytest.raises(Failure, match="POLARIZATION"):
        casa_intent("POLARIZATION", MODES)
