"""A matplotlib figure as inline SVG: no prologue, ids of its own, a fluid width, little to carry.

matplotlib's own options give real text (`svg.fonttype`), stable ids (`svg.hashsalt`) and no
metadata; what follows it has no option for.
"""

from __future__ import annotations

import contextlib
import functools
import re
import warnings
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from lxml import etree
from markupsafe import Markup

from spaser.report import chemins

if TYPE_CHECKING:
    from lxml.etree import _Element
    from matplotlib.figure import Figure

INK = "#2b2622"
_SAID = {  # set once for the whole drawing, or a browser's default
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
_GONE = "marques"  # definitions that nothing refers to any more
_REFERENCE = re.compile(r"url\((#[^)]*)\)")
_LONG = re.compile(r"(\d+\.\d)\d+")
_UPRIGHT = re.compile(r"rotate\(-0 .*\)")


@functools.cache
def settings() -> dict[str, Any]:
    """matplotlib's own settings and the style of our charts, whatever the user's are."""
    import matplotlib as mpl

    ours = {k: v for k, v in mpl.rcParamsDefault.items() if not k.startswith(("backend", "date."))}
    style = Path(__file__).parent / "page" / "graphiques.mplstyle"
    return mpl.RcParams(ours) | mpl.rc_params_from_file(style, use_default_template=False)


@contextlib.contextmanager
def styled(more: Mapping[str, Any] = MappingProxyType({})) -> Iterator[None]:
    """Our settings, and some more, for what is drawn within the `with`; those around come back.

    Only what differs is set: matplotlib's `rc_context` copies and checks its three hundred settings
    each time, a tenth of what a chart costs.

    Args:
        more: settings of matplotlib.
    """
    import matplotlib as mpl

    wanted = {**settings(), **more}
    around = {k: dict.__getitem__(mpl.rcParams, k) for k in wanted}
    changed = {k: v for k, v in wanted.items() if around[k] != v}
    mpl.rcParams.update(changed)
    try:
        yield
    finally:
        mpl.rcParams.update({k: around[k] for k in changed})


def inline(figure: Figure, nom: str, *, cut: bool = False) -> Markup:
    """The drawing of a figure, for a page where `nom` is given to no other.

    Args:
        figure: the figure of matplotlib.
        nom: a name that no other drawing of the page has.
        cut: whether what goes beyond the axes is left out.
    """
    figure.patch.set_visible(False)
    if not cut:
        _unclip(figure)
    buffer = BytesIO()
    with styled({"svg.hashsalt": nom}), warnings.catch_warnings():
        # a sign that its font lacks is drawn by the reader's
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure.savefig(buffer, format="svg", metadata=_METADATA)
    drawing = etree.fromstring(buffer.getvalue(), etree.XMLParser(remove_blank_text=True))
    box = drawing.get("viewBox")
    _place_marks(drawing)
    named = [e.get("id") for e in drawing.iter(f"{_SVG}*") if "id" in e.attrib]
    ids = {f"#{old}": f"#{nom}-{rank}" for rank, old in enumerate(named)}
    for element in list(drawing.iter(f"{_SVG}*")):
        _lighten(element, ids)
    etree.strip_tags(drawing, _BARE)
    _join_paths(drawing)
    parts = [p for p in drawing if p.tag != f"{_SVG}defs" or p[0].tag != f"{_SVG}style"]
    inside = "".join(etree.tostring(part, encoding="utf-8").decode() for part in parts)
    inside = re.sub(r' xmlns(:\w+)?="[^"]*"', "", inside)
    return Markup(  # typeface and colour come from the page
        f'<svg class="graphique" viewBox="{box}" paint-order="stroke" '
        f'aria-hidden="true">{inside}</svg>'
    )


def _unclip(figure: Figure) -> None:
    """Draw what goes beyond the axes too.

    `figure.findobj` would make the ticks of the two axes, which are not drawn, to unclip them.
    """
    from matplotlib.axis import Axis

    for axes in figure.axes:
        for child in axes.get_children():
            for artist in child.findobj() if not isinstance(child, Axis) else ():
                artist.set_clip_on(False)


def _place_marks(drawing: _Element) -> None:
    """Draw each mark where it stands, rather than from a definition with a name to carry."""
    marks = {f"#{m.get('id')}": m for m in drawing.iterfind(f".//{_SVG}defs/{_SVG}path")}
    for use in drawing.iter(f"{_SVG}use"):
        mark = marks[str(use.attrib.pop(_LINK))]
        place = (float(use.attrib.pop(name, "0")) for name in ("x", "y"))
        use.tag = f"{_SVG}path"
        use.set("d", chemins.moved(" ".join(str(mark.get("d")).split()), *place))
    for defs in list(drawing.iter(f"{_SVG}defs")):
        if all(mark.tag == f"{_SVG}path" for mark in defs):
            defs.tag = _GONE
    etree.strip_elements(drawing, _GONE, with_tail=False)


def _join_paths(drawing: _Element) -> None:
    """Make one path of those that follow one another and look the same, none see-through."""
    for path in list(drawing.iter(f"{_SVG}path")):
        before, parent = path.getprevious(), path.getparent()
        if (
            before is None
            or parent is None
            or before.tag != path.tag
            or "opacity" in str(path.get("style"))
        ):
            continue
        look, other = ({k: v for k, v in e.attrib.items() if k != "d"} for e in (path, before))
        if look == other and "id" not in look and not before.tail and not path.tail:
            path.set("d", f"{before.get('d')}{path.get('d')}")
            parent.remove(before)


def _lighten(element: _Element, ids: Mapping[str, str]) -> None:
    """Give an element an id of its own, tenths of a point, and no more than it must say."""
    attributes = {str(k): str(v) for k, v in element.attrib.items()}
    if element.tag == f"{_SVG}g" and not attributes.keys() - {"id"}:
        element.tag = _BARE
        return
    if "id" in attributes:
        attributes["id"] = ids[f"#{attributes['id']}"].removeprefix("#")
    attributes = {
        k: _REFERENCE.sub(lambda m: f"url({ids[m[1]]})", v) for k, v in attributes.items()
    }
    if _LINK in attributes:
        attributes = {"href": attributes.pop(_LINK), **attributes}
    if _UPRIGHT.fullmatch(attributes.get("transform", "")):
        del attributes["transform"]
    attributes |= {
        k: _LONG.sub(r"\1", " ".join(attributes[k].split())) for k in _NUMBERS if k in attributes
    }
    attributes |= {"style": _style(attributes["style"])} if "style" in attributes else {}
    if circle := chemins.circle(attributes.get("d", "")):
        element.tag = f"{_SVG}circle"
        numbers = zip(("cx", "cy", "r"), circle, strict=True)
        attributes = {k: v for k, v in attributes.items() if k != "d"} | {
            k: f"{n:g}" for k, n in numbers if n
        }
    elif "d" in attributes:
        attributes["d"] = chemins.short(attributes["d"])
    element.attrib.clear()
    element.attrib.update({k: v for k, v in attributes.items() if (k, v) != ("style", "")})


def _style(text: str) -> str:
    properties = (part.partition(": ")[::2] for part in text.split("; "))
    return ";".join(
        f"{name}:{value}"
        for name, value in properties
        if name != "font-family" and _SAID.get(name) != value
    )
