"""The fixtures of the suite live in `tests.support`, one file a component."""

# Whatever others import comes first: pytest rewrites the asserts of a plugin only where it is the
# one to import it.
pytest_plugins = [
    "tests.support.memory",
    "tests.support.collector",
    "tests.support.commands",
    "tests.support.components",
    "tests.support.mailbox",
    "tests.support.factories",
    "tests.support.application",
    "tests.support.accounts",
    "tests.support.browser",
    "tests.support.databases",
    "tests.support.elsewhere",
    "tests.support.guard",
    "tests.support.legal_texts",
    "tests.support.passwords",
    "tests.support.server",
    "tests.support.smtp_sink",
    "tests.support.staff",
    "tests.support.statements",
    "tests.support.vendors",
    "tests.support.world",
]
