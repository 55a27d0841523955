"""The tables of the backoffice room."""

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """The tables of the backoffice room."""
    # Nothing yet.
