"""The script directory: Python that a principal investigator may run, in the words of the observatory's own scripts.

The archive never runs any of it; it reads them.
"""

from .calibration import APPLYCAL_ORDER, Simulated
from .tree import Tree

RESTORE = """\
__rethrow_casa_exceptions = True
h_init()
try:
    hifa_restoredata (vis=[{vis}], session=[{sessions}], ocorr_mode='ca')
finally:
    h_save()
"""

PIPESCRIPT = """\
__rethrow_casa_exceptions = True
context = h_init()
context.set_state('ProjectSummary', 'proposal_code', '{code}')
context.set_state('ProjectStructure', 'ous_entity_id', '{project}')
context.set_state('ProjectStructure', 'ousstatus_entity_id', '{mous}')
try:
    hifa_importdata(vis=[{vis}], session=[{sessions}], dbservice=False)
    hifa_flagdata()
    hifa_fluxcalflag()
    hif_refant()
    hif_setmodels()
    hifa_bandpassflag()
    hifa_bandpass()
    hifa_gfluxscale()
    hifa_timegaincal()
    hif_applycal()
    hif_makeimlist(intent='PHASE,BANDPASS')
    hif_makeimages()
    hif_mstransform()
    hif_findcont()
    hif_uvcontsub()
    hif_makeimlist(specmode='mfs')
    hif_makeimages()
    hif_makeimlist(specmode='cont')
    hif_makeimages()
    hif_makeimlist(specmode='cube')
    hif_makeimages()
    hifa_exportdata()
finally:
    h_save()
"""

SCRIPT_FOR_PI = """\
# ALMA Data Reduction Script
# scriptForPI.py: recreates the calibrated MeasurementSets of {mous} from the raw data.
# Start it in the directory "script" of the unpacked delivery, in CASA {casa}, after unpacking the raw data.

import os
import sys

if os.path.basename(os.getcwd()) != 'script':
    sys.exit('ERROR: Please start this script in directory "script".')
if not os.path.exists('../raw'):
    sys.exit('ERROR: The raw data are not there: unpack {code}_uid___*.asdm.sdm.tar first.')
"""

CALIBRATION = """\
# ALMA Data Reduction Script
# Calibration of {vis}, by hand.
import re

import casadef

if re.search('^6.7.0', casadef.casa_version) is None:
    sys.exit('ERROR: PLEASE USE THE SAME VERSION OF CASA THAT YOU USED FOR GENERATING THE SCRIPT: 6.7.0')

thesteps = []
step_title = {{0: 'Import of the ASDM', 1: 'A priori flagging', 2: 'Application of the calibration tables'}}

# Import of the ASDM
mystep = 0
importasdm('{asdm}', asis='Antenna Station Receiver Source CalAtmosphere CalWVR', bdfflags=True)

# A priori flagging
mystep = 1
flagcmd(vis='{vis}', inpmode='table', action='apply', flagbackup=False)
{flags}

# Application of the calibration tables
mystep = 2
{applications}
"""

IMAGING = """\
# ALMA Data Reduction Script
# Imaging of {target}, by hand.
tclean(vis=['{vis}.split.cal'], imagename='{target}_cont', field='{target}', specmode='mfs', deconvolver='hogbom',
       imsize=[{size}, {size}], cell='{cell}arcsec', weighting='briggs', robust=0.5, niter=400)
"""

README = """\
ALMA delivery of {code}, MemberOUS {mous}
Target: {target} ({sb})

The QA2 report in the directory qa tells what was done and how the package is laid out: calibration/ holds flags and
calibration tables, log/ the commands, product/ the images, qa/ the reports, script/ the scripts.  Raw data are
served apart, one tar per execution block, and unpack into raw/.

These are simulated data: no telescope has seen {target} like this.
"""


def _quoted(words: list[str]) -> str:
    return ", ".join(repr(word) for word in words)


def restore_script(tree: Tree) -> str:
    blocks = tree.preset.observation.blocks
    return RESTORE.format(
        vis=_quoted([block.name for block in blocks]), sessions=_quoted([block.session for block in blocks])
    )


def pipescript(tree: Tree) -> str:
    observation = tree.preset.observation
    return PIPESCRIPT.format(
        code=tree.code,
        project=observation.project_uid,
        mous=observation.mous_uid,
        vis=_quoted([block.name for block in observation.blocks]),
        sessions=_quoted([block.session for block in observation.blocks]),
    )


def script_for_pi(tree: Tree, casa: str) -> str:
    return SCRIPT_FOR_PI.format(mous=tree.mous, code=tree.code, casa=casa)


def calibration_script(told: dict) -> str:
    return CALIBRATION.format(
        vis=told["vis"],
        asdm=told["asdm"],
        flags="\n".join(f"flagdata(vis='{told['vis']}', {_as_arguments(line)})" for line in told["flag_commands"]),
        applications="\n".join(applycal_lines(told)),
    )


def _as_arguments(command: str) -> str:
    return command.replace("' ", "', ")


def applycal_lines(told: dict) -> list[str]:
    return [
        f"applycal({', '.join(f'{name}={application[name]!r}' for name in APPLYCAL_ORDER)})"
        for application in told["applications"]
    ]


def imaging_script(tree: Tree, simulated: Simulated) -> str:
    preset = tree.preset
    return IMAGING.format(
        target=preset.observation.target.name,
        vis=simulated.blocks[0]["vis"],
        size=preset.image_size,
        cell=preset.cell_arcsec,
    )


def commands_log(simulated: Simulated) -> str:
    """The CASA commands of the run, most of them abridged; the applications in full."""
    lines = []
    for told in simulated.blocks:
        lines.append(f"importasdm(asdm='{told['asdm']}', vis='{told['vis']}', ocorr_mode='ca', bdfflags=True)")
        lines.append(f"flagcmd(vis='{told['vis']}', inpmode='table', action='apply')")
        lines += [f"flagdata(vis='{told['vis']}', {_as_arguments(line)})" for line in told["flag_commands"]]
        lines.append(f"flagmanager(vis='{told['vis']}', mode='save', versionname='{told['flag_version']}')")
        lines += applycal_lines(told)
    return "\n".join(lines) + "\n"


def readme(tree: Tree) -> str:
    preset = tree.preset
    target = preset.observation.target.name
    return README.format(code=tree.code, mous=preset.observation.mous_uid, target=target, sb=preset.sb_name)
