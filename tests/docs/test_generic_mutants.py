"""docs/generic-mutants.md: made of its data, and every reason is that of a mutant which was drawn and not found."""

import msgspec

from benchmarks.generic_mutants.page import PAGE, RESULTS, Results, text
from benchmarks.generic_mutants.survivors import BY_MUTANT

COMMITTED = msgspec.json.decode(RESULTS.read_bytes(), type=Results)


def test_the_page_is_that_of_the_data() -> None:
    assert PAGE.read_text(encoding="utf-8") == "".join(text(COMMITTED))


def test_every_reason_is_of_a_mutant_that_was_not_found() -> None:
    survivors = {(row.module, row.code, row.what) for row in COMMITTED.rows.values() if not row.caught_at}
    assert not set(BY_MUTANT) - survivors


def test_three_hundred_were_drawn() -> None:
    assert len(COMMITTED.rows) == 300
    assert COMMITTED.in_all > 2000
