"""Printing what was measured: plain tables, one line a measurement."""

from collections.abc import Iterable


def show(title: str, rows: Iterable[tuple[str, ...]]) -> None:
    """Print a table; the first row is its head."""
    lines = list(rows)
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    print(f"\n{title}")
    for index, line in enumerate(lines):
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
        if not index:
            print("  " + "  ".join("-" * width for width in widths))
