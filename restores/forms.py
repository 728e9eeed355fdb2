"""The form for an image: the words of the API, with the defaults of one spectral window filled in.

It checks nothing of its own: what is asked for is judged where the API's requests are judged.
"""

from django import forms

from archive import spectrum
from restores import coverage, cubes, image_request, replacing

CUBE = ("spw", "mode", "start", "width", "nchan", "restfreq")
MODES = [("frequency", "frequency"), ("velocity", "velocity (radio convention)")]


class ImageForm(forms.Form):
    source = forms.ChoiceField()
    cube = forms.BooleanField(required=False, initial=True, label="Make a cube")
    spw = forms.ChoiceField(required=False, label="Spectral window", help_text="virtual id, range common to all blocks")
    mode = forms.ChoiceField(required=False, choices=MODES, label="Channels in")
    start = forms.CharField(required=False, help_text="centre of the first channel, LSRK: 230.538GHz or -50km/s")
    width = forms.CharField(required=False, label="Channel width", help_text="1MHz or 2km/s; negative goes down")
    nchan = forms.CharField(required=False, label="Number of channels")
    restfreq = forms.CharField(required=False, label="Rest frequency", help_text="needed for velocities: 230.538GHz")
    continuum = forms.BooleanField(required=False, initial=True, label="Make a continuum image")
    angular_resolution = forms.CharField(required=False, help_text="0.5arcsec; empty takes the observed one")
    replaces = forms.CharField(required=False, widget=forms.HiddenInput)
    reason = forms.CharField(
        required=False,
        max_length=image_request.LONGEST_REASON,
        label="Why it is replaced",
        help_text="shown with the new version, to those who may have the data",
    )

    def __init__(self, mous, windows, *args, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)
        targets = [source.name for source in mous.sources.all() if source.is_target]
        self.fields["source"].choices = [(name, name) for name in targets]
        self.fields["spw"].choices = [(str(window.virtual), _described(window)) for window in windows.values()]

    def asked(self):
        """The request as the API would have sent it."""
        said = self.cleaned_data
        cube = {name: said[name] for name in CUBE if said[name]}
        return {
            "source": said["source"],
            "cubes": [cube] if said["cube"] else [],
            "continuum": said["continuum"],
            "angular_resolution": said["angular_resolution"] or None,
        } | {name: said[name] for name in ("replaces", "reason") if said["replaces"]}

    def blame(self, error):
        """Put a refusal beside the field it is about, where it names one."""
        field = getattr(error, "parameter", None)
        self.add_error(field if field in self.fields else None, f"{error} {error.remedy}")


def blank(mous, chosen, old=None):
    """The form filled with what fits the source, window and mode that are `chosen`, or the first of each.

    At first with what the cube `old` has, which is to be replaced.
    """
    kept = replacing.filled(old) if old else {}
    windows = windows_for(mous, chosen.get("source", kept.get("source")))
    filled = _defaults(windows, kept | chosen) if windows else {}
    if kept.get("spw") in map(str, windows) and "spw" not in chosen:
        filled |= kept
    return ImageForm(mous, windows, initial={**kept, **chosen, **filled})


def sent(mous, posted):
    return ImageForm(mous, windows_for(mous, posted.get("source")), posted)


def windows_for(mous, name):
    """Windows that all blocks share towards the source `name`, else towards the first target."""
    targets = [source for source in mous.sources.all() if source.is_target]
    named = [source for source in targets if source.name == name] or targets
    return coverage.windows_of(named[0], mous.calibration) if named else {}


def _described(window):
    return f"{window.virtual}: {window.low_hz / 1e9:.6f} to {window.high_hz / 1e9:.6f} GHz ({window.name})"


def _defaults(windows, chosen):
    number = cubes.whole(chosen.get("spw"))
    window = windows.get(number) or next(iter(windows.values()))
    mode = chosen.get("mode") if chosen.get("mode") in cubes.MODES else "frequency"
    restfreq = _rest_frequency(window, chosen.get("restfreq", ""))
    spec = cubes.cube_spec({"spw": window.virtual, "mode": mode, "restfreq": restfreq}, windows)
    return {
        "spw": str(window.virtual),
        "mode": mode,
        "start": spec.start,
        "width": spec.width,
        "nchan": spec.nchan,
        "restfreq": restfreq,
    }


def _rest_frequency(window, written):
    """What the reader wrote, where it is of this window; else its line of interest, else its middle."""
    try:
        if window.low_hz <= spectrum.frequency_hz(written) <= window.high_hz:
            return written
    except spectrum.QuantityError:
        pass
    return f"{(window.representative_hz or (window.low_hz + window.high_hz) / 2) / 1e9:.6f}GHz"
