"""Lays the content out: a page in one file by jinja2, a PDF by typst."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from bardsmith.errors import RunError
from bardsmith.outputs import atomic, write_text
from bardsmith.report import charts
from bardsmith.report.content import Content

TEMPLATES = Path(__file__).parent / "templates"


def write_page(path: Path, content: Content) -> None:
    """One HTML file that needs nothing else: style and figures are in it, scripts and links there are none."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["inline_svg"] = _inline_svg
    write_text(path, environment.get_template("index.html.jinja").render(asdict(content)))


def _inline_svg(svg: str) -> str:
    """Our own drawing as an element of the page, in the page's ink; the names of its languages are not needed there."""
    for attribute in (' xmlns:xlink="http://www.w3.org/1999/xlink"', ' xmlns="http://www.w3.org/2000/svg"'):
        svg = svg.replace(attribute, "")
    return svg.replace(charts.INK, "currentColor")


def write_pdf(path: Path, content: Content) -> None:
    """The same content on A4. All of it goes in as one JSON string, so that no text is read as typst's markup.

    Only the fonts inside typst are used: the same bytes on every machine.
    """
    import typst

    try:
        pdf = typst.compile(
            (TEMPLATES / "report.typ").read_bytes(),
            format="pdf",
            sys_inputs={"content": json.dumps(asdict(content), ensure_ascii=False)},
            ignore_system_fonts=True,
            timestamp=0,
        )
    except typst.TypstError as error:
        raise RunError(f"typst could not set the PDF: {error}", "Leave it out with `report.pdf: false`.") from None
    with atomic(path) as temporary:
        temporary.write_bytes(pdf)
