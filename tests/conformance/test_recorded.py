"""Recorded traces: what becomes of each call, and how the judge goes on after one that it cannot explain."""

import random
import re
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from jetconform.conformance.trace import TraceError, parse
from jetconform.conformance.tracecheck import Checker
from jetconform.conformance.unjudged import LEFT_OUT, Unjudged
from jetconform.model.guards.documented import DOCUMENTED
from jetconform.model.guards.ese import ESE
from observed import observed
from traced import HEADER, I1, S1, Script, counts


def test_a_whole_life_is_explained_by_both_profiles() -> None:
    script = Script().running()
    script.call("JetTerm", **I1)
    script.event("end", reason="done")
    for profile in ("documented", "ese"):
        assert counts(script.judged(profile)) == (5, 0, 0)


def test_a_rejection_names_line_and_allowed_codes() -> None:
    script = Script()
    script.call("JetCreateInstance", **I1)
    script.call("JetBackupInstance", -505, **I1, path="bk", grbit=0)
    (rejected,) = script.judged("ese").rejected
    assert (rejected.file, rejected.line, rejected.call) == ("t.jsonl", 5, "JetBackupInstance")
    assert rejected.observed == "-505 BackupInProgress"
    assert rejected.allowed == ["-1029 NotInitialized"]
    assert rejected.explanation.states[0].rows[0].id == "BI.G6"


def test_after_a_rejection_the_contract_goes_on_under_the_row_of_ese_that_explains_it() -> None:
    """The pages know no mode in which JetInit takes a null handle; the engine has it, and then refuses a second instance."""
    script = Script()
    script.call("JetCreateInstance", **I1)
    script.call("JetTerm", **I1)
    script.call("JetInit", **I1)
    script.call("JetBeginSession", **I1, **S1)
    script.call("JetCreateInstance", -1080, **I1)
    script.call("JetTerm", **I1)
    documented = script.judged("documented")
    assert [one.call for one in documented.rejected] == ["JetInit", "JetCreateInstance"]
    assert [row.id for one in documented.rejected for row in one.ese] == ["IN.one", "CI.one"]
    assert documented.quirks == {"IN.one": 1, "CI.one": 1}
    assert counts(documented) == (4, 2, 0)
    assert counts(script.judged("ese")) == (6, 0, 0)


def test_where_no_row_explains_it_nothing_is_judged_until_the_instance_is_destroyed() -> None:
    script = Script().running()
    script.call("JetBeginSession", -1003, **I1, session="s2")  # of a running instance: wrong
    script.call("JetInit", 0, **I1)  # wrong too, but who knows
    script.call("JetTerm", **I1)
    script.call("JetCreateInstance", **I1)
    script.call("JetBackupInstance", 0, **I1, path="bk", grbit=0)  # wrong: the instance is known again
    for profile in ("ese", "documented"):
        tally = script.judged(profile)
        assert [one.line for one in tally.rejected] == [11, 19]
        assert tally.unjudged == {Unjudged.AFTER_REJECTION: 2}
        assert tally.explained == 5


def test_a_call_that_the_model_does_not_know_is_unjudged_and_so_is_its_instance() -> None:
    script = Script().running()
    script.call("JetGetBookmark", **S1)
    script.call("JetBackupInstance", -42, **I1, path="bk", grbit=0)
    script.call("JetTerm", **I1)
    script.call("JetCreateInstance", **I1)
    tally = script.judged("ese")
    assert tally.unjudged == {Unjudged.UNKNOWN_CALL: 1, Unjudged.AFTER_UNKNOWN: 2}
    assert counts(tally) == (5, 0, 3)


def test_arguments_that_the_model_does_not_know() -> None:
    script = Script().running()
    script.call("JetBackupInstance", **I1, path=7, grbit=0)
    assert script.judged("ese").unjudged == {Unjudged.UNKNOWN_CALL: 1}


def test_a_code_that_is_left_out_is_unknown_and_not_wrong() -> None:
    script = Script().running()
    script.call("JetBackupInstance", -1011, **I1, path="bk", grbit=0)
    script.call("JetTerm", **I1)
    tally = script.judged("ese")
    assert tally.unjudged == {Unjudged.LEFT_OUT: 1, Unjudged.AFTER_LEFT_OUT: 1}
    assert tally.verdict == "unknown"


def test_what_is_known_of_files_after_the_instance_was_destroyed() -> None:
    """Nobody knows whether the database is there, so both answers pass; after the first, it is known."""
    for first, second in ((0, -1811), (-1811, 0)):
        script = Script().running()
        script.call("JetGetBookmark", **S1)
        script.call("JetTerm", **I1)
        script.call("JetCreateInstance", **I1)
        script.call("JetInit", **I1)
        script.call("JetBeginSession", **I1, **S1)
        script.call("JetAttachDatabase", first, **S1, path="db/test.edb")
        assert not script.judged("ese").rejected
        script.call("JetAttachDatabase", second, **S1, path="db/test.edb")
        assert [one.line for one in script.judged("ese").rejected] == [len(script.lines)]


def test_a_listing_tells_which_databases_are_there() -> None:
    script = Script().running()
    script.call("JetGetBookmark", **S1)
    script.call("JetTerm", **I1)
    script.call("JetCreateInstance", **I1)
    script.call("JetInit", **I1)
    script.call("JetBeginSession", **I1, **S1)
    script.event("files", dir=".", files={"db/": 0, "db/edb.log": 131072, "db/test.edb": 1048576})
    script.call("JetAttachDatabase", -1811, **S1, path="db/test.edb")
    assert [one.observed for one in script.judged("ese").rejected] == ["-1811 FileNotFound"]


def test_a_listing_tells_what_is_at_a_path() -> None:
    script = Script().running()
    there = {"bk/": 0, "bk/notes.txt": 5, "db/": 0, "db/edb.log": 131072, "db/test.edb": 8192}
    script.event("files", dir=".", files=there)
    script.call("JetBackupInstance", 0, **I1, path="bk", grbit=0)
    (rejected,) = script.judged("ese").rejected
    assert rejected.allowed == ["-504 BackupDirectoryNotEmpty"]


@pytest.mark.parametrize("profile", ["documented", "ese"])
def test_a_crash_by_the_recorder_judges_nothing_of_the_calls_in_flight(profile: str) -> None:
    script = Script().running()
    script.enter("JetBackupInstance", **I1, path="bk", grbit=0)
    script.event("fault", kind="crash", target="")
    script.call("JetCreateInstance", **I1)
    script.call("JetInit", **I1)
    assert counts(script.judged(profile)) == (7, 0, 0)


def test_the_end_of_the_process_is_explained_by_a_call_that_may_kill_it() -> None:
    script = Script()
    script.call("JetCreateInstance", **I1)
    script.enter("JetStopServiceInstance", **I1)
    script.event("end", reason="crash")
    assert counts(script.judged("ese")) == (2, 0, 0)
    assert script.judged("ese").codes[None] == 1
    (rejected,) = script.judged("documented").rejected
    assert (rejected.call, rejected.observed) == ("JetStopServiceInstance", "the engine's process ended")


def test_the_end_of_the_process_is_explained_by_nothing_else() -> None:
    in_flight = Script().running()
    in_flight.enter("JetStopServiceInstance", **I1)
    in_flight.event("end", reason="crash")
    (rejected,) = in_flight.judged("ese").rejected
    assert (rejected.call, rejected.line) == ("JetStopServiceInstance", 11)
    nothing_in_flight = Script().running()
    nothing_in_flight.event("end", reason="crash")
    (rejected,) = nothing_in_flight.judged("ese").rejected
    assert (rejected.call, rejected.explanation.reason) == (
        "JetCreateDatabase", "no call was in flight, and no row lets the engine die after this one",
    )  # fmt: skip


def test_a_call_that_may_wait_for_a_held_one_need_not_come_back() -> None:
    script = Script().running()
    backup = script.enter("JetBackupInstance", **I1, path="bk", grbit=0)
    script.event("callback", id=backup, snp=9, snt=5)
    term = script.enter("JetTerm2", client="B", **I1, grbit=0)
    script.event("end", reason="timeout", id=term)
    tally = script.judged("ese")
    assert not tally.rejected
    assert tally.unjudged == {Unjudged.NOT_BACK: 1}  # the backup: the recording stopped too early


def test_a_call_that_nothing_holds_up_must_come_back() -> None:
    script = Script().running()
    term = script.enter("JetTerm2", **I1, grbit=0)
    script.event("end", reason="timeout", id=term)
    (rejected,) = script.judged("ese").rejected
    assert (rejected.call, rejected.observed) == ("JetTerm2", "not back")


def test_calls_that_are_not_back_are_not_explained() -> None:
    script = Script().running()
    script.enter("JetBackupInstance", **I1, path="bk", grbit=0)
    assert script.judged("ese").unjudged == {Unjudged.NOT_BACK: 1}


def test_overlapping_calls_are_judged_by_what_they_overlap() -> None:
    for err, rejected in ((-505, 0), (0, 1)):
        script = Script().running()
        script.event("fault", kind="make-directory", target="bk")
        backup = script.enter("JetBackupInstance", **I1, path="bk", grbit=4)
        script.event("hold", id=backup, point="copy edb00000001.log")
        attach = script.enter("JetAttachDatabase", client="B", **S1, path="db/test.edb")
        script.back(attach, err)
        script.event("release", id=backup, point="copy edb00000001.log")
        script.back(backup, 0)
        tally = script.judged("ese")
        assert [one.call for one in tally.rejected] == ["JetAttachDatabase"] * rejected
        if rejected:
            assert tally.rejected[0].explanation.overlapping == ["call 5: JetBackupInstance(empty, Atomic)"]


def test_a_wrong_count_of_rows_is_rejected_and_the_judge_goes_on() -> None:
    script = Script().running()
    script.call("Insert", **S1, database="d1", rows=10)
    count = script.enter("CountRows", **S1, database="d1")
    script.back(count, 0, result={"rows": 9})
    script.call("JetTerm", **I1)
    for profile in ("documented", "ese"):
        tally = script.judged(profile)
        assert counts(tally) == (6, 1, 0)
        assert tally.rejected[0].observed == "db/test.edb has 9 rows, but 10 were committed"


def test_sharpness_counts_the_returns_that_nothing_overlapped() -> None:
    script = Script()
    script.call("JetCreateInstance", **I1)
    script.call("JetBackupInstance", -1029, **I1, path="bk", grbit=0)
    ese, documented = script.judged("ese"), script.judged("documented")
    assert (ese.sequential, ese.sharp) == (2, 2)
    assert (documented.sequential, documented.sharp) == (2, 1)  # the pages leave open which refusal comes first


def test_two_instances_are_judged_apart() -> None:
    script = Script().running()
    script.call("JetGetBookmark", **S1)
    script.call("JetCreateInstance", instance="i2")
    script.call("JetBackupInstance", 0, instance="i2", path="bk", grbit=0)
    tally = script.judged("ese")
    assert [one.call for one in tally.rejected] == ["JetBackupInstance"]
    assert tally.unjudged == {Unjudged.UNKNOWN_CALL: 1}


def test_the_contract_goes_on_under_ese_only_once_no_term_is_in_flight() -> None:
    """Where JetTerm2 waits for a backup the profiles stand at different places, so its own return is not judged."""
    script = Script().running()
    script.event("fault", kind="make-directory", target="bk")
    backup = script.enter("JetBackupInstance", **I1, path="bk", grbit=0)
    script.event("callback", id=backup, snp=9, snt=5)
    term = script.enter("JetTerm2", client="B", **I1, grbit=0)
    script.event("resume", id=backup, err=0)
    script.back(backup, -1000)  # by the pages only a JetTerm2 that stops backups does this
    script.back(term, 0)
    script.call("JetBackupInstance", -1003, **I1, path="bk", grbit=0)
    assert counts(script.judged("ese")) == (7, 0, 0)
    documented = script.judged("documented")
    assert [one.call for one in documented.rejected] == ["JetBackupInstance"]
    assert documented.unjudged == {Unjudged.AFTER_REJECTION: 1}
    assert documented.explained == 5


def test_the_page_on_what_is_not_judged_names_every_reason_and_code() -> None:
    page = (Path(__file__).parent.parent.parent / "docs" / "unjudged.md").read_text("utf-8")
    assert [reason.value for reason in Unjudged if f"| {reason.value} |" not in page] == []
    assert re.findall(r"^\| (-\d+) ", page, re.MULTILINE) == ["-103", "-529", "-1011", "-1022", "-1808"]
    assert sorted(int(one.code) for one in LEFT_OUT) == [-1808, -1022, -1011, -529, -103]


JUNK = (None, 5, 1.5, True, "", "i2", "../x", "/", "a\0b", [1], {"a": 1}, 1 << 40, "on", "db/test.edb")


def test_whatever_a_trace_says_every_call_gets_a_verdict() -> None:
    """Recordings with arguments, codes and events replaced at random: all are traces, or said to be none."""
    dice = random.Random(20261123)
    checker = Checker([DOCUMENTED, ESE])
    for trace in dice.choices(observed(), k=120):
        events = [msgspec.to_builtins(event) for event in trace.events]
        for _ in range(3):
            event = dice.choice(events)
            if event["event"] == "call" and event["args"]:
                event["args"][dice.choice(sorted(event["args"]))] = dice.choice(JUNK)
            elif event["event"] == "return":
                event["err"] = dice.choice((0, -1, -1003, 7, -505, -1116, 1 << 31))
            elif event["event"] == "files":
                event["files"][dice.choice(("db/test.edb", "bk1/", "odd"))] = dice.choice((0, 1, 4096, -5))
            else:
                events.insert(dice.randrange(len(events)), {"event": "fault", "kind": "crash", "target": ""})
        lines = [HEADER, *events]
        with suppress(TraceError):
            checker.check(parse(b"\n".join(map(msgspec.json.encode, lines)), name="t.jsonl"))
    for tally in checker.tallies:
        assert tally.traces > 60
        assert sum(counts(tally)) == tally.calls
