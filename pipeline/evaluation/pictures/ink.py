"""The one place that draws: Matplotlib makes SVG of it, the same bytes every time, that needs no network and does no harm inside a page.

Importing it takes 1.1 CPU seconds and 26 MB beside what the step `monitor` needs anyway, the six pictures of a night 0.5 s and 17 MB more:
only that step and the command `report` come here.
"""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET  # reads what Matplotlib has just written
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends import backend_svg  # noqa: F401  # found by name when the first figure is saved; imported here, it is paid here
from matplotlib.figure import Figure

Painter = Callable[[Figure], None]

INK, TONIGHT, BEFORE, FAINT = "#1c1c1c", "#12487f", "#d98e2b", "#c9c9c9"  # in grey 11, 27, 62 and 79 %: apart without colour too
Look = Mapping[str, Any]  # arguments of a bar or a line
FILLED: Look = {"color": TONIGHT}
HATCHED: Look = {"color": "white", "edgecolor": BEFORE, "hatch": "////"}
WIDE = 4.3  # inches, 310 units: text of 9 units is 10 px on a phone of 390 px, and 15 px, like the page, where there is room
SVG = "http://www.w3.org/2000/svg"
LINK = "{http://www.w3.org/1999/xlink}href"
STYLE: dict[str, Any] = {
    "svg.fonttype": "none",  # text stays text: read aloud, found, sharp, and 60 kB smaller a picture than outlines
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # measured with a wide face, so that no other is clipped
    "font.size": 9,
    "text.parse_math": False,  # a column may be called $x$
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.axisbelow": True,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "hatch.linewidth": 0.9,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 1.8,
    "patch.linewidth": 0.9,
}


def drawn(name: str, title: str, sentence: str, height: float, paint: Painter) -> str:
    """What `paint` puts on a figure of this height (inches), as one SVG element; `title` and `sentence` are what it tells without eyes.

    `name` (letters) sets its ids apart from those of the other pictures of a page.
    """
    with _style(name):
        figure = Figure(figsize=(WIDE, height), dpi=72, layout="constrained")  # the dots of SVG, so that it is laid out as it is written
        paint(figure)
        _lay_out(figure)
        written = io.StringIO()
        figure.savefig(written, format="svg", transparent=True, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    return _inlined(written.getvalue(), name, title, sentence)


def _lay_out(figure: Figure) -> None:
    """Place the axes once and for all: Matplotlib would draw the whole figure twice to do so, half of the time."""
    engine = figure.get_layout_engine()
    assert engine is not None
    engine.execute(figure)
    figure.set_layout_engine(None)


def lines_across(axes: Axes) -> None:
    """Faint lines from the ticks of the value axis, and no marks where they end."""
    axes.yaxis.grid(visible=True)
    axes.tick_params(length=0)


def lines_up(axes: Axes) -> None:
    """The same for horizontal bars."""
    axes.xaxis.grid(visible=True)
    axes.tick_params(length=0)


@contextmanager
def _style(name: str) -> Iterator[None]:
    """Ours over Matplotlib's own, whatever a file of settings on this machine says."""
    theirs = {key: value for key, value in mpl.rcParamsDefault.items() if not key.startswith("backend")}
    with mpl.rc_context(cast(Any, theirs | STYLE | {"svg.hashsalt": name})):
        yield


def _inlined(written: str, name: str, title: str, sentence: str) -> str:
    """The element for a page of HTML: no prologue, no foreign names, no rule of style that reaches beyond it, only ids that it uses."""
    root = ET.fromstring(written[written.index("<svg") :])  # noqa: S314  # ours
    _strip(root, name)
    for place, (tag, text) in enumerate((("title", title), ("desc", sentence))):
        told = ET.Element(tag, {"id": f"{name}-{tag}"})
        told.text = text
        root.insert(place, told)
    box = root.attrib["viewBox"]
    root.attrib.clear()
    root.attrib.update({"viewBox": box, "role": "img", "aria-labelledby": f"{name}-title {name}-desc"})
    return ET.tostring(root, encoding="unicode")


def _strip(root: ET.Element, name: str) -> None:
    for element in root.iter():
        for child in list(element):
            if child.tag.endswith(("metadata", "style")) or (child.tag == f"{{{SVG}}}defs" and all(c.tag.endswith("style") for c in child)):
                element.remove(child)
        element.tag = element.tag.removeprefix(f"{{{SVG}}}")
        if LINK in element.attrib:
            element.attrib["href"] = element.attrib.pop(LINK)
    used = " ".join(value for element in root.iter() for key, value in element.attrib.items() if key != "id")
    for element in root.iter():
        own = element.attrib.pop("id", None)
        if own is not None and f"#{own}" in used:
            element.attrib["id"] = own
