"""The simulated observations we know by name.  Codes, uids, sources and dates are invented but plausible."""

from dataclasses import dataclass

from restores.casa.simulate.plan import Block, ManualFlag, Observation, OnlineFlag

from .fields import CENTAURUS, COLUMBA, DORADO, LUPUS, Field
from .layout import SPARSE, USUAL, Layout, scans, transit_start, windows

REFERENCE_HZ = 233e9


@dataclass(frozen=True)
class Preset:
    """An observation and what the package and the archive say around it."""

    observation: Observation
    title: str
    pi: str
    science_goal_uid: str
    group_uid: str
    sb_name: str
    sb_uid: str
    calibration: str
    qa2_comment: str
    delivered_at: str
    release_at: str
    resolution_arcsec: float
    sensitivity_jy: float
    image_size: int = 96
    cell_arcsec: float = 0.12


@dataclass(frozen=True)
class Run:
    """What differs between the execution blocks of one MOUS."""

    uid: str
    session: str
    date: str
    leading_windows: int
    online: OnlineFlag
    manual: tuple[ManualFlag, ...]


def _blocks(field: Field, layout: Layout, seed: int, runs: tuple[Run, ...]) -> tuple[Block, ...]:
    sources = {role: getattr(field, role).name for role in ("bandpass", "flux", "phase", "target")}
    return tuple(
        Block(
            uid=run.uid,
            session=run.session,
            start=transit_start(run.date, field.target.ra_deg, 8),
            seed=seed + number,
            windows=windows(field.setup, layout, field.line_window_hz, run.leading_windows),
            scans=scans(layout, **sources),
            online_flags=(run.online,),
            manual_flags=run.manual,
        )
        for number, run in enumerate(runs)
    )


def _observation(field: Field, blocks: tuple[Block, ...], *, code: str, uids: tuple[str, str], antennas: int):
    project, mous = uids
    return Observation(
        project_code=code,
        project_uid=project,
        mous_uid=mous,
        configuration="alma.cycle10.3.cfg",
        antennas=antennas,
        integration_s=10.0,
        noise_jy=0.03,
        phase_rms_deg=5.0,
        reference_hz=REFERENCE_HZ,
        bandpass=field.bandpass,
        flux=field.flux,
        phase=field.phase,
        target=field.target,
        blocks=blocks,
    )


def _sz_91(seed: int) -> Observation:
    runs = (
        Run(
            "uid://A002/X115a3f1/X1b52",
            "session_2",
            "2024-05-03",
            2,
            OnlineFlag("DA43", 300, 350, "Mount_is_off_source"),
            (ManualFlag("DA45", 3, "QA2:gain_amplitude"), ManualFlag("DA46", 7, "QA2:applycal_amplitude_time")),
        ),
        Run(
            "uid://A002/X1184bc7/X9f",
            "session_3",
            "2024-06-01",
            3,
            OnlineFlag("DA44", 480, 540, "Shutter"),
            (ManualFlag("DA47", 3, "QA2:gain_amplitude"), ManualFlag("DA45", 5, "QA2:applycal_amplitude_time")),
        ),
    )
    blocks = _blocks(LUPUS, USUAL, seed, runs)
    uids = ("uid://A001/X3621/X4a0", "uid://A001/X3621/X4a7")
    return _observation(LUPUS, blocks, code="2023.1.00101.S", uids=uids, antennas=14)


def _hd_142527(seed: int) -> Observation:
    runs = (
        Run(
            "uid://A002/X117d20e/X2f40",
            "session_2",
            "2024-05-19",
            1,
            OnlineFlag("DA43", 250, 290, "Mount_is_off_source"),
            (ManualFlag("DA45", 3, "QA2:gain_amplitude"), ManualFlag("DA46", 7, "QA2:applycal_amplitude_time")),
        ),
        Run(
            "uid://A002/X11a06d2/X10a",
            "session_3",
            "2024-06-16",
            2,
            OnlineFlag("DA44", 390, 450, "Shutter"),
            (ManualFlag("DA47", 3, "QA2:gain_amplitude"), ManualFlag("DA45", 5, "QA2:applycal_amplitude_time")),
        ),
    )
    blocks = _blocks(CENTAURUS, SPARSE, seed, runs)
    uids = ("uid://A001/X3662/X1c0", "uid://A001/X3662/X1c9")
    return _observation(CENTAURUS, blocks, code="2023.1.00977.S", uids=uids, antennas=10)


def _ngc_1808(seed: int) -> Observation:
    run = Run(
        "uid://A002/X10a9c33/X1d7e",
        "session_2",
        "2023-01-14",
        2,
        OnlineFlag("DA43", 300, 350, "Mount_is_off_source"),
        (ManualFlag("DA45", 3, "QA2:gain_amplitude"), ManualFlag("DA46", 7, "QA2:applycal_amplitude_time")),
    )
    blocks = _blocks(COLUMBA, USUAL, seed, (run,))
    uids = ("uid://A001/X2fb1/X6d0", "uid://A001/X2fb1/X6d8")
    return _observation(COLUMBA, blocks, code="2022.1.00417.S", uids=uids, antennas=14)


def _ngc_1792(seed: int) -> Observation:
    run = Run(
        "uid://A002/X10b6e04/X43b1",
        "session_1",
        "2023-01-22",
        1,
        OnlineFlag("DA43", 250, 290, "Mount_is_off_source"),
        (ManualFlag("DA45", 3, "QA2:gain_amplitude"), ManualFlag("DA46", 7, "QA2:applycal_amplitude_time")),
    )
    blocks = _blocks(DORADO, SPARSE, seed, (run,))
    uids = ("uid://A001/X2fb1/X6d0", "uid://A001/X2fb1/X6e4")
    return _observation(DORADO, blocks, code="2022.1.00417.S", uids=uids, antennas=10)


def proprietary(seed: int) -> Preset:
    return Preset(
        observation=_sz_91(seed),
        title="The gas disk of a transitional object in Lupus",
        pi="alma_pi",
        science_goal_uid="uid://A001/X3621/X4a5",
        group_uid="uid://A001/X3621/X4a6",
        sb_name="Sz_91_a_06_TM1",
        sb_uid="uid://A001/X3621/X4a2",
        calibration="pipeline",
        qa2_comment="Requested resolution and sensitivity are reached.",
        delivered_at="2026-09-02T14:05:00Z",
        release_at="2027-09-02T14:05:00Z",
        resolution_arcsec=0.8,
        sensitivity_jy=0.002,
    )


def public(seed: int) -> Preset:
    return Preset(
        observation=_ngc_1808(seed + 100),
        title="Molecular gas in two spirals behind Columba",
        pi="columba_pi",
        science_goal_uid="uid://A001/X2fb1/X6d6",
        group_uid="uid://A001/X2fb1/X6d7",
        sb_name="NGC_1808_a_06_TM1",
        sb_uid="uid://A001/X2fb1/X6d2",
        calibration="pipeline",
        qa2_comment="Requested resolution and sensitivity are reached.",
        delivered_at="2023-03-01T09:30:00Z",
        release_at="2024-03-01T09:30:00Z",
        resolution_arcsec=0.8,
        sensitivity_jy=0.003,
    )


def manual(seed: int) -> Preset:
    return Preset(
        observation=_ngc_1792(seed + 200),
        title="Molecular gas in two spirals behind Columba",
        pi="columba_pi",
        science_goal_uid="uid://A001/X2fb1/X6e2",
        group_uid="uid://A001/X2fb1/X6e3",
        sb_name="NGC_1792_b_06_TM1",
        sb_uid="uid://A001/X2fb1/X6e0",
        calibration="manual",
        qa2_comment="Calibrated by hand because of a correlator test setup.",
        delivered_at="2023-04-11T16:00:00Z",
        release_at="2024-04-11T16:00:00Z",
        resolution_arcsec=1.0,
        sensitivity_jy=0.004,
    )


def small(seed: int) -> Preset:
    return Preset(
        observation=_hd_142527(seed + 300),
        title="Carbon monoxide in an asymmetric disk",
        pi="alma_pi",
        science_goal_uid="uid://A001/X3662/X1c7",
        group_uid="uid://A001/X3662/X1c8",
        sb_name="HD_14252_a_06_TM1",
        sb_uid="uid://A001/X3662/X1c4",
        calibration="pipeline",
        qa2_comment="Requested resolution and sensitivity are reached.",
        delivered_at="2026-08-10T11:20:00Z",
        release_at="2099-08-10T11:20:00Z",
        resolution_arcsec=0.9,
        sensitivity_jy=0.004,
        image_size=64,
        cell_arcsec=0.15,
    )


PRESETS = {"proprietary": proprietary, "public": public, "manual": manual, "small": small}
DEMO = ("proprietary", "public", "manual")
