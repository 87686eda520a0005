"""A matplotlib figure as inline SVG: no prologue, ids of its own, a fluid width, little to carry.

matplotlib's own options give real text (`svg.fonttype`), stable ids (`svg.hashsalt`) and no
metadata; what follows it has no option for.
"""

from __future__ import annotations

import functools
import re
import warnings
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lxml import etree
from markupsafe import Markup

if TYPE_CHECKING:
    from lxml.etree import _Element
    from matplotlib.figure import Figure

INK = "#2b2622"
_SAID = {  # by the whole drawing, or what a browser does without being told
    "font-size": "9px",
    "fill": INK,
    "stroke-dashoffset": "0",
    "text-anchor": "start",
    "stroke-linejoin": "miter",
}
_SVG, _LINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}href"
_METADATA = dict.fromkeys(("Date", "Creator", "Format", "Type"))
_NUMBERS = ("d", "x", "y", "style")  # attributes that hold numbers
_BARE = "groupe"  # a group that only carries an id
_ROUND = re.compile(r"M 0 ([\d.]+) C [^z]*z")  # a round mark, in curves
_LONG = re.compile(r"(\d+\.\d)\d+")
_UPRIGHT = re.compile(r"rotate\(-0 .*\)")


@functools.cache
def settings() -> dict[str, Any]:
    """matplotlib's own settings and the style of our charts, whatever the user's are."""
    import matplotlib as mpl

    ours = {k: v for k, v in mpl.rcParamsDefault.items() if not k.startswith(("backend", "date."))}
    style = Path(__file__).parent / "page" / "graphiques.mplstyle"
    return mpl.RcParams(ours) | mpl.rc_params_from_file(style, use_default_template=False)


def inline(figure: Figure, nom: str, *, cut: bool = False) -> Markup:
    """The drawing of a figure, for a page where `nom` is given to no other.

    Args:
        figure: the figure of matplotlib.
        nom: a name that no other drawing of the page has.
        cut: whether what goes beyond the axes is left out.
    """
    import matplotlib as mpl

    figure.patch.set_visible(False)
    for artist in figure.findobj() if not cut else ():
        artist.set_clip_on(False)
    buffer = BytesIO()
    with mpl.rc_context(settings() | {"svg.hashsalt": nom}), warnings.catch_warnings():
        # a sign that its font lacks is drawn by the reader's
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure.savefig(buffer, format="svg", metadata=_METADATA)
    drawing = etree.fromstring(buffer.getvalue(), etree.XMLParser(remove_blank_text=True))
    box = drawing.get("viewBox")
    for element in list(drawing.iter(f"{_SVG}*")):
        _lighten(element, nom)
    etree.strip_tags(drawing, _BARE)
    parts = [p for p in drawing if p.tag != f"{_SVG}defs" or p[0].tag != f"{_SVG}style"]
    inside = "".join(etree.tostring(part, encoding="utf-8").decode() for part in parts)
    inside = re.sub(r' xmlns(:\w+)?="[^"]*"', "", inside)
    return Markup(  # its face and its ink are the page's
        f'<svg class="graphique" viewBox="{box}" paint-order="stroke" '
        f'aria-hidden="true" focusable="false">{inside}</svg>'
    )


def _lighten(element: _Element, nom: str) -> None:
    """Give an element an id of its own, tenths of a point, and no more than it must say."""
    said = {str(k): str(v) for k, v in element.attrib.items()}
    parent = element.getparent()
    if element.tag == f"{_SVG}g" and not said.keys() - {"id"}:
        element.tag = _BARE
        return
    if "id" in said:
        said["id"] = f"{nom}-{said['id']}"
    said = {k: v.replace("url(#", f"url(#{nom}-") for k, v in said.items()}
    if _LINK in said:
        said = {"href": said.pop(_LINK).replace("#", f"#{nom}-"), **said}
    if _UPRIGHT.fullmatch(said.get("transform", "")):
        del said["transform"]
    said |= {k: _LONG.sub(r"\1", " ".join(said[k].split())) for k in _NUMBERS if k in said}
    said |= {"style": _style(said["style"])} if "style" in said else {}
    if parent is not None and parent.tag == f"{_SVG}defs":  # a mark: said by each use
        said["style"] = ""
        if circle := _ROUND.fullmatch(said.get("d", "")):
            element.tag = f"{_SVG}circle"
            said["r"] = circle[1]
            del said["d"]
    element.attrib.clear()
    element.attrib.update({k: v for k, v in said.items() if (k, v) != ("style", "")})


def _style(text: str) -> str:
    said = (part.partition(": ")[::2] for part in text.split("; "))
    return ";".join(
        f"{name}:{value}"
        for name, value in said
        if name != "font-family" and _SAID.get(name) != value
    )
