"""The qa directory: a small weblog and reports in PDF, readable by anyone who opens them."""

import html
from pathlib import Path

from .calibration import Simulated
from .pack import tar_gz
from .ppr import request
from .tree import RECIPE, Tree, file_form


def write_reports(tree: Tree, simulated: Simulated) -> None:
    preset = tree.preset
    observation = preset.observation
    about = [
        f"QA2 report of {observation.mous_uid}",
        f"Project {tree.code}: {preset.title}",
        "QA2 status: PASS",
        preset.qa2_comment,
    ]
    about += [_image_line(image) for image in simulated.images]
    tree.place("qa", tree.named("qa2_report.pdf")).write_bytes(pdf(about))
    for block in observation.blocks:
        lines = [f"QA0 report of {block.uid}", f"Started {block.start} UTC", "QA0 status: PASS"]
        tree.place("qa", f"{block.name}.qa0_report.pdf").write_bytes(pdf(lines))


def _image_line(image: dict) -> str:
    header = image["header"]
    spws = ",".join(str(number) for number in image["virtual_spws"])
    beam = f"{header['beam'][0]:.2f} x {header['beam'][1]:.2f} arcsec" if header["beam"] else "varying"
    return (
        f"{image['source']} ({image['intent']}) spw {spws} {image['mode']}: beam {beam}, "
        f"peak {header['maximum']:.4f} Jy/beam, rms {header['rms'] * 1e3:.2f} mJy/beam"
    )


def write_weblog(tree: Tree, simulated: Simulated) -> None:
    """`pipeline-<time>/html` with the two pages that every weblog has, and the request beside them."""
    stamp = tree.preset.delivered_at.removesuffix("Z").replace("-", "").replace(":", "")
    top = simulated.work / f"pipeline-{stamp}"
    pages = top / "html"
    pages.mkdir(parents=True, exist_ok=True)
    (pages / "index.html").write_text(_page("Pipeline weblog", ['<a href="t1-1.html">Overview</a>']))
    (pages / "t1-1.html").write_text(_page("Observation overview", _overview(tree, simulated)))
    (pages / f"PPR_{file_form(tree.preset.sb_uid)}.xml").write_text(request(tree))
    tar_gz(tree.place("qa", tree.from_recipe("weblog.tgz")), [top])


def _overview(tree: Tree, simulated: Simulated) -> list[str]:
    lines = [f"Project {tree.code}", f"OUS status entity id {tree.preset.observation.mous_uid}", f"Recipe {RECIPE}"]
    for told in simulated.blocks:
        for source, fluxes in told["flux_densities"].items():
            found = ", ".join(f"spw {spw}: {flux:.4f} Jy" for spw, flux in fluxes.items())
            lines.append(f"{told['vis']}: {source} {found}")
    return [html.escape(line) for line in lines] + [html.escape(_image_line(image)) for image in simulated.images]


def _page(title: str, lines: list[str]) -> str:
    body = "\n".join(f"<p>{line}</p>" for line in lines)
    head = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head>"
    return f"{head}\n<body><h1>{title}</h1>\n{body}\n</body></html>\n"


def pdf(lines: list[str]) -> bytes:
    """One page of Helvetica; PDF needs the byte offset of every object in its cross-reference table."""
    shown = " T* ".join(f"({_escaped(line)}) Tj" for line in lines)
    content = f"BT /F1 11 Tf 14 TL 60 780 Td {shown} ET".encode("latin-1", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (size, table, size, len(out))
    )


def _escaped(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def write_text_file(tree: Tree, told: dict) -> Path:
    """The textfile of a block calibrated by hand."""
    name = told["vis"].removesuffix(".ms")
    found = "\n".join(f"{source}: {fluxes}" for source, fluxes in told["flux_densities"].items())
    return tree.write("qa", f"{name}__textfile.txt", f"Flux densities found (Jy, by spectral window)\n{found}\n")
