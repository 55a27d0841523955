"""Numbers of rows in addresses: `<row:sequence>`."""

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

LARGEST = 2**63 - 1


class RowNumber(IntegerConverter):
    """A number that a row may have; a larger one is an address of nothing, and no database is asked."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=LARGEST)


def install(app: Flask) -> None:
    """Let routes say `<row:...>`."""
    app.url_map.converters["row"] = RowNumber
