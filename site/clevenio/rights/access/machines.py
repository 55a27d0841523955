"""The schemas of the files, at public addresses, so that whoever gets a file can check it."""

from pathlib import Path

from flask import Response

from clevenio.web.blueprints import SiteBlueprint

FOLDER = Path(__file__).resolve().parent / "schema"
SCHEMAS = {path.stem: path.read_bytes() for path in sorted(FOLDER.glob("*.json"))}

bp = SiteBlueprint("schemas")


@bp.get("/schemas/access-1.json", defaults={"name": "access-1"})
@bp.get("/schemas/portability-1.json", defaults={"name": "portability-1"})
def schema(name: str) -> Response:
    """A JSON Schema, draft 2020-12. A version that was published never changes."""
    response = Response(SCHEMAS[name], mimetype="application/schema+json")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response
