"""Python's garbage collector looks at what a test left, not at the suite itself again and again.

The suite is a million objects that stay for as long as the process does. Walked by every full collection, they cost
a quarter of all the time that tests take.
"""

import gc


def pytest_collection_finish() -> None:
    """Set what is there aside, and collect what comes by the tens of thousands."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
