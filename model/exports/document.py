"""The contract as JSON: every row of a profile, the programs of its long calls, and the lifecycle table.

python -m jetconform.model.exports.document      prints the JSON Schema of it
"""

import json
import sys
from enum import Enum
from typing import Any

import msgspec

from ..calls import Stage
from ..lifecycle import LIFECYCLE
from ..rows import Flavour, Force, Profile, Row
from ..state import View
from ..wording import in_words


class RowText(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A guard row or a success row. `code` is null where the process dies or the code is the callback's; `outcome` tells."""

    id: str
    calls: list[str]
    at: list[Stage]
    condition: str  # names of predicates joined by " & ", each perhaps after "not "; empty: always
    words: str  # the condition as a person says it
    code: int | None
    outcome: str
    force: Force
    citation: str
    move: str  # the name of what it does to the state; empty: nothing
    inside: bool  # the cause arises only once the call is under way
    flavour: Flavour | None  # the engine that alone has this row; null: all have it


class StepText(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A stage of a long call."""

    stage: Stage
    move: str
    until: str  # the condition that is waited for before it goes on


class MoveText(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A row of the lifecycle table: by which trigger an instance goes from one of the seven states to another."""

    trigger: str
    source: View
    dest: View
    condition: str
    sets: dict[str, str | bool]  # fields of the control state
    citation: str
    documented: bool  # the pages know the move


class Document(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One profile. Rows are in the order of the table, which in an ordered profile is their precedence."""

    model: int  # 1, the version of this format
    profile: str
    ordered: bool  # the first row that holds decides; else every code of a row that holds is possible
    rows: list[RowText]
    programs: dict[str, list[StepText]]  # by call
    abandon: dict[str, str]  # by call: the move of one that fails after it entered
    breaks: dict[str, str]  # invariants that are known not to hold, and how
    lifecycle: list[MoveText]


def document(profile: Profile) -> Document:
    """The profile as it is written down."""
    programs = {
        call: [StepText(stage=step.stage, move=step.move, until=step.until) for step in program]
        for call, program in profile.programs.items()
    }
    return Document(
        model=1,
        profile=profile.name,
        ordered=profile.ordered,
        rows=[_row(row) for row in profile.rows],
        programs=programs,
        abandon=dict(profile.abandon),
        breaks=dict(profile.breaks),
        lifecycle=[
            MoveText(
                trigger=move.trigger,
                source=move.source,
                dest=move.dest,
                condition=move.condition,
                sets={name: _plain(value) for name, value in move.sets.items()},
                citation=move.citation,
                documented=move.is_documented,
            )
            for move in LIFECYCLE
        ],
    )


def encode(profile: Profile) -> str:
    """The profile as JSON."""
    return msgspec.json.format(msgspec.json.encode(document(profile)), indent=1).decode() + "\n"


def schema() -> str:
    """The JSON Schema of what `encode` writes."""
    found = msgspec.json.schema(Document)
    found["title"] = "The contract of one profile, as `jetconform model export --format json` writes it"
    return json.dumps(found, indent=1) + "\n"


def _row(row: Row) -> RowText:
    return RowText(
        id=row.id,
        calls=list(row.calls),
        at=list(row.at),
        condition=row.condition,
        words=in_words(row.condition),
        code=row.number,
        outcome=row.outcome,
        force=row.force,
        citation=row.citation,
        move=row.move,
        inside=row.inside,
        flavour=row.flavour,
    )


def _plain(value: Any) -> str | bool:
    plain: str | bool = value.value if isinstance(value, Enum) else value
    return plain


if __name__ == "__main__":
    sys.stdout.write(schema())
