"""What a delivered file is for, by its name; by its directory where the name does not say.

Directories are conventions only: the log of commands has been in `script/` and in `log/`, auxiliary files of Cycle 4
lie loose in `calibration/`.  So the end of the name decides, whatever recipe or prefix stands before it.  Nothing is
dropped: what we do not know is `other`.
"""

import re

_IMAGE = re.compile(
    r".+_(?P<intent>pol_leak|polleak|flux|pang|sci|chk|amp|pol|plk|bp|ph)\.(?:virt)?spw\d+(?:_\d+)*\..+", re.DOTALL
)
# First match wins: narrower ends stand before wider ones.
_ENDS = tuple(
    (role, re.compile(rf".*(?:{end})", re.IGNORECASE | re.DOTALL))
    for role, end in (
        ("product_tar", r"_\d+_of_\d+\.tar"),
        ("auxiliary_tar", r"_auxiliary\.tar"),
        ("raw", r"[._]asdm\.sdm(\.tar)?"),
        ("measurement_set", r"\.ms(\.split)?(\.cal)?(\.tar|\.tgz)?"),
        ("readme", r"README(\.txt)?(\.tar)?"),
        ("auxcaltables", r"auxcaltables\.t(ar\.)?gz"),
        ("caltables", r"caltables\.t(ar\.)?gz"),
        ("flagversions", r"flagversions\.t(ar\.)?gz"),
        ("auxcalapply", r"auxcalapply\.txt"),
        ("calapply", r"calapply\.txt"),
        ("auxproducts", r"(auxproducts|supporting)\.t(ar\.)?gz"),
        ("manual_imaging", r"manual_imaging\.t(ar\.)?gz"),
        ("weblog", r"weblog\.t(ar\.)?gz"),
        ("manifest", r"pipeline_manifest\.xml"),
        ("pprequest", r"pprequest\.xml|(^|/)PPR_[^/]*\.xml"),
        ("pldriver_report", r"pldriver_report\.xml"),
        ("aqua_report", r"aqua_?report\.xml"),
        ("casa_commands", r"casa_commands\.log"),
        ("restore_script", r"casa_piperestorescript\.py"),
        ("pipescript", r"casa_pipescript\.py"),
        ("script_for_pi", r"scriptForPI\.py"),
        ("script_for_sd_calibration", r"scriptForSDCalibration\.py"),
        ("script_for_flux_calibration", r"scriptForFluxCalibration\.py"),
        ("script_for_pol_calibration", r"scriptForPolCalibration\.py"),
        ("script_for_calibration", r"scriptForCalibration\.py"),
        ("script_for_imaging_prep", r"scriptForImagingPrep\.py"),
        ("script_for_sd_imaging", r"scriptForSDImaging\.py"),
        ("script_for_imaging", r"scriptForImaging\.py"),
        ("script_for_reprocessing", r"scriptForReprocessing\.py"),
        ("product_rename", r"product_rename\.txt"),
        ("qa0_report", r"qa0_report\.(pdf|html)"),
        ("qa2_report", r"qa2_report\.(pdf|html)"),
        ("qa2_plot", r"qa2_part\d*\.png"),
        ("qa2_text", r"_textfile\.txt"),
        ("calibrator_fluxes", r"calibratorFluxes\.xml"),
        ("calibration_plots", r"calibration\.plots(\.t(ar\.)?gz)?"),
        ("calibration_tables", r"\.calibration(\.t(ar\.)?gz)?"),
        ("wvrgcal", r"wvrgcal\.txt"),
        ("flagtsystemplate", r"flagtsystemplate\.txt"),
        ("flagtargetstemplate", r"flagtargetstemplate\.txt"),
        ("flagtemplate", r"flagtemplate\.txt"),
        ("flux_csv", r"flux\.csv"),
        ("antennapos", r"antennapos\.(csv|json)"),
        ("jyperk", r"jyperk(_query)?\.csv"),
        ("cont_dat", r"cont\.dat"),
        ("selfcal_restore", r"selfcal\.json"),
        ("statistics", r"timetracker\.json|pipeline_stats[^/]*\.json"),
        ("log", r"\.log(\.t(ar\.)?gz)?"),
    )
)
_DIRECTORIES = {"log": "log", "raw": "raw", "calibrated": "measurement_set"}
SCRIPTS = frozenset(
    role for role, _ in _ENDS if role.startswith("script_for_") or role in ("restore_script", "pipescript")
)


def role_of(path: str) -> str:
    """The role of a file by its path below the member directory, such as "script/member.uid___....pprequest.xml"."""
    name, directory = path.rpartition("/")[2], path.partition("/")[0] if "/" in path else ""
    if image := _IMAGE.fullmatch(name):
        return "science_image" if image["intent"] == "sci" else "calibrator_image"
    for role, end in _ENDS:
        if end.fullmatch(name):
            return role
    if name.lower().endswith(".tar"):  # the request handler packs single files, each into a tar of its own
        return role_of(path[: -len(".tar")])
    if directory == "product" and re.search(r"\.(fits(\.gz)?|mask(\.tgz)?)(\.tar)?$", name, re.IGNORECASE):
        return "science_image"
    return _DIRECTORIES.get(directory, "other")
