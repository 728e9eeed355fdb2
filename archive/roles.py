"""What a delivered file is for, by its name; by its directory where the name does not say.

Directories are conventions only: the log of commands has been in `script/` and in `log/`, auxiliary files of Cycle 4
lie loose in `calibration/`.  So the end of the name decides, whatever recipe or prefix stands before it.  Only what is
contributed from outside, or belongs to a directory that is one thing, is what its directory is.  Nothing is dropped:
what we do not know is `other`.
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
        ("external_product", r"(^|[._-])(ari[_-]l|external)([._-][^/]*)?\.t(ar(\.gz)?|gz)"),
        ("calibrated_final", r"calibrated_final\.t(ar(\.gz)?|gz)"),
        ("measurement_set", r"\.ms(\.split)?(\.cal)?(\.atmcor\.[a-z0-9]+)?(_bl)?(\.tar|\.tgz)?"),
        ("readme", r"README(\.txt)?(\.tar)?"),
        ("auxcaltables", r"auxcaltables\.t(ar\.)?gz"),
        ("caltables", r"caltables\.t(ar\.)?gz"),
        ("flagversions", r"flagversions\.t(ar\.)?gz"),
        ("auxcalapply", r"auxcalapply\.txt"),
        ("calapply", r"calapply\.txt"),
        ("continuum_tables", r"uvcont\.tbl(\.t(ar\.)?gz)?"),
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
        ("reprocessing_prep", r"reprocessing_prep\.py"),
        ("solar_script", r"sun_reduction_util\.py"),
        ("import_script", r"import_data\.py"),
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
        ("flag_commands", r"(flagcmds?|flagonline)\.txt"),
        ("flux_csv", r"flux\.csv"),
        ("antennapos", r"antennapos\.(csv|json)"),
        ("jyperk", r"jyperk(_query)?\.csv"),
        ("cont_dat", r"cont\.dat"),
        ("selfcal_restore", r"selfcal\.json"),
        ("statistics", r"timetracker\.json|pipeline_stats[^/]*\.json"),
        ("log", r"\.log(\.t(ar\.)?gz)?"),
    )
)
# Directories that are one thing, as all that lies in them is: they were delivered unpacked.
_UNPACKED = tuple(
    (role, re.compile(name))
    for role, name in (
        ("raw", r".*[._]asdm\.sdm"),
        ("calibration_plots", r".*calibration\.plots"),
        ("calibration_tables", r".*\.calibration"),
        ("weblog", r"pipeline-\d{8}T\d{6}"),
        ("manual_imaging", r"manual_imaging"),
        ("measurement_set", r".*\.ms(\.split)?(\.cal)?"),
    )
)
# What lies in a directory of the delivered tree and is known by nothing else.
_DIRECTORIES = tuple(
    (directory, role, re.compile(end, re.IGNORECASE | re.DOTALL))
    for directory, role, end in (
        ("product", "science_image", r".*\.(fits(\.gz)?|mask(\.tgz)?)(\.tar)?"),
        ("script", "script", r".*\.py"),
        ("qa", "plot", r".*\.(png|jpe?g|gif|svg)"),
        ("qa", "report", r".*\.(pdf|html?)"),
        ("calibration", "calibration_plots", r".*\.(png|jpe?g|plots)"),
        ("calibration", "calibration_tables", r".*\.(tbl|tsys|wvr|antpos|[gb]cal|K0|G1|B0)(\.t(ar\.)?gz)?"),
        ("log", "log", r".*"),
        ("raw", "raw", r".*"),
        ("calibrated", "measurement_set", r".*"),
    )
)
OTHER = "other"
SCRIPTS = frozenset(
    role for role, _ in _ENDS if role.startswith("script_for_") or role in ("restore_script", "pipescript")
)


def role_of(path: str) -> str:
    """The role of a file by its path below the member directory, such as "script/member.uid___....pprequest.xml"."""
    *directories, name = path.split("/")
    if role := _of_whole(directories):
        return role
    if image := _IMAGE.fullmatch(name):
        return "science_image" if image["intent"] == "sci" else "calibrator_image"
    for role, end in _ENDS:
        if end.fullmatch(name):
            return role
    if name.lower().endswith(".tar"):  # the request handler packs single files, each into a tar of its own
        return role_of(path[: -len(".tar")])
    found = (role for directory, role, end in _DIRECTORIES if directories[:1] == [directory] and end.fullmatch(name))
    return next(found, OTHER)


def _of_whole(directories: list[str]) -> str | None:
    """What a file is as a part of the directory that it lies in."""
    if directories[:1] == ["external"]:
        return "external_product"
    return next((role for name in directories for role, whole in _UNPACKED if whole.fullmatch(name)), None)
