import importlib
import pkgutil
import warnings
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event, inspect, text

import clevenio
from clevenio import migrations
from clevenio.database import Base
from clevenio.errors import Refused

SCRIPTS = ScriptDirectory(str(Path(migrations.__file__).parent))


def import_every_model():
    """Each table is known to the metadata once its module has been imported."""
    for module in pkgutil.walk_packages(clevenio.__path__, "clevenio."):
        if not module.name.startswith("clevenio.migrations.") and not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def difference(database):
    import_every_model()

    def is_of_this_database(item, name, kind, is_there, _other):
        if is_there:
            # Kept by triggers, as an index is by the database (tests/people/test_shelves.py).
            return name != "suppression_holders"
        only = None if kind in ("table", "column") else item._ddl_if
        return only is None or only.dialect == database.engine.dialect.name

    options = {
        "compare_type": True,
        "compare_server_default": True,
        "include_object": is_of_this_database,
    }
    with database.engine.connect() as connection, warnings.catch_warnings():
        # Whether those are there is asked where they are used (tests/people/test_shelves.py).
        warnings.filterwarnings("ignore", "(Skipped|autogenerate skipping).* expression-based index")
        return compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)


def test_the_migrated_schema_is_the_one_the_models_describe(database):
    assert difference(database) == []


def test_the_comparison_notices_a_missing_index(database):
    with database.engine.begin() as connection:
        connection.execute(text("DROP INDEX ix_people_company"))
    assert [change[0] for change in difference(database)] == ["add_index"]


def test_steps_are_named_by_their_numbers_and_the_last_is_this_codes():
    assert migrations.known() == {script.revision for script in SCRIPTS.walk_revisions()}
    assert migrations.newest() == SCRIPTS.get_current_head()


def test_upgrading_from_nothing_ends_at_this_codes_revision(empty_database):
    assert migrations.current(empty_database) is None
    migrations.upgrade(empty_database)
    assert migrations.current(empty_database) == migrations.newest()


def test_upgrading_twice_changes_nothing(database):
    tables = set(inspect(database.engine).get_table_names())
    migrations.upgrade(database)
    assert set(inspect(database.engine).get_table_names()) == tables


def test_a_step_cut_short_leaves_nothing_half_done(empty_database):
    @event.listens_for(empty_database.engine, "before_cursor_execute")
    def cut(connection, cursor, statement, parameters, context, many):
        if "alembic_version SET" in statement and migrations.newest() in f"{statement}{parameters}":
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        migrations.upgrade(empty_database)
    assert inspect(empty_database.engine).get_table_names() == []


def test_a_newer_database_is_refused_by_name_of_its_revision(database):
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Refused, match="9999"):
        migrations.upgrade(database)


def test_the_steps_are_one_line_and_no_step_goes_back():
    steps = list(SCRIPTS.walk_revisions())
    assert [step.revision for step in reversed(steps)] == [f"{n:04}" for n in range(1, len(steps) + 1)]
    assert not [step.revision for step in steps if hasattr(step.module, "downgrade")]
