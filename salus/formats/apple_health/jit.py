"""Compilation at first use, about four seconds once; the machine code is kept on disk and loads in half a second."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Machine code that runs without the interpreter's lock.

    It is kept beside the source or, where that is read-only, in the user's cache folder; where neither can be
    written, it is compiled once per process.
    """
    try:
        return cast(F, numba.njit(nogil=True, cache=True)(function))
    except RuntimeError:  # numba found no place for its cache
        return cast(F, numba.njit(nogil=True)(function))
