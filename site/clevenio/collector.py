"""Python's garbage collector, which has nothing to find in what a process keeps to its end."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def resting() -> Iterator[None]:
    """Make what stays to the end of the process without looking for garbage in it, then or ever after.

    The program and its application are two hundred thousand objects. To look through them again and again takes a fifth of
    a start, and later the middle of somebody's request; a fork that looks also copies the pages they are on.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
