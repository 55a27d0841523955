"""The `clevenio` command, which is `python -m clevenio` too."""

from clevenio import collector

with collector.resting():
    from clevenio.app import cli

if __name__ == "__main__":
    cli()
