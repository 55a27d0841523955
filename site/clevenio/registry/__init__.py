"""What the site does with data, declared as data in TOML files and read once."""

from clevenio.registry.entries import (
    Cookie,
    LegalBasis,
    Period,
    Purpose,
    Registry,
    SubjectKind,
    Text,
    Topic,
    Vendor,
)
from clevenio.registry.loader import load, read

__all__ = [
    "Cookie",
    "LegalBasis",
    "Period",
    "Purpose",
    "Registry",
    "SubjectKind",
    "Text",
    "Topic",
    "Vendor",
    "load",
    "read",
]
