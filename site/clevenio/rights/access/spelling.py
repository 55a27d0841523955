"""Codes of the data as words, for the page that people read; `data.json` keeps the codes."""

from collections.abc import Mapping

from clevenio.consent.readable import DOORS
from clevenio.consent.readable import STATES as DECISIONS
from clevenio.registry import load
from clevenio.rights import words
from clevenio.rights.evidence.words import BASES

# By table and column, for what somebody typed stays as it was typed, whatever it reads like.
CODES: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("consent_decisions", "state"): {str(code): said for code, said in DECISIONS.items()},
    ("consent_decisions", "channel"): {str(code): said for code, said in DOORS.items()},
    ("consent_decisions", "basis"): {str(code): said for code, said in BASES.items()},
    ("consent_standing", "state"): {str(code): said for code, said in DECISIONS.items()},
    ("consent_standing", "basis"): {str(code): said for code, said in BASES.items()},
    ("rights_requests", "kind"): {str(code): said for code, said in words.KINDS.items()},
    ("rights_requests", "asker"): {str(code): said for code, said in words.ASKERS.items()},
    ("rights_requests", "channel"): {str(code): said for code, said in words.CHANNELS.items()},
    ("rights_requests", "state"): {str(code): said for code, said in words.STATES.items()},
    ("rights_requests", "identity"): {str(code): said for code, said in words.IDENTITIES.items()},
    ("rights_events", "act"): words.ACTS,
}
PURPOSES = {("consent_decisions", "purpose"), ("consent_standing", "purpose")}


def purpose_name(purpose: str) -> str:
    """What a purpose is called; its identifier where the registry has it no more."""
    registry = load()
    return registry.name_of(purpose) if purpose in registry.decidable else purpose


def spelt(table: str, column: str, value: object) -> object:
    """A code in words of the current language; any other value as it is."""
    if (table, column) in PURPOSES:
        return purpose_name(str(value))
    said = CODES.get((table, column), {}).get(str(value))
    return value if said is None else str(said)
