"""Inspecting a database: both headers, and every page that counts."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from .database import CHUNK_PAGES
from .edit import SPACE_PAGE, last_page_of
from .failure import JetFailure
from .files import Files, OpenFile
from .header import HEADER_PAGES, DatabaseHeader, DatabaseState, decode_header
from .pages import PAGE_SIZE, PageKind, decode_page, leaf_rows, verify_pages
from .report import Report, count, generations, mark, offset

ENOUGH = 65536
"""After so many pages that do not verify or were never written no more are looked at: a file may be made of holes."""

_KIND_AT = 12
_KINDS = frozenset(map(int, PageKind))


@dataclass
class PageCount:
    """What the pages of a database are. `last` is the highest in use, as the database says; 0 if it does not say."""

    last: int = 0
    checked: int = 0
    unwritten: int = 0
    damaged: int = 0
    first_damaged: int = 0
    rows: int = 0
    kinds: Counter[int] = field(default_factory=Counter)

    @property
    def enough(self) -> bool:
        """Whether nothing good is to be expected of the rest."""
        return self.damaged + self.unwritten >= ENOUGH


@dataclass
class DatabaseReport(Report):
    """A database; `header` None if both copies are damaged. `length`: how many pages the file has."""

    header: DatabaseHeader | None = None
    pages: PageCount = field(default_factory=PageCount)
    length: int = 0
    ends_in_page: bool = False


def inspect_database(files: Files, path: str) -> DatabaseReport:
    """Read a database through, a chunk at a time."""
    file = files.open(path)
    try:
        size = files.length(file)
        data = files.read(file, 0, HEADER_PAGES * PAGE_SIZE)
        copies = decode_header(data), decode_header(data[PAGE_SIZE:])
        header = copies[0] or copies[1]
        what = "database" if header is None or not header.backup_copy else "database of a backup set"
        report = DatabaseReport(path, f"{what}, {size:,} bytes", header=header, length=_pages_in(size))
        report.ends_in_page = bool(size % PAGE_SIZE)
        _report_header(report, copies)
        report.pages = _count_pages(files, file, report)
        _report_pages(report, size)
    finally:
        files.close(file)
    return report


def _pages_in(size: int) -> int:
    return max(size // PAGE_SIZE - HEADER_PAGES, 0)


def _report_header(report: DatabaseReport, copies: tuple[DatabaseHeader | None, ...]) -> None:
    for name, copy in zip(("header", "shadow header"), copies, strict=True):
        report.add(name, "good" if copy else "damaged")
        if copy is None:
            report.spoil(f"the {name} (offset {offset(0 if name == 'header' else PAGE_SIZE)}) does not verify")
    header = report.header
    if header is None:
        return
    report.add("state", _state(header))
    report.add("logs required", _required(header))
    report.add("signature", header.signature.hex())
    report.add("log signature", header.log_signature.hex())
    report.add("database id, path", f"{header.database_id}, {header.path}")
    report.add("full backup, previous", mark(header.full_prev))
    report.add("incremental, previous", mark(header.inc_prev))
    report.add("full backup, current", mark(header.full_cur))


def _state(header: DatabaseHeader) -> str:
    return header.state.name.lower().replace("_", " ") + (", a copy made by a backup" if header.backup_copy else "")


def _required(header: DatabaseHeader) -> str:
    if header.backup_copy and header.full_cur.gen_high:
        return generations(header.full_cur.gen_low, header.full_cur.gen_high)
    if header.backup_copy:
        return "not known: the backup was not completed"
    return "none" if header.state is DatabaseState.CLEAN_SHUTDOWN else "from the checkpoint in its log folder on"


def _brief(header: DatabaseHeader) -> str:
    return f"a copy, needs {_required(header)}" if header.backup_copy else _state(header)


def _may_lack_pages(header: DatabaseHeader | None) -> bool:
    """Whether pages in use may be missing on disk, because the log has them."""
    return header is not None and not header.backup_copy and header.state is not DatabaseState.CLEAN_SHUTDOWN


def _count_pages(files: Files, file: OpenFile, report: DatabaseReport) -> PageCount:
    """A copy is verified to its end, as a restore does; of any other database what is in use."""
    found = PageCount(last=_last_page(files, file))
    copied = report.header is not None and report.header.backup_copy
    until = report.length if copied or not found.last else min(found.last, report.length)
    for first in range(1, until + 1, CHUNK_PAGES):
        if found.enough:
            break
        pages = min(CHUNK_PAGES, until + 1 - first)
        data = files.read(file, (first - 1 + HEADER_PAGES) * PAGE_SIZE, pages * PAGE_SIZE)
        _count_chunk(found, data, first, lenient=_may_lack_pages(report.header))
    return found


def _last_page(files: Files, file: OpenFile) -> int:
    data = files.read(file, (SPACE_PAGE - 1 + HEADER_PAGES) * PAGE_SIZE, PAGE_SIZE)
    try:
        page = decode_page(data, SPACE_PAGE)
    except JetFailure:
        return 0
    return last_page_of(page) if page.kind is PageKind.SPACE else 0


def _count_chunk(found: PageCount, data: bytes, first: int, *, lenient: bool) -> None:
    kinds = Counter(data[_KIND_AT::PAGE_SIZE])
    found.checked += len(data) // PAGE_SIZE
    try:
        verify_pages(data, first)
        if kinds.keys() <= _KINDS:
            found.kinds.update(kinds)
            found.rows += sum([leaf_rows(data, at) for at in range(0, len(data), PAGE_SIZE)])
            return
    except JetFailure:
        pass
    for number, page in enumerate(_pages(data), first):
        try:
            decoded = decode_page(page, number)
        except JetFailure:
            if lenient and not any(page):
                found.unwritten += 1
            else:
                found.first_damaged = found.first_damaged or number
                found.damaged += 1
        else:
            found.kinds[decoded.kind] += 1
            found.rows += decoded.cells if decoded.kind is PageKind.LEAF else 0


def _pages(data: bytes) -> Iterator[bytes]:
    return (data[at : at + PAGE_SIZE] for at in range(0, len(data), PAGE_SIZE))


def _report_pages(report: DatabaseReport, size: int) -> None:
    found, header = report.pages, report.header
    good = found.checked - found.damaged - found.unwritten
    parts = [f"{good:,} good", *([f"{found.damaged:,} damaged"] if found.damaged else [])]
    if found.unwritten:
        parts.append(f"{found.unwritten:,} not written yet, the log has them")
    in_use = f"{found.last:,} in use" if found.last else "nobody knows how many in use"
    stopped = "; the rest was not looked at" if found.enough else ""
    report.add(
        "pages", f"{report.length:,} in the file, {in_use}; {found.checked:,} checked: {', '.join(parts)}{stopped}"
    )
    report.add("page kinds", ", ".join(f"{PageKind(each).name.lower()} {found.kinds[each]:,}" for each in PageKind))
    report.add(
        "rows", f"{found.rows:,}" + (", as of when each page was copied" if header and header.backup_copy else "")
    )
    if found.damaged:
        place = offset((found.first_damaged - 1 + HEADER_PAGES) * PAGE_SIZE)
        mend = "; recovery may make it whole" if _may_lack_pages(header) else ""
        report.spoil(
            f"{count(found.damaged, 'page')} damaged, the first is page {found.first_damaged} at offset {place}"
            f" (checksum or page number){mend}"
        )
    _report_end(report, size)
    report.brief = f"{good:,} pages good, {found.rows:,} rows" + ("" if header is None else f", {_brief(header)}")


def _report_end(report: DatabaseReport, size: int) -> None:
    """Damage at the end of the file: cut off in the middle of a page, or before the last page in use."""
    found, header = report.pages, report.header
    copied = header is not None and header.backup_copy
    if report.ends_in_page and (copied or report.length < found.last or not found.last):
        report.spoil(f"the file ends at offset {offset(size)}, in the middle of page {report.length + 1}")
    elif found.last > report.length and not copied:  # each page had its space before the log spoke of it
        report.spoil(f"the file ends after page {report.length}, and {found.last} are in use")
    elif not report.length:
        report.spoil("the file has no pages")
