"""What suites guarantee: `python -m benchmarks.suites` makes the table of docs/suites.md anew, `--check` fails if it is stale."""

import argparse
import sys
from pathlib import Path

from jetconform.conformance.laboratory import contract
from jetconform.model.covers import Cover, suite
from jetconform.model.machine_faults import kills
from jetconform.model.mealy import machine_of
from jetconform.model.overlay import stepper_of
from jetconform.model.projections import PROJECTIONS, Projection
from jetconform.model.telling import Telling

PAGE = Path(__file__).parents[1] / "docs" / "suites.md"
BEGIN, END = "<!-- table: python -m benchmarks.suites -->\n", "<!-- end of the table -->\n"
HEADER = (
    "| projection | cover | tests | calls | output faults | transfer faults | for certain |\n"
    "|---|---|--:|--:|--:|--:|--:|\n"
)
PROFILES = ("documented", "ese")


def table() -> str:
    """The table of every projection and cover under both profiles, as Markdown."""
    parts = []
    for profile in PROFILES:
        lines = "".join(rows(profile, projection) for projection in PROJECTIONS)
        parts.append(f"Profile `{profile}`:\n\n{HEADER}{lines}")
    return "\n".join(parts)


def rows(profile: str, projection: Projection) -> str:
    """The lines of one projection."""
    machine = machine_of(stepper_of(contract(profile)), projection)
    states = len(machine.assumed_states())
    size = f"{states} states x {len(machine.calls)} calls, {Telling(machine).classes} told apart"
    lines = []
    for cover in Cover:
        tests = suite(machine, cover)
        found = kills(machine, tests)
        name = f"{projection.name}: {size}" if cover is Cover.STATES else ""
        lines.append(
            f"| {name} | {cover.value} | {len(tests):,} | {sum(map(len, tests)):,} "
            f"| {_share(found.outputs_killed, found.outputs)} "
            f"| {_share(found.transfers_killed, found.transfers)} "
            f"| {_share(found.transfers_certain, found.transfers)} |\n"
        )
    return "".join(lines)


def _share(killed: int, all_of_them: int) -> str:
    """Rounded down: 100 % is all of them."""
    return f"{1000 * killed // all_of_them / 10:.1f} % of {all_of_them:,}"


def page() -> str:
    """The page with its table made anew."""
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}{table()}{END}{rest.split(END)[1]}"


def main() -> int:
    """Write the page, or check it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit status 1 when the page is stale")
    fresh = page()
    if parser.parse_args().check:
        return int(fresh != PAGE.read_text(encoding="utf-8"))
    PAGE.write_text(fresh, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
