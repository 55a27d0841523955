"""What the site does with data, declared as data in TOML files and read once."""

from clevenio.registry.entries import (
    Clocks,
    Cookie,
    Embed,
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
from clevenio.registry.loader import load, put_in_force, read, shipped

__all__ = [
    "Clocks",
    "Cookie",
    "Embed",
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
    "put_in_force",
    "read",
    "shipped",
]
