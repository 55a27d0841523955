"""What the site does with data, declared as data in TOML files and read once."""

from clevenio.registry.entries import (
    Cookie,
    LegalBasis,
    Period,
    Purpose,
    Registry,
    SubjectKind,
    Tag,
    Text,
    Topic,
    Vendor,
)
from clevenio.registry.loader import load, read, switch_on

__all__ = [
    "Cookie",
    "LegalBasis",
    "Period",
    "Purpose",
    "Registry",
    "SubjectKind",
    "Tag",
    "Text",
    "Topic",
    "Vendor",
    "load",
    "read",
    "switch_on",
]
