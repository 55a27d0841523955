"""The fixtures of the suite live in `tests.support`, one file a component."""

# components comes first: the others import it, and pytest rewrites the asserts of a plugin only
# where it is the one to import it.
pytest_plugins = [
    "tests.support.components",
    "tests.support.browser",
    "tests.support.databases",
    "tests.support.guard",
    "tests.support.server",
    "tests.support.smtp_sink",
]
