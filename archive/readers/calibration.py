"""How a delivery was calibrated, as far as its files say.

Pipeline calibrated is what has a request with calibration commands; a request that only images stands beside manual
calibrations too.  scriptForPI.py comes with every package and says nothing.
"""

from collections.abc import Iterable

from archive import roles
from archive.readers.facts import CalibrationFacts, ExecutionBlockFacts
from archive.readers.grouping import Group
from archive.readers.texts import Texts

_MANUAL = frozenset({"script_for_calibration", "script_for_sd_calibration"})


def calibration_facts(group: Group, said: Texts, blocks: Iterable[ExecutionBlockFacts]) -> CalibrationFacts:
    scripts = {member.role for member in group.members.values()} & roles.SCRIPTS
    calibrating = [request for request in said.requests if request.calibrates]
    manifest, script = said.manifest, said.script
    pipeline = manifest.pipeline_version if manifest else None
    return CalibrationFacts(
        kind="manual" if scripts & _MANUAL else "pipeline" if calibrating else "unknown",
        calibration_pprs=tuple(request.name for request in calibrating),
        imaging_pprs=tuple(request.name for request in said.requests if not request.calibrates),
        manifests=tuple(one.name for one in said.manifests),
        calibration_manifests=tuple(one.name for one in said.manifests if one.calibrates),
        casa_version=manifest.casa_version if manifest else None,
        pipeline_version=pipeline,
        recipe=_recipe(said),
        restore_script=script.name if script else None,
        restore_task=script.task if script else None,
        restore_parameters=script.parameters(pipeline) if script else {},
        scripts=tuple(sorted(scripts)),
        renorm_applied=any(block.renorm_applied for block in blocks),
    )


def _recipe(said: Texts) -> str | None:
    titles = [request.title for request in said.requests if request.calibrates]
    named = [*titles, said.manifest.recipe if said.manifest else None]
    return next((title for title in named if title and title.lower() != "undefined"), None)
