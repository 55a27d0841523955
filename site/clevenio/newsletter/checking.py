"""The check before sending: every mail a campaign would make, by the rules, on the bytes that would leave."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from clevenio.consent.ledger import Basis
from clevenio.errors import BadInput, Problem, Refused
from clevenio.i18n import LANGUAGES, NAMES
from clevenio.newsletter import campaigns, markdown, messages, rules
from clevenio.newsletter.drafts import Draft
from clevenio.registry import load
from clevenio.settings import Settings


@dataclass(frozen=True)
class Checked:
    """One language on one basis: how each rule fared, or what kept a mail from being made at all."""

    language: str
    basis: Basis
    size: int
    findings: tuple[rules.Finding, ...]
    problem: Problem | None = None

    @property
    def is_good(self) -> bool:
        """Whether this mail may leave."""
        return self.problem is None and not any(finding.faults for finding in self.findings)


def check(settings: Settings, draft: Draft, now: datetime) -> list[Checked]:
    """Each mail of a campaign, looked at. A language without a text is a fault: its readers would get nothing."""
    bases = [Basis(basis) for basis in load().topics[draft.topic].bases]
    return [_checked(settings, draft, language, basis, now) for language in LANGUAGES for basis in bases]


def is_good(checked: list[Checked]) -> bool:
    """Whether the campaign may be sent."""
    return all(each.is_good for each in checked)


def _checked(settings: Settings, draft: Draft, language: str, basis: Basis, now: datetime) -> Checked:
    try:
        letter = campaigns.letter(settings, draft.topic, language, _source(draft.texts, language))
        stencil = messages.stencil(settings, draft.topic, language, basis, letter)
    except Problem as problem:
        return Checked(language, basis, 0, (), problem)
    made_up = messages.made_up(settings)
    message = stencil.fill(**made_up, now=now)
    found = rules.report(settings, message, messages.unsubscribe_address(settings, made_up["token"]))
    return Checked(language, basis, len(message), tuple(found))


def _source(texts: Mapping[str, tuple[str, str]], language: str) -> str:
    subject, text = texts[language]
    if not text.strip():
        raise Refused("Nothing is written in this language: %(language)s.", language=NAMES[language])
    if not subject.strip():
        raise BadInput("The subject is missing.")
    return markdown.compose(subject, text)
