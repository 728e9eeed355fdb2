"""From the pipeline's intents to those CASA can select.

Delivered calibration commands name an intent as the pipeline does (`PHASE`, `TARGET,CHECK`); the MeasurementSet has
`CALIBRATE_PHASE#ON_SOURCE`.  An intent that is not in the data would make the whole selection fail, so only those
that are there are asked for.
"""

from restores.casa.failures import Failure

OBSERVING_MODES = {
    "AMPLITUDE": ("CALIBRATE_FLUX", "CALIBRATE_AMPLI"),
    "ATMOSPHERE": ("CALIBRATE_ATMOSPHERE",),
    "BANDPASS": ("CALIBRATE_BANDPASS",),
    "CHECK": ("OBSERVE_CHECK_SOURCE",),
    "DIFFGAINREF": ("CALIBRATE_DIFFGAIN",),
    "DIFFGAINSRC": ("CALIBRATE_DIFFGAIN",),
    "PHASE": ("CALIBRATE_PHASE",),
    "POINTING": ("CALIBRATE_POINTING",),
    "POLANGLE": ("CALIBRATE_POL_ANGLE",),
    "POLARIZATION": ("CALIBRATE_POLARIZATION",),
    "POLLEAKAGE": ("CALIBRATE_POL_LEAKAGE",),
    "TARGET": ("OBSERVE_TARGET",),
    "WVR": ("CALIBRATE_WVR",),
}


def casa_intent(written: str, modes: list[str]) -> str:
    """A selection for CASA; `modes` are the observing modes of the data.  What is CASA's already stays as it is."""
    names = [name.strip() for name in written.split(",") if name.strip()]
    if not all(name in OBSERVING_MODES for name in names):
        return written
    wanted = {mode for name in names for mode in OBSERVING_MODES[name]}
    present = sorted(mode for mode in wanted if any(mode in observed for observed in modes))
    if names and not present:
        raise Failure(
            "empty-selection",
            f"The calibration asks for the intent {written}, which the data do not have.",
            "Ask the helpdesk to compare the calibration commands of the delivery with its raw data.",
        )
    return ",".join(f"*{mode}*" for mode in present)
