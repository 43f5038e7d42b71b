"""Nothing of the tables is missing in the pictures."""

import re

import pytest
from jetconform.diagrams import backup, guards, lifecycle
from jetconform.diagrams.catalogue import PROFILES, Catalogue
from jetconform.model.lifecycle import LIFECYCLE, TRIGGERS
from jetconform.model.predicates import PREDICATES
from jetconform.model.rows import Force, Profile
from jetconform.model.state import View
from jetconform.model.wording import PHRASES

both = pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: str(profile.name))


def words_of_node(dot: str, state: View) -> str:
    (line,) = re.findall(rf"^\t{state.value} (\[label=.*)$", dot, re.MULTILINE)
    return " ".join(re.sub(r"<[^>]*>", " ", line).split())


@both
def test_every_state_and_every_move_is_drawn(profile: Profile) -> None:
    picture = lifecycle.lifecycle(profile.name)
    for move in LIFECYCLE:
        if profile.name == "documented" and not move.is_documented:
            continue
        words = lifecycle.TRIGGER_WORDS[move.trigger]
        arrow = rf"^    {move.source.value} --> {move.dest.value} : .*{re.escape(words)}"
        assert re.search(arrow, picture.mermaid, re.MULTILINE), move
        if move.source is move.dest:
            assert words in words_of_node(picture.dot, move.source), move
        else:
            down = rf"^\t{move.source.value} -> {move.dest.value} \[label=\"[^\"]*{re.escape(words)}(?!.*dir=back)"
            up = rf"^\t{move.dest.value} -> {move.source.value} \[label=\"[^\"]*{re.escape(words)}.*dir=back"
            assert re.search(f"{down}|{up}", picture.dot, re.MULTILINE), move
    assert all(words_of_node(picture.dot, state) for state in View)


def test_only_the_second_picture_has_dashed_moves() -> None:
    assert "dashed" not in lifecycle.lifecycle("documented").dot
    added = {(move.source, move.dest) for move in LIFECYCLE if not move.is_documented}
    assert lifecycle.lifecycle("ese").dot.count("style=dashed") == sum(source is not dest for source, dest in added)


def test_every_trigger_and_every_predicate_has_words() -> None:
    assert set(lifecycle.TRIGGER_WORDS) == TRIGGERS
    assert set(PHRASES) == set(PREDICATES)


@both
def test_the_backup_picture_has_every_code_of_every_stage(profile: Profile) -> None:
    picture = backup.backup(profile)
    for row in profile.rows_of("JetBackupInstance"):
        at = {backup.stages(profile)[-1]} if row.force is Force.SUCCESS else set(row.at) & set(backup.stages(profile))
        assert at, row.id
        for stage in at:
            assert row.outcome in backup.endings(profile, stage)
        assert row.outcome in picture.mermaid
        assert row.outcome.replace(" ", "  ", 1) in picture.dot


@both
def test_the_guard_figures_have_every_row(profile: Profile) -> None:
    drawn = "".join(picture.dot for picture in guards.guards(profile))
    for row in profile.rows_of("JetBackupInstance"):
        assert f">{row.id}<" in drawn


def test_rows_tried_in_order_are_numbered_in_that_order() -> None:
    profile = next(one for one in PROFILES if one.ordered)
    places = [group.rows for group in guards.groups(profile)]
    order = {row: number for number, row in enumerate(profile.rows)}
    assert all([order[row] for row in rows] == sorted(order[row] for row in rows) for rows in places)


def test_pictures_are_white_and_plain(built: Catalogue) -> None:
    for picture in built.pictures:
        assert 'bgcolor="#ffffff"' in picture.dot
        assert picture.dot.isascii()
        assert picture.mermaid.isascii()
        assert picture.mermaid.startswith('---\ntitle: "')  # unquoted, a colon in a title would break the diagram
