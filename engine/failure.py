"""How a call fails inside the engine: one exception that carries a JET_ERR, and the JET_ERR of an OSError.

Inside the engine a failure is raised; at the API it is returned [JE]. Nothing else turns exceptions into codes.
"""

import errno
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, cast

from ..model.vocabulary import JetErr

P = ParamSpec("P")
T = TypeVar("T")


class JetFailure(Exception):  # noqa: N818 - a failed call is part of the contract, not an error of the program
    """A call cannot go on; `code` is what it returns."""

    def __init__(self, code: JetErr) -> None:
        super().__init__(code.name)
        self.code = code


_CODES = {
    errno.ENOSPC: JetErr.DiskFull,
    errno.EDQUOT: JetErr.DiskFull,
    errno.EFBIG: JetErr.DiskFull,
    errno.EACCES: JetErr.FileAccessDenied,
    errno.EPERM: JetErr.FileAccessDenied,
    errno.EROFS: JetErr.FileAccessDenied,
    errno.EWOULDBLOCK: JetErr.FileAccessDenied,
    errno.EISDIR: JetErr.FileAccessDenied,
    errno.ENXIO: JetErr.FileAccessDenied,
    errno.ENOENT: JetErr.FileNotFound,
    errno.EEXIST: JetErr.FileAlreadyExists,
    errno.ENOTDIR: JetErr.InvalidPath,
    errno.ENAMETOOLONG: JetErr.InvalidPath,
    errno.ELOOP: JetErr.InvalidPath,
    errno.ENOMEM: JetErr.OutOfMemory,
}

OUT_OF_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def code_of(error: OSError) -> JetErr:
    """The JET_ERR that says what the operating system said; DiskIO for what has no name of its own [EC]."""
    return _CODES.get(error.errno or 0, JetErr.DiskIO)


def answers(call: Callable[P, JetErr]) -> Callable[P, JetErr]:
    """An API call: a failure raised inside becomes its return value."""

    @wraps(call)
    def answering(*args: P.args, **kwargs: P.kwargs) -> JetErr:
        try:
            return call(*args, **kwargs)
        except JetFailure as failure:
            return failure.code
        except OSError as error:
            return code_of(error)

    return answering


def answers_with(absent: T) -> Callable[[Callable[P, tuple[JetErr, T]]], Callable[P, tuple[JetErr, T]]]:
    """An API call with an output: after a failure the output is `absent`."""

    def decorate(call: Callable[P, tuple[JetErr, T]]) -> Callable[P, tuple[JetErr, T]]:
        @wraps(call)
        def answering(*args: P.args, **kwargs: P.kwargs) -> tuple[JetErr, T]:
            try:
                return call(*args, **kwargs)
            except JetFailure as failure:
                return failure.code, absent
            except OSError as error:
                return code_of(error), absent

        return answering

    return decorate


def answers_with_list(call: Callable[P, tuple[JetErr, list[T]]]) -> Callable[P, tuple[JetErr, list[T]]]:
    """An API call with a list as its output: after a failure an empty one, which the caller may keep."""
    answering = answers_with(cast("list[T]", []))(call)

    @wraps(call)
    def copying(*args: P.args, **kwargs: P.kwargs) -> tuple[JetErr, list[T]]:
        code, found = answering(*args, **kwargs)
        return code, list(found)

    return copying
