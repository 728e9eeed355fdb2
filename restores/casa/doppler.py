"""The ratio of observed (TOPO) to LSRK frequency at ALMA, for a time and a direction, by CASA's measures."""

import casatools


def topo_over_lsrk(seconds: float, direction: tuple[float, float]) -> float:
    """`seconds` is UTC as MJD x 86400, `direction` J2000 right ascension and declination in radians."""
    measures, quanta = casatools.measures(), casatools.quanta()
    measures.doframe(measures.observatory("ALMA"))
    measures.doframe(measures.epoch("UTC", quanta.quantity(seconds, "s")))
    right_ascension, declination = (quanta.quantity(angle, "rad") for angle in direction)
    measures.doframe(measures.direction("J2000", right_ascension, declination))
    return float(measures.measure(measures.frequency("LSRK", "1GHz"), "TOPO")["m0"]["value"]) / 1e9
