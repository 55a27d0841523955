"""The fixtures of the suite live in `tests.support`, one file a component."""

pytest_plugins = [
    "tests.support.components",
    "tests.support.guard",
    "tests.support.smtp_sink",
]
