"""A simulated observation described plainly: what is on the sky, how it is observed, what goes wrong.

Both sides know this description: the packaging side writes it as JSON, the CASA side turns it into an execution block.
Only the standard library is used here.
"""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Calibrator:
    """A point source whose flux density follows a power law through `flux_jy` at the reference frequency."""

    name: str
    ra_deg: float
    dec_deg: float
    flux_jy: float
    spectral_index: float


@dataclass(frozen=True)
class Component:
    """A point of the target: offsets on the sky from the field centre, peak of its continuum and of its line."""

    east_arcsec: float
    north_arcsec: float
    continuum_jy: float
    line_jy: float


@dataclass(frozen=True)
class Target:
    name: str
    ra_deg: float
    dec_deg: float
    spectral_index: float
    rest_hz: float
    lsrk_kms: float
    fwhm_kms: float
    components: tuple[Component, ...]


@dataclass(frozen=True)
class Window:
    """A spectral window; `centre_hz` is topocentric, the same in all execution blocks of a MOUS."""

    name: str
    baseband: str
    centre_hz: float
    channel_hz: float
    channels: int
    science: bool


@dataclass(frozen=True)
class Scan:
    field: str
    seconds: float
    intents: tuple[str, ...]
    science: bool = True


@dataclass(frozen=True)
class OnlineFlag:
    """An antenna that the observatory knew to be off, in seconds from the start of the execution block."""

    antenna: str
    start_s: float
    end_s: float
    reason: str


@dataclass(frozen=True)
class ManualFlag:
    """A calibration flag beyond the online ones: an antenna in one scan."""

    antenna: str
    scan: int
    reason: str


@dataclass(frozen=True)
class Block:
    """One execution block."""

    uid: str
    session: str
    start: str
    seed: int
    windows: tuple[Window, ...]
    scans: tuple[Scan, ...]
    online_flags: tuple[OnlineFlag, ...]
    manual_flags: tuple[ManualFlag, ...]

    @property
    def name(self) -> str:
        return self.uid.replace(":", "_").replace("/", "_")

    @property
    def science(self) -> list[int]:
        return [number for number, window in enumerate(self.windows) if window.science]


@dataclass(frozen=True)
class Observation:
    """The execution blocks of one MOUS with the sky and the array they share."""

    project_code: str
    project_uid: str
    mous_uid: str
    configuration: str
    antennas: int
    integration_s: float
    noise_jy: float
    phase_rms_deg: float
    reference_hz: float
    bandpass: Calibrator
    flux: Calibrator
    phase: Calibrator
    target: Target
    blocks: tuple[Block, ...]

    @property
    def calibrators(self) -> tuple[Calibrator, ...]:
        return (self.bandpass, self.flux, self.phase)

    @property
    def sources(self) -> tuple[Calibrator | Target, ...]:
        return (*self.calibrators, self.target)

    @property
    def first(self) -> Block:
        """The execution block whose window numbers are the virtual ones of the MOUS."""
        return self.blocks[0]

    def as_dict(self) -> dict:
        return asdict(self)


def observation(plain: dict) -> Observation:
    """The inverse of `as_dict`, after a way through JSON."""
    calibrators = {role: Calibrator(**plain[role]) for role in ("bandpass", "flux", "phase")}
    components = tuple(Component(**component) for component in plain["target"]["components"])
    target = Target(**{**plain["target"], "components": components})
    blocks = tuple(_block(block) for block in plain["blocks"])
    return Observation(**{**plain, **calibrators, "target": target, "blocks": blocks})


def _block(plain: dict) -> Block:
    return Block(
        **{
            **plain,
            "windows": tuple(Window(**window) for window in plain["windows"]),
            "scans": tuple(Scan(**{**scan, "intents": tuple(scan["intents"])}) for scan in plain["scans"]),
            "online_flags": tuple(OnlineFlag(**flag) for flag in plain["online_flags"]),
            "manual_flags": tuple(ManualFlag(**flag) for flag in plain["manual_flags"]),
        }
    )
