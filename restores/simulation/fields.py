"""The skies of the simulated observations: calibrators, targets and the frequency their line is seen at.

Sources lie where sources of these names lie; flux densities, sizes and lines are invented.
"""

from dataclasses import dataclass

from restores.casa.simulate.plan import Calibrator, Component, Target

CO_2_1_HZ = 230.538e9


@dataclass(frozen=True)
class Field:
    """The sources of a MOUS and the sky frequency at which its line window was tuned."""

    bandpass: Calibrator
    flux: Calibrator
    phase: Calibrator
    target: Target
    line_window_hz: float
    setup: int


LUPUS = Field(
    bandpass=Calibrator("J1517-2422", 229.424221, -24.372078, 4.0, -0.5),
    flux=Calibrator("J1427-4206", 216.984573, -42.105421, 2.5, -0.6),
    phase=Calibrator("J1604-4441", 241.129283, -44.692221, 0.8, -0.7),
    target=Target(
        "Sz_91",
        241.797958,
        -39.063611,
        2.2,
        CO_2_1_HZ,
        3.6,
        20.0,
        (Component(0.0, 0.0, 0.080, 0.60), Component(1.5, -1.2, 0.030, 0.30)),
    ),
    line_window_hz=230.5435e9,
    setup=1398465201,
)
CENTAURUS = Field(
    bandpass=Calibrator("J1517-2422", 229.424221, -24.372078, 4.1, -0.5),
    flux=Calibrator("J1427-4206", 216.984573, -42.105421, 2.4, -0.6),
    phase=Calibrator("J1604-4441", 241.129283, -44.692221, 0.9, -0.7),
    target=Target(
        "HD_142527",
        239.174458,
        -42.323297,
        2.1,
        CO_2_1_HZ,
        3.7,
        24.0,
        (Component(0.0, 0.0, 0.090, 0.50), Component(-1.6, 1.2, 0.040, 0.35)),
    ),
    line_window_hz=230.5365e9,
    setup=1473829105,
)
COLUMBA = Field(
    bandpass=Calibrator("J0522-3627", 80.741603, -36.458570, 4.4, -0.4),
    flux=Calibrator("J0538-4405", 84.709840, -44.085815, 1.9, -0.6),
    phase=Calibrator("J0455-4615", 73.961552, -46.266299, 0.9, -0.7),
    target=Target(
        "NGC_1808",
        76.926375,
        -37.513056,
        1.8,
        CO_2_1_HZ,
        18.0,
        22.0,
        (Component(0.0, 0.0, 0.060, 0.70), Component(-1.8, 0.9, 0.025, 0.25)),
    ),
    line_window_hz=230.503e9,
    setup=1265530417,
)
DORADO = Field(
    bandpass=COLUMBA.bandpass,
    flux=COLUMBA.flux,
    phase=COLUMBA.phase,
    target=Target(
        "NGC_1792",
        76.309958,
        -37.980556,
        1.8,
        CO_2_1_HZ,
        12.0,
        22.0,
        (Component(0.0, 0.0, 0.070, 0.40), Component(1.2, 1.5, 0.030, 0.20)),
    ),
    line_window_hz=230.505e9,
    setup=1187340952,
)
