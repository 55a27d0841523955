"""What is drawn on each card: the words of its page, and the one drawing that all share."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from PIL import Image

from clevenio.heads import Head, heads
from clevenio.i18n import LANGUAGES, environment
from clevenio.places import STATIC, TEMPLATES
from clevenio.settings import Settings

FOLDER = Path(STATIC) / "cards"
DRAWING = Path(__file__).with_name("card.html")


@dataclass(frozen=True)
class Card:
    """One card: the page by its endpoint, the language, and what is written."""

    endpoint: str
    language: str
    head: Head

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.endpoint}.{self.language}.png"

    @property
    def html(self) -> str:
        template = environment(self.language).from_string(DRAWING.read_text(encoding="utf-8"))
        return template.render(head=self.head, name=_name())

    @property
    def said(self) -> dict[str, str]:
        """What the picture says of itself, by which a card that is out of date is told from one that is not."""
        return {"Title": self.head.title, "Source": _digest(_name())}


def every() -> Iterator[Card]:
    """A card for each page that may be found, in each language."""
    for language in LANGUAGES:
        for endpoint, head in heads(language).items():
            yield Card(endpoint, language, head)


def drawn(path: Path) -> dict[str, str]:
    """What the picture at a place says of itself; nothing where there is none."""
    if not path.exists():
        return {}
    with Image.open(path) as picture:
        return {str(name): str(text) for name, text in picture.info.items() if name in ("Title", "Source")}


def _name() -> str:
    """Whose cards they are: of the installation that draws them."""
    return Settings.from_env().controller_name


def sources() -> list[Path]:
    """Every file that a card is drawn from: the drawing, the line, the styles that reach them, the face."""
    styles = Path(STATIC) / "css" / "site"
    return [
        DRAWING,
        Path(TEMPLATES) / "components" / "strand.html",
        *sorted(styles.glob("[0-9]*.css")),
        styles / "header.css",
        styles / "strand.css",
        *sorted((Path(STATIC) / "fonts").glob("*.woff2")),
    ]


@cache
def _digest(name: str) -> str:
    made = sha256(name.encode("utf-8"))
    for path in sources():
        made.update(sha256(path.read_bytes()).digest())
    return made.hexdigest()
