"""The cube that a request is to replace, and what a form says at first: the channels that it has."""

from products import slots
from products.models import CubeSlot, Product
from restores.image_request import replaced_id


def cube(mous, told, by) -> Product | None:
    """The cube in force of `mous` whose id is `told`, where `by` may replace it now."""
    slot = CubeSlot.objects.select_related("product__source").filter(mous=mous, product=replaced_id(told)).first()
    return slot.product if slot and slot.product and slots.replaceable(slot.product, by) else None


def of_mous(mous, by) -> dict[str, Product]:
    """The cubes of `mous` that `by` may replace now, by the key of their source."""
    rows = CubeSlot.objects.filter(mous=mous, product__isnull=False, next_request_id=None)
    return {
        slot.source.key: slot.product
        for slot in rows.select_related("source", "product")
        if by.is_authenticated and slots.may_replace(slot, by)
    }


def filled(old: Product) -> dict:
    """In the words of the form; what the provenance does not tell is left to the defaults."""
    made = old.provenance.get("parameters", {}).get("image") or {}
    words = {"source": old.source.name, "replaces": str(old.pk), "continuum": False}
    for each in made.get("cubes", [])[:1]:
        words |= {name: each[name] for name in ("mode", "start", "width", "nchan")}
        words |= {"spw": str(each["virtual_spw"]), "restfreq": f"{each['restfreq_hz'] / 1e9!r}GHz"}
    if made.get("angular_resolution_arcsec"):
        words["angular_resolution"] = f"{made['angular_resolution_arcsec']:g}arcsec"
    return words
