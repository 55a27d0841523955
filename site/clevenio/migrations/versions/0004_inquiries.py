"""The tables of the inquiries room."""

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """The tables of the inquiries room."""
    # Nothing yet.
