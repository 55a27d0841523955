"""Under what addresses meet of which some platform makes one digest; which identifiers are still to be settled."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"

BATCH = 5_000


def upgrade() -> None:
    """Computed for everybody we know, a batch at a time."""
    from clevenio.people.addresses import match_key  # noqa: PLC0415

    op.add_column(
        "people", sa.Column("match_key", sa.String(length=320), nullable=False, server_default=sa.text("''"))
    )
    connection = op.get_bind()
    people = sa.table("people", sa.column("id", sa.Uuid()), sa.column("address_key"), sa.column("match_key"))
    change = (
        people.update().where(people.c.id == sa.bindparam("person")).values(match_key=sa.bindparam("key"))
    )
    last = None
    while True:
        batch = sa.select(people.c.id, people.c.address_key).order_by(people.c.id).limit(BATCH)
        found = connection.execute(batch if last is None else batch.where(people.c.id > last)).all()
        if not found:
            break
        connection.execute(change, [{"person": person, "key": match_key(key)} for person, key in found])
        last = found[-1].id
    op.create_index(op.f("ix_people_match_key"), "people", ["match_key"], unique=False)
    still_sealed = sa.text("sealed IS NOT NULL")
    op.create_index(
        "ix_former_identifiers_to_settle",
        "former_identifiers",
        ["id"],
        unique=False,
        sqlite_where=still_sealed,
        postgresql_where=still_sealed,
    )
