"""Equal models, equal bytes: a skops file without what differs from one saving to the next.

skops numbers the parts of a model by their address in memory, names the arrays after these numbers, and stamps each with the time.
"""

from __future__ import annotations

import io
import re
import zipfile

SCHEMA = "schema.json"
ADDRESS = re.compile(r'(?<="__id__": )\d+|(?<="file": ")\d+(?=\.npy")')  # in skops's own text; a quote within a value is escaped there
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip file can say


def canonical(payload: bytes) -> bytes:
    """The same skops file with its parts numbered 1, 2, 3… in the order in which they first stand in it, and no time of saving."""
    with zipfile.ZipFile(io.BytesIO(payload)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    schema = files.pop(SCHEMA).decode()
    numbers = {address: str(number) for number, address in enumerate(dict.fromkeys(ADDRESS.findall(schema)), start=1)}
    schema = ADDRESS.sub(lambda found: numbers[found[0]], schema)
    arrays = {f"{numbers[name.removesuffix('.npy')]}.npy": content for name, content in files.items()}
    return _zipped({SCHEMA: schema.encode(), **dict(sorted(arrays.items()))})


def _zipped(files: dict[str, bytes]) -> bytes:
    """Stored, not compressed: another zlib would give other bytes."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, LONG_AGO), content)
    return written.getvalue()
