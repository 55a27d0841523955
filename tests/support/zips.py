"""Zips that the site hands out, opened."""

from io import BytesIO
from zipfile import ZipFile


def unzipped(content: bytes) -> dict[str, bytes]:
    """The files in a zip by name, each whole."""
    with ZipFile(BytesIO(content)) as bundle:
        assert bundle.testzip() is None
        return {name: bundle.read(name) for name in bundle.namelist()}
