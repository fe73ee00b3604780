"""The component's HTML, CSS and JavaScript as the strings that Streamlit wants.

The JavaScript is written as small ES modules in `js/`. Streamlit takes one string and sends it with every update of the
component, so the modules are joined into one (their `import` lines dropped, their `export` words removed: names are
unique across files), deflated, and put behind a loader of a few lines that imports the text once per page.
"""

from __future__ import annotations

import base64
import re
import zlib
from pathlib import Path
from typing import Final

MODULES: Final = (
    "dom",
    "camera",
    "layout",
    "decode",
    "colour",
    "outline",
    "region",
    "patches",
    "source",
    "paint",
    "cell",
    "toolbar",
    "readout",
    "snapshot",
    "interact",
    "keys",
    "drawing",
    "focus",
    "guard",
    "present",
    "memory",
    "viewer",
    "main",
)

_LOADER = """\
let code;
const unpack = async () => {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const text = await new Response(stream).text();
  return import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
};
export default async (component) => (await (code ??= unpack())).default(component);
"""

_FOLDER = Path(__file__).parent


def html() -> str:
    """Return the component's markup."""
    return (_FOLDER / "viewer.html").read_text(encoding="utf-8")


def css() -> str:
    """Return the component's style sheet without comments and breaks but one: a line alone is a path to Streamlit."""
    text = (_FOLDER / "viewer.css").read_text(encoding="utf-8")
    return re.sub(r"/\*.*?\*/|\n\s*", "", text, flags=re.DOTALL).replace("}", "}\n", 1)


def source() -> str:
    """Return the modules joined into one, readable, with a source name for the browser's debugger."""
    joined = "\n".join((_FOLDER / "js" / f"{name}.js").read_text(encoding="utf-8") for name in MODULES)
    without_imports = re.sub(r"^import [^;]*;\n", "", joined, flags=re.MULTILINE)
    plain = re.sub(r"^export (?!default)", "", without_imports, flags=re.MULTILINE)
    return f"{plain}\n//# sourceURL=lakeseg-viewer.js\n"


def _without_comments(text: str) -> str:
    """Drop comments but the source's name, and indentation: no literal spans lines or holds a sign and ` // `."""
    whole = re.sub(r"^(?:[ \t]*//(?!#)[^\n]*\n|[ \t]+)", "", text, flags=re.MULTILINE)
    return re.sub(r"(?<=[;{,)]) // [^\n]*", "", whole)


def javascript() -> str:
    """Return what Streamlit gets: the loader and the packed modules."""
    packed = base64.b64encode(zlib.compress(_without_comments(source()).encode(), 9)).decode("ascii")
    return f'const packed = "{packed}";\n{_LOADER}'
