"""What can be odd about a file that is good to have.  A mark refuses nothing: it is shown with its sentence."""

UNRECOGNISED = "unrecognised"
COARSE_PIXELS = "coarse-pixels"
NO_PB = "no-pb"
OTHER_OBJECT = "other-object"
OTHER_SPW = "other-spw"
OTHER_STOKES = "other-stokes"
OTHER_CHANNELS = "other-channels"
BLANK = "blank"

SENTENCES = {
    UNRECOGNISED: "The form of its name is not known.",
    COARSE_PIXELS: "Its pixels are coarse for its beam: fewer than three across the minor axis.",
    NO_PB: "The package holds no primary beam for it.",
    OTHER_OBJECT: "Its header names another object than its name.",
    OTHER_SPW: "Its header names other spectral windows than its name.",
    OTHER_STOKES: "Its Stokes axis is another than its name says.",
    OTHER_CHANNELS: "Its number of channels does not fit the mode in its name.",
    BLANK: "None of its pixels has a value.",
}
