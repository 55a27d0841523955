"""Our own files: CSS joined at start, every address with a fingerprint, kept by browsers for a year."""

import base64
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import brotli
from flask import Flask, Response, abort, request

from clevenio.places import STATIC

STYLES = {
    "site.css": ("css/site",),
    # What only pages about one person need, so that nobody's first visit pays for it.
    "account.css": ("css/account",),
    "staff.css": ("css/site", "css/staff"),
}
# The pictures of shared links stand on the pages where they are shared.
SHOWN_ELSEWHERE = "cards/"
TEXT = (".css", ".js", ".svg", ".txt")


@dataclass(frozen=True)
class Asset:
    """One file, ready to go: `etag` is the hash that its address carries."""

    body: bytes
    kind: str
    etag: str
    is_text: bool

    @cached_property
    def squeezed(self) -> bytes:
        """In brotli, made when it is first asked for."""
        body: bytes = brotli.compress(self.body, quality=11)
        return body


@cache
def assets() -> dict[str, Asset]:
    """Every file under `static`, the styles joined, by its path."""
    root = Path(STATIC)
    found = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and "css" not in path.relative_to(root).parts[:1]
    }
    found |= {name: _without_comments(body) for name, body in found.items() if name.endswith(".js")}
    for name, folders in STYLES.items():
        files = [path for folder in folders for path in sorted((root / folder).glob("*.css"))]
        text = "\n".join(path.read_text(encoding="utf-8") for path in files)
        found[name] = smaller(_versioned_urls(text, found)).encode("utf-8")
    return {name: _asset(name, body) for name, body in found.items()}


def _asset(name: str, body: bytes) -> Asset:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Asset(body, kind, _fingerprint(body), name.endswith(TEXT))


def _fingerprint(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:12]


def _versioned_urls(css: str, files: dict[str, bytes]) -> str:
    def versioned(match: re.Match[str]) -> str:
        name = match.group(1).removeprefix("/static/")
        return f"url(/static/{name}?v={_fingerprint(files[name])})" if name in files else match.group(0)

    return re.sub(r"""url\(["']?([^)"']+)["']?\)""", versioned, css)


def _without_comments(script: bytes) -> bytes:
    """The same script without the lines that are a comment; none of ours has a text that begins a line so."""
    return re.sub(rb"(?m)^[ \t]*//.*\n", b"", script)


def smaller(css: str) -> str:
    """The same CSS without comments and idle space; strings are left alone."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    parts = re.split(r"""("[^"]*"|'[^']*')""", css)
    for number in range(0, len(parts), 2):
        text = re.sub(r"\s+", " ", parts[number])
        parts[number] = re.sub(r"\s*([{};,])\s*", r"\1", text).replace(";}", "}")
    return "".join(parts).strip()


def address(name: str) -> str:
    """The address of a file: it changes with the file's content. Raises `KeyError` for no file."""
    return f"/static/{name}?v={assets()[name].etag}"


@cache
def integrity(name: str) -> str:
    """What a browser checks a script against before running it (W3C Subresource Integrity)."""
    digest = hashlib.sha384(assets()[name].body).digest()
    return f"sha384-{base64.b64encode(digest).decode()}"


def install(app: Flask) -> None:
    """Serve the files at `/static/`."""
    app.add_url_rule("/static/<path:name>", "asset", _serve)


def _serve(name: str) -> Response:
    asset = assets().get(name)
    if asset is None:
        abort(404)
    response = Response(asset.body, mimetype=asset.kind)
    if asset.is_text:
        response.headers["Vary"] = "Accept-Encoding"
        if request.accept_encodings.quality("br"):
            response.data = asset.squeezed
            response.headers["Content-Encoding"] = "br"
    if name.startswith(SHOWN_ELSEWHERE):
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.set_etag(asset.etag)
    current = request.args.get("v") == asset.etag
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if current else "no-cache"
    return response.make_conditional(request)  # type: ignore[return-value]
