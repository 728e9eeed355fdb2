"""A small delivery in the form ALMA packs: two execution blocks, sessions 2 and 3, window numbers that differ.

Texts follow FACTS 3.3 to 3.8; the ASDM tables are those of importasdm's input cut down to what is read.
"""

import gzip
import io
import tarfile

PROJECT = "2023.1.01573.S"
SGOUS, GOUS, MOUS = "uid___A001_X3621_X53f", "uid___A001_X3621_X540", "uid___A001_X3621_X541"
OTHER_MOUS = "uid___A001_X3621_X600"
FIRST, SECOND = "uid___A002_X110fd13_X59fd", "uid___A002_X110fd13_X12b88"
PREFIX = f"{PROJECT}/science_goal.{SGOUS}/group.{GOUS}/member.{MOUS}"
PRODUCTS_TAR = f"{PROJECT}_{MOUS}_001_of_001.tar"
AUXILIARY_TAR = f"{PROJECT}_{MOUS}_auxiliary.tar"
README_TAR = f"member.{MOUS}.README.txt.tar"


def archive_form(uid):
    return "uid://" + uid.removeprefix("uid___").replace("_", "/")


def raw_tar(block):
    return f"{PROJECT}_{block}.asdm.sdm.tar"


def tar(path, files, *, prefix=PREFIX):
    """An uncompressed tar of name -> bytes, below the tree that every delivered tar repeats."""
    with tarfile.open(path, "w") as packed:
        for name, content in files.items():
            info = tarfile.TarInfo(f"{prefix}/{name}" if prefix else name)
            info.size = len(content)
            packed.addfile(info, io.BytesIO(content))
    return path


def tgz(files):
    packed = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w") as t,
    ):
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            t.addfile(info, io.BytesIO(content))
    return packed.getvalue()


def manifest(*, mous=MOUS, blocks=((FIRST, "session_2"), (SECOND, "session_3")), extra=""):
    sessions = "".join(
        f'<session name="{session}"><caltables name="{mous}.{session}.caltables.tgz"/>'
        f'<asdm name="{block}.ms"><finalflags name="{block}.ms.flagversions.tgz"/>'
        f'<applycmds name="{block}.ms.calapply.txt"/>{extra}</asdm></session>'
        for block, session in blocks
    )
    return (
        f'<piperesults name="OUS"><ous name="{mous}"><casaversion name="6.6.1-17"/>'
        f'<pipeline_version name="2024.1.0.8"/><procedure_name name="hifa_calimage"/>{sessions}'
        f'<aux_products_file name="{mous}.hifa_calimage.auxproducts.tgz"/>'
        f'<image name="{mous}.HL_Tau_sci.spw2.cube.regcal.I.pbcor.fits" imtype="target"/>'
        f'<manifest name="x" ous="{mous}hifa_calimage"/></ous></piperesults>'
    ).encode()


def request(*, mous=MOUS, project=PROJECT, commands=("hifa_importdata", "hifa_timegaincal", "hifa_applycal")):
    sessions = {"SESSION_1": "", "SESSION_2": archive_form(FIRST), "SESSION_3": archive_form(SECOND)}
    intents = sessions | {"representative_source": "HL_Tau"}
    keywords = "".join(f"<Intents><Keyword>{k}</Keyword><Value>{v}</Value></Intents>" for k, v in intents.items())
    blocks = "".join(
        f"<AsdmIdentifier><AsdmRef><ExecBlockId>{archive_form(block)}</ExecBlockId></AsdmRef></AsdmIdentifier>"
        for block in (FIRST, SECOND)
    )
    done = "".join(f"<ProcessingCommand><Command>{name}</Command></ProcessingCommand>" for name in commands)
    return (
        f'<SciPipeRequest xmlns="Alma/pipelinescience/SciPipeRequest"><ProjectSummary><ProposalCode>{project}'
        f"</ProposalCode></ProjectSummary><ProjectStructure><AlmaStructure>"
        f'<OUSStatusRef entityId="{archive_form(mous)}"/></AlmaStructure></ProjectStructure><ProcessingRequests>'
        f"<ProcessingRequest><ProcessingIntents>{keywords}</ProcessingIntents><ProcessingProcedure>"
        f"<ProcedureTitle>hifa_calimage</ProcedureTitle>{done}</ProcessingProcedure><DataSet><SchedBlockSet>"
        f"<SchedBlockIdentifier><SBTitle>HL_Tau_a_06_TM1</SBTitle>{blocks}</SchedBlockIdentifier></SchedBlockSet></DataSet></ProcessingRequest>"
        "</ProcessingRequests></SciPipeRequest>"
    ).encode()


RESTORE_SCRIPT = f"""from recipes.almahelpers import fixsyscaltimes # SACM/JAO - Fixes
__rethrow_casa_exceptions = True
h_init()
try:
    hifa_restoredata (vis=['{FIRST}', '{SECOND}'], session=['session_2', 'session_3'], ocorr_mode='ca')
finally:
    h_save()
""".encode()

CONT_DAT = b"""Field: HL_Tau

SpectralWindow: 2 X1#BB_1#FULL_RES
Flags: ALLCONT
230.1000000000~230.2000000000GHz LSRK

SpectralWindow: 3 X1#BB_2#FULL_RES
232.0~232.5GHz LSRK
233.0~233.5GHz LSRK
"""

FLUX_CSV = (
    f"ms,field,spw,I,Q,U,V,spix,uvmin,uvmax,comment\n"
    f"{FIRST}.ms,0,2,1.52,0.0,0.0,0.0,-0.61,0.0,0.0,# field=J0510+1800 intents=BANDPASS,FLUX origin=DB age=4\n"
).encode()

RENAMES = f'"{MOUS}.HL_Tau_sci.spw2.cube.regcal.I.pbcor.fits" -> "member.{MOUS}.HL_Tau_sci.spw2.cube.I.pbcor.fits"\n'


def calapply(block):
    name = f"{block}.ms"
    return (
        f"# Apply file for {name}\n"
        f"applycal(vis='{name}', field='0', intent='', spw='2,3', antenna='0~9', "
        f"gaintable=['/some/where/{name}.bp.tbl', '{name}.gain.tbl'], gainfield=['', 'nearest'], "
        f"spwmap=[[], [0, 1, 2, 2]], interp=['linear,linear', 'linear'], calwt=[True, True])\n"
    ).encode()


def auxiliary():
    """Calibration, scripts and reports, in the directories where they are delivered."""
    member = f"member.{MOUS}"
    files = {
        f"calibration/{member}.hifa_calimage.auxproducts.tgz": tgz({"cont.dat": CONT_DAT, "flux.csv": FLUX_CSV}),
        f"script/{member}.hifa_calimage.pipeline_manifest.xml": manifest(),
        f"script/{member}.hifa_calimage.pprequest.xml": request(),
        f"script/{member}.hifa_calimage.casa_piperestorescript.py": RESTORE_SCRIPT,
        f"script/{member}.calimage.product_rename.txt": RENAMES.encode(),
        f"script/{member}.scriptForPI.py": b"print 'hello'\n",
        f"qa/{member}.hifa_calimage.weblog.tgz": b"weblog",
        f"qa/{FIRST}.qa0_report.pdf": b"qa0",
    }
    for block, session in ((FIRST, "session_2"), (SECOND, "session_3")):
        files[f"calibration/{member}.{session}.caltables.tgz"] = b"caltables of " + session.encode()
        files[f"calibration/{block}.ms.flagversions.tgz"] = b"flags"
        files[f"calibration/{block}.ms.calapply.txt"] = calapply(block)
    return files


def products():
    stem = f"product/member.{MOUS}.HL_Tau_sci.spw2.cube.I"
    return {f"{stem}.pbcor.fits": b"image", f"{stem}.pb.fits.gz": b"beam", f"{stem}.mask.fits.gz": b"mask"}


def _table(name, *rows):
    cells = "".join(f"<row>{''.join(f'<{k}> {v} </{k}>' for k, v in row.items())}</row>" for row in rows)
    return f'<?xml version="1.0"?><{name}Table xmlns:x="http://Alma/XASDM/{name}Table">{cells}</{name}Table>'.encode()


def asdm(block, *, first_window=1, day=0, dish=12.0, mode="CROSS_AND_AUTO"):
    """The tables of one block: a radiometer window, `first_window - 1` channel averages, then two science windows."""
    start = 5_220_000_000_000_000_000 + day * 86_400_000_000_000
    averages = [f"X1#BB_{i}#CH_AVG" for i in range(1, first_window)]
    names = ["WVR#NOMINAL", *averages, "X1#BB_1#FULL_RES", "X1#BB_2#FULL_RES"]
    channels = [4, *(1 for _ in averages), 128, 128]
    windows = [
        {
            "spectralWindowId": f"SpectralWindow_{i}", "basebandName": "BB_1", "numChan": n, "name": name,
            "chanFreqStart": 2.30e11, "chanFreqStep": -1e6 if name.endswith("BB_1#FULL_RES") else 1e6, "chanWidth": 1e6,
        }
        for i, (name, n) in enumerate(zip(names, channels, strict=True))
    ]  # fmt: skip
    science = " ".join(f"DataDescription_{i}" for i in range(first_window, first_window + 2))
    main = {"numAntenna": 10, "execBlockId": "ExecBlock_0"}
    return {
        "ASDM.xml": b"<ASDM/>",
        "ExecBlock.xml": _table("ExecBlock", {
            "startTime": start, "endTime": start + 3_600_000_000_000, "antennaId": "1 2 Antenna_0 Antenna_1",
            "execBlockUID": f'<EntityRef entityId="{archive_form(block)}"/>',
            "projectUID": '<EntityRef entityId="uid://A001/X3621/X1"/>',
        }),
        "Antenna.xml": _table("Antenna", *(
            {"antennaId": f"Antenna_{i}", "name": f"{'CM' if dish < 10 else 'DA'}4{i}", "dishDiameter": dish,
             "position": "1 3 0 0 0", "stationId": f"Station_{i}"}
            for i in range(3)
        )),
        "Station.xml": _table("Station", *(
            {"stationId": f"Station_{i}", "name": f"A00{i}", "position": f"1 3 {place}", "type": "ANTENNA_PAD"}
            for i, place in enumerate((
                "2225000.5 -5440000.25 -2481600", "2225300.5 -5440000.25 -2482000", "2234000.5 -5440000.25 -2481600",
            ))
        )),
        "Scan.xml": _table("Scan", {
            "scanNumber": 1, "scanIntent": "1 2 CALIBRATE_BANDPASS CALIBRATE_FLUX", "sourceName": "J0510+1800",
        }, {"scanNumber": 2, "scanIntent": "1 1 OBSERVE_TARGET", "sourceName": "HL Tau"}),
        "Field.xml": _table("Field", {"fieldName": '"HL Tau"', "referenceDir": "2 1 2 1.2 0.3"}),
        "Source.xml": _table("Source", {"sourceName": "J0510+1800", "direction": "1 2 1.35699 0.31415"}),
        "SpectralWindow.xml": _table("SpectralWindow", *windows),
        "DataDescription.xml": _table("DataDescription", *(
            {"dataDescriptionId": f"DataDescription_{i}", "spectralWindowId": f"SpectralWindow_{i}"}
            for i in range(len(names))
        )),
        "ConfigDescription.xml": _table(
            "ConfigDescription",
            {"configDescriptionId": "ConfigDescription_0", "correlationMode": mode,
             "dataDescriptionId": f"1 2 {science}"},
            {"configDescriptionId": "ConfigDescription_1", "correlationMode": "AUTO_ONLY",
             "dataDescriptionId": "1 1 DataDescription_0"},
        ),
        "Main.xml": _table(
            "Main",
            {**main, "configDescriptionId": "ConfigDescription_0", "scanNumber": 1, "numIntegration": 5},
            {**main, "configDescriptionId": "ConfigDescription_0", "scanNumber": 2, "numIntegration": 20},
            {**main, "configDescriptionId": "ConfigDescription_1", "scanNumber": 2, "numIntegration": 400},
        ),
        "ASDMBinary/uid___A002_X110fd13_X6001": b"\0" * 4096,
    }  # fmt: skip


def raw(block, **kind):
    return {f"raw/{block}.asdm.sdm/{name}": content for name, content in asdm(block, **kind).items()}


def write(directory, *, blocks=(FIRST, SECOND)):
    """The tars of the whole delivery; returns their paths."""
    paths = [
        tar(directory / PRODUCTS_TAR, products()),
        tar(directory / AUXILIARY_TAR, auxiliary()),
        tar(directory / README_TAR, {f"member.{MOUS}.README.txt": b"read me"}),
    ]
    windows = {FIRST: {"first_window": 2}, SECOND: {"first_window": 1, "day": 20}}
    return paths + [tar(directory / raw_tar(block), raw(block, **windows[block])) for block in blocks]


# Cycle 0 (seed document 001): a date where later packages have uids, MeasurementSets and images of CASA as directories
CYCLE_0_PROJECT, CYCLE_0_DATE = "2011.0.00340.S", "2012-12-05"
CYCLE_0 = f"{CYCLE_0_PROJECT}_{CYCLE_0_DATE}"
CYCLE_0_PREFIX = f"{CYCLE_0_PROJECT}/sg_ouss_id/group_ouss_id/member_ouss_{CYCLE_0_DATE}_id"
CYCLE_0_BLOCKS = tuple(f"uid___A002_X554543_X{number}" for number in ("207", "3d0", "667"))


def casa_table(path):
    """The files of a table, as far as an archive sees: a file of its own, and a directory below."""
    return {f"{path}/{name}": f"{name} of {path}".encode() for name in ("table.dat", "table.f1", "ANTENNA/table.dat")}


def cycle_0():
    files = {
        "README": b"Notes of the scientist who calibrated the data",
        "log/340.log": b"log",
        "product/TWHya.continuum.fits": b"image",
        "script/import_data.py": b"pass",
        "script/scriptForImaging.py": b"pass",
        "script/scriptForFluxCalibration.py": b"pass",
        **casa_table("product/TWHya.H2D+.mask"),
    }
    for block in CYCLE_0_BLOCKS:
        files |= casa_table(f"raw/{block}.ms.split") | casa_table(f"calibrated/{block}.ms.split.cal")
        files |= casa_table(f"calibration/{block}.calibration/{block}.bandpass")
        files[f"calibration/{block}.calibration.plots/bandpass.png"] = b"plot"
        files[f"script/{block}.ms.scriptForCalibration.py"] = b"pass"
        files[f"qa/{block}__qa2_part1.png"] = b"plot"
        files[f"qa/{block}__textfile.txt"] = b"text"
    return files


def write_cycle_0(directory, *, parts=4, files=None, name=CYCLE_0, prefix=CYCLE_0_PREFIX):
    """The tars of it; a MeasurementSet has files in several of them."""
    shares = [{} for _ in range(parts)]
    for number, (path, content) in enumerate((files or cycle_0()).items()):
        shares[number % parts][path] = content
    return [
        tar(directory / f"{name}_{part:03}_of_{parts:03}.tar", share, prefix=prefix)
        for part, share in enumerate(shares, start=1)
    ]


def unpack_cycle_0(directory):
    for path, content in cycle_0().items():
        place = directory / CYCLE_0_PREFIX / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    return directory / CYCLE_0_PROJECT
