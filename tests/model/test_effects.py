"""The clauses on effects, and the moves in words."""

import pytest
from jetconform.model.calls import Call, Instance
from jetconform.model.clause import Clause, When
from jetconform.model.effects import CLAUSES, MOVES_IN_WORDS, check_clauses, clauses
from jetconform.model.lifecycle import TRIGGERS
from jetconform.model.moves import MOVES
from jetconform.model.predicates import parse
from jetconform.model.state import Control, Handle, Phase
from model_sources import OBSERVATION_OR_SOURCE, PAGE_OR_FACT

RUNNING = Control(handle=Handle.VALID, phase=Phase.RUNNING)


def test_clauses_cite_known_sources() -> None:
    for name, table in CLAUSES.items():
        for clause in table:
            parse(clause.condition)
            source = PAGE_OR_FACT.match(clause.citation) or OBSERVATION_OR_SOURCE.match(clause.citation)
            assert source, (name, clause.id)


def test_clauses_of_one_id_or_without_a_citation_are_refused() -> None:
    clause = Clause("x", "JetInit", When.SUCCESS, "", "something", "BI")
    with pytest.raises(ValueError, match=r"one id: .*x"):
        check_clauses([(clause, clause)])
    with pytest.raises(ValueError, match="without a citation"):
        check_clauses([(Clause("x", "JetInit", When.SUCCESS, "", "something", ""),)])


def test_every_move_is_put_in_words() -> None:
    assert set(MOVES_IN_WORDS) == set(MOVES) | set(TRIGGERS)


def test_the_clauses_of_an_outcome() -> None:
    made = Call("JetBackupInstance", Instance.NAMED, None, 0)
    good = {clause.id for clause in clauses("documented", made, RUNNING, success=True)}
    bad = {clause.id for clause in clauses("documented", made, RUNNING, success=False)}
    assert good == {"BI.progress", "BI.completed", "BI.events", "BI.headers", "BI.truncated", "BI.rolled", "BI.full"}
    assert bad == {"BI.progress", "BI.events", "BI.logs-kept", "BI.no-set", "BI.nothing-new"}
