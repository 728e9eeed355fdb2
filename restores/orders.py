"""order.json: all that CASA's side is told.  It is made from the index alone; no delivered script is ever run."""

import json
from pathlib import Path

from archive.errors import TransientError
from products.models import Product
from restores.inputs import BlockInputs, inputs_of
from restores.models import Request

NAME = "order.json"
# The parameters of the delivered restore call that the import of an ASDM has
IMPORT = ("ocorr_mode", "bdfflags", "lazy", "asis")


def write_order(request: Request, directory: Path) -> Path:
    """Write the order of this attempt into `directory`, whole or not at all."""
    unfinished = directory / f".{NAME}.part"
    unfinished.write_text(json.dumps(order(request, directory), indent=1, sort_keys=True))
    return unfinished.rename(directory / NAME)


def order(request: Request, directory: Path) -> dict:
    blocks = inputs_of(request)
    _require_staged(blocks, directory)
    return {
        "recipe": request.kind,
        "request": str(request.pk),
        "attempt": request.attempt,
        "mous": request.mous.uid,
        "casa_version": request.casa_version,
        "import": _import(request.calibration.restore_parameters),
        "execution_blocks": [_block(block, request) for block in blocks],
        "image": _image(request, blocks) if request.kind == Request.Kind.IMAGE else None,
    }


def _require_staged(blocks: list[BlockInputs], directory: Path) -> None:
    """What to read is asked twice, for staging and here; a result may have expired in between."""
    for product in (product for block in blocks for product in block.products()):
        if not (directory / _place(product)).exists():
            raise TransientError(f"{product.name} has to be staged before its order can be written.")


def _import(parameters: dict) -> dict:
    return {name: parameters[name] for name in IMPORT if name in parameters}


def _place(product: Product | None) -> str | None:
    return f"inputs/{product.name}" if product else None


def _block(block: BlockInputs, request: Request) -> dict:
    return {
        "uid": block.eb.uid,
        "name": block.eb.name,
        "session": block.session,
        "raw": _place(block.raw),
        "flagversions": _place(block.flagversions),
        "caltables": [_place(product) for product in block.caltables],
        "applycal": [] if block.restored else request.calibration.blocks[block.eb.uid]["applycal"],
        "restored": _place(block.restored),
        "spws": [
            {"name": spw.name, "number": spw.number, "virtual": spw.virtual, "science": spw.science}
            for spw in block.eb.spws.all()
        ],
    }


def _image(request: Request, blocks: list[BlockInputs]) -> dict:
    wish = request.imaging
    return {
        "source": wish.source.name,
        "source_key": wish.source.key,
        "member": request.mous.name,
        "cubes": wish.cubes,
        "continuum": wish.continuum,
        "angular_resolution_arcsec": wish.angular_resolution_arcsec,
        "continuum_ranges": _continuum_ranges(request, blocks),
    }


def _continuum_ranges(request: Request, blocks: list[BlockInputs]) -> dict[str, list]:
    """Of the source, by name of the window: the delivery counts windows by their virtual ids."""
    names = {str(spw.virtual): spw.name for block in blocks for spw in block.eb.spws.all() if spw.science}
    by_virtual = request.calibration.continuum_ranges.get(request.imaging.source.key, {})
    return {names[virtual]: ranges for virtual, ranges in by_virtual.items() if virtual in names}
