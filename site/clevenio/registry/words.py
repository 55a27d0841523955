"""A text of the registry in both languages."""

from dataclasses import dataclass

from clevenio.i18n import current_language


@dataclass(frozen=True)
class Text:
    """A text in both languages; `str()` gives the current one."""

    fi: str
    en: str

    def __getitem__(self, language: str) -> str:
        return self.fi if language == "fi" else self.en

    def __str__(self) -> str:
        return self[current_language()]
