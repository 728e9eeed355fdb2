"""The parameters of a search, once: the forms, the documentation of the API and the command line are made from them.

Ranges are written `a..b`, `..b` or `a..`, with a unit where there is one; `!` before a value excludes it.
"""

from dataclasses import dataclass

from archive import index_codes

SORTS = ("project", "-project", "released", "-released", "observed", "-observed", "frequency", "-frequency",
         "resolution", "-resolution", "distance", "-distance")  # fmt: skip
UNKNOWN = "unknown"
POLARISATION_SETS = ("single", "dual", "full")
MOST_ROWS = 1000  # of one page
USUAL_ROWS = 50


@dataclass(frozen=True)
class Parameter:
    """`many`: takes several values, given one by one or in a list with `separator`; `negatable`: with `!` before it."""

    name: str
    kind: str
    group: str
    help: str
    example: str
    choices: tuple[str, ...] = ()
    many: bool = False
    negatable: bool = False
    separator: str = ","


PARAMETERS = (
    Parameter(
        "q", "text", "what", "Anything: a project code, a uid, a position or a target name.", "NGC 1052"
    ),
    Parameter(
        "project", "code", "what",
        "Project codes. A beginning or * finds all that match; a whole code must be known, else near ones are named.",
        "2023.1.00101.S", many=True, negatable=True,
    ),
    Parameter(
        "uid", "uid", "what",
        "Science goals, group or member ObsUnitSets, or execution blocks, in any spelling of their uids; a delivery of "
        "Cycle 0 by its id, as 2011.0.00340.S_2012-12-05.",
        "uid___A001_X2d6_X2dd", many=True,
    ),
    Parameter(
        "target", "name", "what",
        "Target names, whatever their case, spaces and punctuation; * for a part of the name.",
        "TW Hya", many=True, negatable=True,
    ),
    Parameter("similar", "name", "what", "Names that look like this one.", "J0423-012", many=True),
    Parameter(
        "pi", "text", "what",
        "Principal investigator: parts of the name, or the ALMA account. Several with ; between them.",
        "koda", many=True, negatable=True, separator=";",
    ),
    Parameter(
        "keyword", "text", "what", "Part of a science keyword of the project. Several with ; between them.",
        "Starbursts", many=True, negatable=True, separator=";",
    ),
    Parameter(
        "category", "text", "what", "Part of the scientific category of the project. Several with ; between them.",
        "Local Universe", many=True, negatable=True, separator=";",
    ),
    Parameter(
        "position", "position", "where",
        "Degrees, sexagesimal, galactic, or a name with coordinates in it; name:... asks the name resolver, if any.",
        "02:41:04.8 -08:15:21",
    ),
    Parameter(
        "radius", "angle", "where", "Radius of the circle around the position, with a unit; 1arcmin unless it is said.",
        "30arcsec",
    ),
    Parameter(
        "match", "choice", "where",
        "center: the position of the row lies in the circle; footprint: what was observed overlaps it.",
        "footprint", choices=("center", "footprint"),
    ),
    Parameter(
        "frequency", "range", "frequency", "Windows that cover some of this range of sky frequency.",
        "230.5..231GHz",
    ),
    Parameter("line", "line", "frequency", "A spectral line by name; its sky frequency is looked for.", "CO 2-1"),
    Parameter("rest", "frequency", "frequency", "Rest frequency of a line that is not in our table.", "230.538GHz"),
    Parameter("velocity", "range", "frequency", "Radial velocity of the line, radio convention.", "1450..1550km/s"),
    Parameter("redshift", "range", "frequency", "Redshift of the line.", "0.005"),
    Parameter(
        "band", "choice", "frequency", "Receiver bands.", "6", choices=tuple(str(band) for band in index_codes.BANDS),
        many=True, negatable=True,
    ),
    Parameter(
        "spectral_resolution", "range", "frequency",
        "Width of a channel, as frequency or as velocity.", "..1km/s",
    ),
    Parameter("resolution", "range", "quality", "Angular resolution.", "..0.3arcsec"),
    Parameter("sensitivity", "range", "quality", "Line sensitivity over 10 km/s.", "..5mJy/beam"),
    Parameter(
        "continuum_sensitivity", "range", "quality", "Sensitivity over the whole bandwidth.", "..0.1mJy/beam"
    ),
    Parameter(
        "polarisation", "choice", "quality",
        "Products that are all there; dual is XX and YY, full is XX, YY, XY and YX, single is one product alone.",
        "full", choices=index_codes.POLARISATIONS + POLARISATION_SETS, many=True,
    ),
    Parameter(
        "array", "choice", "quality", "Antennas.", "12m", choices=(*index_codes.ARRAYS, UNKNOWN), many=True,
        negatable=True,
    ),
    Parameter(
        "qa2", "choice", "quality", "What quality assurance said.", "PASS",
        choices=(*index_codes.QA2[1:], UNKNOWN), many=True, negatable=True,
    ),
    Parameter(
        "calibration", "choice", "quality", "How the delivery was calibrated.", "pipeline",
        choices=(*index_codes.CALIBRATIONS[1:], UNKNOWN), many=True, negatable=True,
    ),
    Parameter(
        "intent", "choice", "quality", "Why the source was observed.", "TARGET", choices=index_codes.INTENTS,
        many=True, negatable=True,
    ),
    Parameter(
        "observed", "dates", "time", "Days, months, years or MJD between which it was observed, at least in part.",
        "2023-10-01..2023-12",
    ),
    Parameter(
        "released", "dates", "time", "Days on which the data become public; whose date is not known is not among them.",
        "2024..2025-06-30",
    ),
    Parameter(
        "scope", "choice", "access",
        "public: released now; mine: what I may have as PI, delegee or assigned staff, released or not; "
        "all: every row I may know of, locked or not.",
        "public", choices=("all", "public", "mine"),
    ),
    Parameter("sort", "choice", "result", "Order of the rows; - turns it round.", "-observed", choices=SORTS),
    Parameter("cursor", "text", "result", "The `next` of the page before.", ""),
    Parameter("limit", "number", "result", f"Rows of a page, 1 to {MOST_ROWS}; {USUAL_ROWS} unless it is said.", "100"),
)  # fmt: skip
PAGES = ("cursor", "limit")  # what is about pages alone
ORDERS = (*PAGES, "sort")
BY_NAME = {parameter.name: parameter for parameter in PARAMETERS}
