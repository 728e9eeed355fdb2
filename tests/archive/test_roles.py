"""What delivered files are for (FACTS 2.3, 3.1)."""

import csv

import pytest

from archive.roles import role_of

MOUS, EB = "member.uid___A001_X12a3_Xe9", "uid___A002_Xd28a9e_X71b8"


@pytest.mark.parametrize(
    ("path", "role"),
    [
        (f"2017.1.01185.S_{EB}.asdm.sdm.tar", "raw"),
        (f"2017.1.01185.S_{EB}_asdm.sdm.tar", "raw"),
        (f"{MOUS}.README.txt", "readme"),
        ("member.uid___A001_X3788_Xb407.README.txt.tar", "readme"),
        ("2017.1.01185.S_uid___A001_X12a3_Xe9_001_of_002.tar", "product_tar"),
        ("2017.1.01185.S_uid___A001_X12a3_Xe9_auxiliary.tar", "auxiliary_tar"),
        (f"calibration/{MOUS}.session_1.caltables.tgz", "caltables"),
        (f"calibration/{MOUS}.s1.caltables.tgz", "caltables"),
        (f"calibration/{MOUS}.session_1.auxcaltables.tgz", "auxcaltables"),
        (f"calibration/{EB}.ms.flagversions.tgz", "flagversions"),
        (f"calibration/{EB}.ms.calapply.txt", "calapply"),
        (f"calibration/{EB}_target.ms.auxcalapply.txt", "auxcalapply"),
        (f"calibration/{MOUS}.hifa_calimage.auxproducts.tgz", "auxproducts"),
        (f"calibration/{EB}.flagtemplate.txt", "flagtemplate"),
        (f"calibration/{EB}_flagtemplate.txt", "flagtemplate"),
        (f"calibration/{EB}.flagtsystemplate.txt", "flagtsystemplate"),
        (f"calibration/{EB}.flagtargetstemplate.txt", "flagtargetstemplate"),
        (f"calibration/{EB}.calibration.tgz", "calibration_tables"),
        (f"calibration/{EB}.calibration.plots.tgz", "calibration_plots"),
        (f"calibration/{EB}.ms.wvrgcal.txt", "wvrgcal"),
        ("calibration/flux.csv", "flux_csv"),
        ("calibration/antennapos.json", "antennapos"),
        ("calibration/cont.dat", "cont_dat"),
        (f"qa/{MOUS}.hifa_calimage.weblog.tgz", "weblog"),
        (f"qa/{MOUS}.manual_calimage.weblog.tgz", "weblog"),
        (f"qa/{MOUS}.qa2_report.pdf", "qa2_report"),
        (f"qa/{MOUS}.qa2_report.html", "qa2_report"),
        (f"qa/{EB}.qa0_report.pdf", "qa0_report"),
        (f"qa/{EB}__qa2_part1.png", "qa2_plot"),
        (f"qa/{EB}__textfile.txt", "qa2_text"),
        (f"log/{MOUS}.hifa_calimage.casa_commands.log", "casa_commands"),
        (f"script/{MOUS}.hifa_calimage.casa_commands.log", "casa_commands"),
        (f"log/{EB}.log.tgz", "log"),
        (f"script/{MOUS}.hifa_calimage.casa_pipescript.py", "pipescript"),
        (f"script/{MOUS}.hifa_calimage.casa_piperestorescript.py", "restore_script"),
        (f"script/{MOUS}.scriptForPI.py", "script_for_pi"),
        (f"script/{MOUS}.hifa_calimage.pprequest.xml", "pprequest"),
        ("script/PPR_uid___A001_X121_X4bb.xml", "pprequest"),
        (f"script/{MOUS}.hifa_calimage.pipeline_manifest.xml", "manifest"),
        ("script/member.uid___A001_X1289_X1a1.hifa_calimage.calimage.pipeline_manifest.xml", "manifest"),
        (f"script/{MOUS}.pldriver_report.xml", "pldriver_report"),
        ("script/PLDriver_report.xml", "pldriver_report"),
        (f"script/{MOUS}.calimage.product_rename.txt", "product_rename"),
        (f"script/{EB}.ms.scriptForCalibration.py", "script_for_calibration"),
        (f"script/{EB}.ms.scriptForSDCalibration.py", "script_for_sd_calibration"),
        (f"script/{MOUS}.scriptForFluxCalibration.py", "script_for_flux_calibration"),
        (f"script/{MOUS}.scriptForPolCalibration.py", "script_for_pol_calibration"),
        (f"script/{MOUS}.scriptForImaging.py", "script_for_imaging"),
        (f"script/{MOUS}.scriptForImagingPrep.py", "script_for_imaging_prep"),
        (f"script/{EB}_calibratorFluxes.xml", "calibrator_fluxes"),
        (f"product/{MOUS}.HL_Tau_sci.spw25.cube.I.pbcor.fits", "science_image"),
        (f"product/{MOUS}.HL_Tau_sci.spw25.cube.I.mask.fits.gz", "science_image"),
        (f"product/{MOUS}.J0510+1800_bp.spw31.mfs.I.pbcor.fits", "calibrator_image"),
        (f"product/{MOUS}.J2136p0041_chk.spw25.mfs.I.pbcor.fits", "calibrator_image"),
        ("product/TWHya.continuum.fits", "science_image"),
        ("product/manual_imaging.tgz", "manual_imaging"),
        ("raw/uid___A002_X554543_X207.ms.split", "measurement_set"),
        # Scripts and tables that some cycles have (FEATURES 39)
        ("script/sun_reduction_util.py", "solar_script"),
        ("script/import_data.py", "import_script"),
        ("script/some_more_steps.py", "script"),
        (f"script/{MOUS}.scriptForSDImaging.py", "script_for_sd_imaging"),
        ("scriptForReprocessing.py", "script_for_reprocessing"),
        ("script/reprocessing_prep.py", "reprocessing_prep"),
        ("calibration/jyperk_query.csv", "jyperk"),
        ("calibration/jyperk.csv", "jyperk"),
        (f"calibration/{MOUS}.hifa_calimage.selfcal.json", "selfcal_restore"),
        (f"calibration/{MOUS}.hifa_calimage.timetracker.json", "statistics"),
        ("calibration/pipeline_stats_uid___A001_X1_X2.json", "statistics"),
        (f"calibration/{EB}.HL_Tau.uvcont.tbl", "continuum_tables"),
        (f"calibration/{EB}.flagcmds.txt", "flag_commands"),
        (f"calibration/{MOUS}.supporting.tgz", "auxproducts"),
        (f"script/{MOUS}.hifa_calimage.aquareport.xml", "aqua_report"),
        # Where cycles have put the same thing
        (f"calibration/{EB}.calibration/{EB}.ms.tsys/table.dat", "calibration_tables"),
        (f"calibration/{EB}.calibration.plots/bandpass_1.png", "calibration_plots"),
        (f"calibration/{EB}.calibration.plots", "calibration_plots"),
        (f"calibration/{EB}.calibration", "calibration_tables"),
        (f"calibration/{EB}.ms.tsys.tbl", "calibration_tables"),
        (f"qa/{MOUS}.imaging_weblog.tgz", "weblog"),
        ("qa/pipeline-20220914T170517/html/t1-1.html", "weblog"),
        ("product/manual_imaging/scriptForImaging.py", "manual_imaging"),
        (f"product/{MOUS}.manual_imaging.tgz", "manual_imaging"),
        (f"script/{MOUS}.qa2_report.pdf", "qa2_report"),
        ("calibration/PPR_uid___A001_X121_X4bb.xml", "pprequest"),
        (f"qa/{MOUS}.hifa_calimage.casa_commands.log", "casa_commands"),
        # Plots and reports without a name of their own
        ("qa/renorm_spw25.png", "plot"),
        ("qa/notes_of_the_reviewer.pdf", "report"),
        # From outside, and of the regional centres
        ("external/ari_l/HL_Tau_sci.spw25.cube.I.pbcor.fits", "external_product"),
        ("2013.1.00001.S_uid___A001_X12a3_Xe9.ari_l.tar", "external_product"),
        ("product/calibrated_final.tgz", "calibrated_final"),
        ("calibrated_final.tgz", "calibrated_final"),
        ("calibrated/measurement_sets/uid___A002_Xd28a9e_X71b8_targets_line.ms", "measurement_set"),
        (f"calibrated/{EB}.ms.atmcor.atmtype1_bl", "measurement_set"),
        # The directories of Cycle 0 (seed document 001)
        ("calibrated/uid___A002_X554543_X207.ms.split.cal", "measurement_set"),
        ("log/340.log", "log"),
        ("product/TWHya.H2D+.mask", "science_image"),
        ("README", "readme"),
        # Unknown anywhere, and loose files that may be somebody's own
        ("my_plot.png", "other"),
        ("my_steps.py", "other"),
        ("product/line_widths.dat", "other"),
        ("anything/else.dat", "other"),
        ("", "other"),
    ],
)
def test_a_file_has_its_role_by_name_and_then_by_directory(path, role):
    assert role_of(path) == role


def test_every_file_of_a_real_listing_of_2455_has_a_role(shared_data):
    with (shared_data / "metadata" / "rh_listing_X133d_X1eef.csv").open() as listing:
        names = [row["name"] for row in csv.DictReader(listing)]

    roles = {name: role_of(name) for name in names}

    assert len(names) == 2455
    assert not [name for name, role in roles.items() if role == "other"]
    assert sum(role == "science_image" for role in roles.values()) == 2403
