"""The tables of the audiences room."""

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """The tables of the audiences room."""
    # Nothing yet.
