"""Inspecting log generations, checkpoints and reserve logs."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from .checkpoint import SLOT_SIZE, Checkpoint, Slot, Unusable, read_slots
from .failure import JetFailure
from .files import Files, Kind, OpenFile, base, join, parent
from .logfile import (
    CURRENT,
    HEADER_SIZE,
    LARGEST_FILE,
    TEMPORARY,
    LogHeader,
    archive_generation,
    archive_name,
    decode_log_header,
    peek_log_header,
)
from .logreader import WINDOW, LogReader
from .records import Record, decode_records
from .report import Report, attachments, count, generation, moment, offset, place

Watch = Callable[[Record], None]
"""Is shown every record of a log, in order."""

NO_GENERATION = bytes(16)
"""What the first generation of a sequence has before it."""


@dataclass
class LogReport(Report):
    """A log; `header` None if it is damaged. `closed`: an End record was found; `broken`: what it holds is damaged."""

    header: LogHeader | None = None
    closed: bool = False
    end: int = 0
    torn: bool = False
    broken: bool = False
    records: Counter[str] = field(default_factory=Counter)


@dataclass
class CheckpointReport(Report):
    """A checkpoint file; `checkpoint` None if neither of its places holds one."""

    checkpoint: Checkpoint | None = None


def inspect_log(files: Files, path: str, *, watch: Watch | None = None) -> LogReport:
    """Read a log through, a window at a time."""
    file = files.open(path)
    try:
        size = files.length(file)
        header = decode_log_header(files.read(file, 0, HEADER_SIZE))
        what = "log generation of a backup set" if header and header.backup_copy else "log generation"
        report = LogReport(path, f"{what}, {size:,} bytes", header=header)
        if header is None:
            _report_no_header(report, files, file, path)
            return report
        _report_header(report, header, path)
        if size > LARGEST_FILE:
            report.broken = True
            report.spoil(f"no log is larger than {LARGEST_FILE:,} bytes")
        else:
            _report_segments(report, files, file, watch)
    finally:
        files.close(file)
    return report


def _report_no_header(report: LogReport, files: Files, file: OpenFile, path: str) -> None:
    """The next log is made under a name of its own; a crash may leave it without a header, which means nothing."""
    if base(path) == TEMPORARY:
        report.add("header", "none: the log was being made")
        report.brief = "being made"
        return
    report.add("header", "damaged")
    report.brief = "no header"
    size = files.length(file)
    cut_off = f": the file ends at offset {offset(size)}" if size < HEADER_SIZE else ""
    report.spoil(f"the header does not verify{cut_off}")


def _report_header(report: LogReport, header: LogHeader, path: str) -> None:
    report.add("header", "good")
    report.add("generation", generation(header.generation))
    report.add("created", moment(header.created))
    report.add("log signature", header.signature.hex())
    report.add("identity", header.identity.hex())
    report.add("previous", "none, it is the first" if header.previous == NO_GENERATION else header.previous.hex())
    report.add("log file size", f"{header.size_kb:,} KB")
    report.add("attached at its begin", attachments(header.attached))
    named = archive_generation(base(path))
    if named is not None and named != header.generation:
        report.spoil(f"the file has the name of generation {generation(named)}")


def _report_segments(report: LogReport, files: Files, file: OpenFile, watch: Watch | None) -> None:
    log = LogReader(files, file)
    segments, senseless = 0, None
    for segment in log.segments():
        segments += 1
        try:
            for record in decode_records(segment.payload):
                report.records[type(record).__name__.lower()] += 1
                if watch is not None:
                    watch(record)
        except ValueError as error:
            senseless = senseless or f"the records of the segment at offset {offset(log.end)} make no sense: {error}"
    report.closed, report.end = log.closed, log.end
    report.add("segments", f"{segments:,} good, up to offset {offset(log.end)}")
    kinds = (f"{kind} {number:,}" for kind, number in sorted(report.records.items()))
    report.add("records", ", ".join(kinds) or "none")
    if senseless:
        report.broken = True
        report.spoil(senseless)
    _report_end(report, files, file, log)
    report.brief = f"{count(segments, 'segment')}, {_end_of(report)}"


def _report_end(report: LogReport, files: Files, file: OpenFile, log: LogReader) -> None:
    """A log that was closed must verify up to its End record; the one being written may end in a torn segment."""
    closed = archive_generation(base(report.path)) is not None or log.header.backup_copy
    try:
        log.require_whole(closed=closed)
    except JetFailure:
        report.broken = True
        after = "it has no End record" if closed else "whole segments follow"
        report.spoil(f"the log breaks off at offset {offset(log.end)}, and {after}")
    report.torn = not log.closed and _has_tail(files, file, log.end)
    report.add("end", _end_of(report))


def _end_of(report: LogReport) -> str:
    if report.closed:
        return "closed by an End record"
    if report.torn:
        return f"torn at offset {offset(report.end)}"
    return f"open, nothing follows offset {offset(report.end)}"


def _has_tail(files: Files, file: OpenFile, end: int) -> bool:
    """Whether anything but zeros follows."""
    for at in range(end, files.length(file), WINDOW):
        data = files.read(file, at, WINDOW)
        if data.count(0) != len(data):
            return True
    return False


def report_chain(files: Files, report: LogReport) -> None:
    """Whether a log follows the generation before it, if that lies in the same folder."""
    header, path = report.header, report.path
    if header is None or header.previous == NO_GENERATION:
        return
    name = archive_name(header.generation - 1)
    before = join(parent(path), name)
    if base(path) == TEMPORARY and files.kind(before) is not Kind.FILE:
        name, before = CURRENT, join(parent(path), CURRENT)
    try:
        found = peek_log_header(files, before)
    except (OSError, JetFailure):
        report.add("chain", f"the generation before, {name}, is not here or not readable")
        return
    if (broken := why_not_next(header, found)) is not None:
        report.spoil(f"does not follow {name}: {broken}")
    else:
        report.add("chain", f"follows {name}")


def why_not_next(header: LogHeader, before: LogHeader) -> str | None:
    """Why a generation is not the one after another, or None if it is."""
    if header.signature != before.signature:
        return "another log sequence (signature)"
    if header.generation != before.generation + 1:
        return f"generation {generation(header.generation)} after {generation(before.generation)}"
    return None if header.previous == before.identity else "it names another generation as the one before it"


def inspect_checkpoint(files: Files, path: str) -> CheckpointReport:
    """Both places of a checkpoint file."""
    report = CheckpointReport(path, "checkpoint")
    newest: Slot | None = None
    for number, slot in enumerate(read_slots(files, path)):
        if not isinstance(slot, Slot):
            report.add(f"place {number}", slot.value)
            if slot is Unusable.DAMAGED:
                report.spoil(f"place {number} (offset {offset(number * SLOT_SIZE)}) does not verify")
            continue
        report.add(f"place {number}", f"good, write {slot.number:,}: {place(slot.checkpoint.lsn)}")
        newest = slot if newest is None or slot.number > newest.number else newest
    if newest is None:
        report.spoil("neither place holds a checkpoint")
        report.brief = "no checkpoint"
        return report
    checkpoint = report.checkpoint = newest.checkpoint
    report.add("redo begins at", place(checkpoint.lsn))
    report.add("log signature", checkpoint.signature.hex())
    report.add("attached there", attachments(checkpoint.attached))
    report.brief = f"redo from {place(checkpoint.lsn)}"
    return report
