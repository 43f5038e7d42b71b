"""`jetconform inspect PATH`: what a database, log, checkpoint, backup folder or folder of an instance holds, and whether it is
whole. Nothing is written, no link below PATH is followed, and files are read a piece at a time."""

import argparse
import os
import sys
from pathlib import Path
from typing import NoReturn

from .files import Files, Kind
from .inspect_folder import inspect_file, inspect_instance, is_instance_folder, role_by_name_too
from .inspect_log import LogReport, report_chain
from .inspect_sets import inspect_backup
from .report import Report, shown
from .sets import TEMP, survey


class InspectError(Exception):
    """There is nothing to inspect; the message says why."""


def main(argv: list[str]) -> int:
    """Exit status: 0 whole, 1 damaged, 2 wrong usage, or PATH is not there, not readable or not of the engine."""
    parser = _Parser(prog="jetconform inspect", description=__doc__)
    parser.add_argument("path", metavar="PATH", help="a file, a backup folder, or the folder of an instance")
    try:
        options = parser.parse_args(argv)
    except SystemExit as left:
        return int(left.code or 0)
    try:
        report = inspect(options.path)
    except (InspectError, OSError, ValueError) as error:
        sys.stderr.write(f"jetconform inspect: {_one_line(error, options.path)}\n")
        return 2
    _print(report)
    return 1 if report.damage else 0


def _print(report: Report) -> None:
    """All of it, or as much as the reader of a pipe wants: the exit status is that of what was found."""
    encoding = sys.stdout.encoding or "utf-8"
    try:
        for line in report.lines():
            sys.stdout.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())
        os.close(nothing)


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def inspect(path: str) -> Report:
    """What a path of the file system holds. Raises InspectError, OSError or ValueError if that cannot be said."""
    if not path:
        raise InspectError("no path was given")
    place = Path(os.path.realpath(path, strict=True))
    if place.is_dir():
        return _inspect_folder(Files(place), path)
    files = Files(place.parent)
    if files.kind(place.name) is not Kind.FILE:
        raise InspectError(f"{path} is neither a file nor a folder")
    report = inspect_file(files, place.name, role_by_name_too(files, place.name))
    if report is None:
        raise InspectError(f"{path} is no file of the reference engine")
    if isinstance(report, LogReport):
        report_chain(files, report)
    report.path = path
    return report


def _inspect_folder(files: Files, path: str) -> Report:
    roles = {name: role_by_name_too(files, name) for name in files.list("")}
    if is_instance_folder(roles):
        return inspect_instance(files, path, roles)
    if survey(files, "").sets or _has_half_made(files):
        return inspect_backup(files, path)
    folders = [name for name in roles if files.kind(name) is Kind.FOLDER]
    hint = f"; inspect one of its folders: {', '.join(folders[:5])}" if folders else ""
    raise InspectError(f"{path} holds no file of the reference engine{hint}")


def _has_half_made(files: Files) -> bool:
    """Whether `temp` holds nothing but what a backup left there."""
    return files.kind(TEMP) is Kind.FOLDER and bool(files.list(TEMP)) and not survey(files, "").forbidden


def _one_line(error: Exception, path: str) -> str:
    if isinstance(error, OSError):
        name = error.filename if isinstance(error.filename, str) else path
        return f"{shown(name)}: {shown(error.strerror or str(error))}"
    return shown(str(error) or type(error).__name__)
