"""The truth: visibilities of calibrators and target before any instrument spoils them, in jansky.

Calibrators are points at their field centre.  The target is a set of points, each with a power-law continuum and a
Gaussian line in radio velocity (LSRK): the line is fixed in LSRK and so moves through the topocentric channels.
"""

import numpy as np
from casatools import measures, quanta

from .frame import Track
from .plan import Calibrator, Observation, Target

C_KMS = 299792.458
C_MS = C_KMS * 1e3


def true_visibilities(observation: Observation, source: str, frequencies: np.ndarray, track: Track) -> np.ndarray:
    if source == observation.target.name:
        return target_visibilities(observation, frequencies, track)
    calibrator = next(one for one in observation.calibrators if one.name == source)
    return calibrator_visibilities(calibrator, frequencies, observation.reference_hz)


def calibrator_visibilities(calibrator: Calibrator, frequencies: np.ndarray, reference_hz: float) -> np.ndarray:
    """Spectrum [channel]: a point at the phase centre is the same on all baselines."""
    return calibrator.flux_jy * (frequencies / reference_hz) ** calibrator.spectral_index


def target_visibilities(observation: Observation, frequencies: np.ndarray, track: Track) -> np.ndarray:
    """Visibilities [time, baseline, channel]."""
    target = observation.target
    lsrk = frequencies / topocentric_factor(target, float(track.times.mean()))
    shape = line_shape(target, lsrk)
    slope = (frequencies / observation.reference_hz) ** target.spectral_index
    wavenumber = frequencies / C_MS
    total = np.zeros((*track.uvw.shape[:2], len(frequencies)), np.complex128)
    for component in target.components:
        east, north = np.deg2rad([component.east_arcsec / 3600, component.north_arcsec / 3600])
        path = track.uvw[..., 0] * east + track.uvw[..., 1] * north
        spectrum = component.continuum_jy * slope + component.line_jy * shape
        # CASA's uvw point from the second antenna to the first: the phase carries a plus.
        total += spectrum * np.exp(2j * np.pi * path[..., None] * wavenumber)
    return total


def line_shape(target: Target, lsrk_hz: np.ndarray) -> np.ndarray:
    velocity = C_KMS * (1 - lsrk_hz / target.rest_hz)
    return np.exp(-4 * np.log(2) * ((velocity - target.lsrk_kms) / target.fwhm_kms) ** 2)


def topocentric_factor(target: Target, mjd_seconds: float) -> float:
    """Topocentric over LSRK frequency in the direction of the target, seen from ALMA at that time."""
    me, qa = measures(), quanta()
    me.doframe(me.observatory("ALMA"))
    me.doframe(me.epoch("UTC", qa.quantity(mjd_seconds, "s")))
    me.doframe(me.direction("J2000", f"{target.ra_deg}deg", f"{target.dec_deg}deg"))
    return me.measure(me.frequency("LSRK", "1GHz"), "TOPO")["m0"]["value"] / 1e9
