"""What the question about cookies costs on the wire, beside the tools that others take for it.

Ours is the bar's markup and styles in the page, and the modules that act on it; theirs is the script and
styles that a site has to load before anybody is asked. All with gzip at its best, each file by itself.
"""

import gzip
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.measure import Figure
from clevenio.consent.notices import choices_notice
from clevenio.places import STATIC
from clevenio.web.assets import assets, smaller

STYLES = ("bar.css", "button.css", "box.css")
# On every page; and on a choice. `again` is for somebody who has chosen before something changed.
SCRIPTS = ("js/site.js", "js/choices.js")
AGAIN = (*SCRIPTS, "js/chosen.js", "js/narrow.js")
SECONDS = 60


@dataclass(frozen=True)
class Peer:
    """A tool on the npm registry: what a site loads of it, and what that weighed when it was last measured."""

    name: str
    version: str
    files: tuple[str, ...]
    noted: int
    noted_on: str

    @property
    def label(self) -> str:
        """How the table calls it."""
        return f"{self.name} {self.version}"


PEERS = (
    Peer(
        "vanilla-cookieconsent",
        "3.1.0",
        ("dist/cookieconsent.umd.js", "dist/cookieconsent.css"),
        15_474,
        "2026-11-26",
    ),
    Peer("klaro", "0.7.22", ("dist/klaro.js",), 68_910, "2026-11-26"),
    Peer(
        "tarteaucitronjs",
        "1.34.0",
        (
            "tarteaucitron.min.js",
            "tarteaucitron.services.min.js",
            "css/tarteaucitron.min.css",
            "lang/tarteaucitron.en.min.js",
        ),
        60_364,
        "2026-11-26",
    ),
)


def run() -> Iterator[Figure]:
    """First layer, script, and both together against each peer; in the language that weighs more."""
    layers = {language: first_layer(language) for language in ("fi", "en")}
    for language, size in layers.items():
        yield Figure(f"bytes.bar.{language}", 1, None, size, "bytes", None, None, "<=2048")
    script = weigh(SCRIPTS)
    yield Figure("bytes.bar.script", len(SCRIPTS), None, script, "bytes", None, None, "<=2048")
    yield Figure("bytes.bar.again", len(AGAIN), None, weigh(AGAIN), "bytes", None, None, "<=3072")
    whole = max(layers.values()) + script
    for peer in PEERS:
        measured = measure(peer)
        label = peer.label if measured else f"{peer.label} (noted {peer.noted_on})"
        control = measured or peer.noted
        name = f"bytes.bar.{peer.name}"
        yield Figure(name, len(peer.files), None, whole, "bytes", label, control, "<=0.25")


def first_layer(language: str) -> int:
    """The bar as its version archives it, with the styles it is drawn by."""
    markup = choices_notice(language).content["markup"]
    styles = "".join(smaller((Path(STATIC) / "css/site" / name).read_text("utf-8")) for name in STYLES)
    return squeezed((markup + styles).encode())


def weigh(names: tuple[str, ...]) -> int:
    """Scripts of ours, each squeezed by itself as it is sent."""
    return sum(squeezed(assets()[name].body) for name in names)


def squeezed(body: bytes) -> int:
    """The size after gzip."""
    return len(gzip.compress(body, 9, mtime=0))


def measure(peer: Peer) -> int | None:
    """What a peer weighs today, by its package; None where the registry cannot be reached."""
    if not shutil.which("npm"):
        return None
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        command = ["npm", "pack", f"{peer.name}@{peer.version}", "--silent"]
        try:
            packed = subprocess.run(
                command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=True
            )
            name = re.split(r"\s+", packed.stdout.strip())[-1]
            with tarfile.open(Path(folder) / name) as package:
                return sum(squeezed(_body(package, file)) for file in peer.files)
        except (OSError, subprocess.SubprocessError, tarfile.TarError, KeyError):
            return None


def _body(package: tarfile.TarFile, file: str) -> bytes:
    found = package.extractfile(f"package/{file}")
    if found is None:
        raise KeyError(file)
    return found.read()
