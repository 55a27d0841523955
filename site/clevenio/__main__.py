"""`python -m clevenio` is the `clevenio` command."""

from clevenio.app import cli

cli()
