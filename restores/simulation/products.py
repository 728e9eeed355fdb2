"""The product directory: images under the names of the archive, which are not the names of the pipeline.

The pipeline writes `...regcal.I.pbcor.fits`; on its way into the archive a file loses `regcal`, takes `member.` in
front, and primary beams and masks are compressed.  `product_rename.txt` tells both names.
"""

from .calibration import Simulated
from .pack import gz
from .tree import Tree

COMPRESSED = ("pb", "mask")


def archive_name(raw: str, layer: str) -> str:
    name = f"member.{raw}".replace(".regcal.", ".")
    return f"{name}.gz" if layer in COMPRESSED else name


def manual_name(raw: str, layer: str) -> str:
    """Images made by hand say so after Stokes."""
    return archive_name(raw, layer).replace(f".I.{layer}.", f".I.manual.{layer}.")


def write_products(tree: Tree, simulated: Simulated, name=archive_name) -> dict[str, str]:
    """Put the images into the tree; returns the archive's names by the pipeline's."""
    renamed = {}
    for image in simulated.images:
        for layer, raw in image["files"].items():
            renamed[raw] = name(raw, layer)
            out = tree.place("product", renamed[raw])
            if layer in COMPRESSED:
                gz(simulated.work / raw, out)
            else:
                out.write_bytes((simulated.work / raw).read_bytes())
    return renamed


def rename_text(renamed: dict[str, str]) -> str:
    """One `<pipeline name> <archive name>` per line."""
    return "".join(f"{raw} {archived}\n" for raw, archived in renamed.items())
