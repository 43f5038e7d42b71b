"""The mutants of the other tables: programs, lifecycle, faults, moves of the environment, effect clauses."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from jetconform.conformance.effects import EffectsJudge
from jetconform.model import effects, environment_moves, faults, lifecycle
from jetconform.model.clause import Clause, When
from jetconform.model.rows import Profile, ProgramStep
from jetconform.model.state import Control
from jetconform.model.vocabulary import JetErr

from .guard_rows import PROFILES
from .mutant import Mutant


def mutants() -> Iterator[Mutant]:
    """Of every row of these tables, in order."""
    for profile in PROFILES:
        yield from _programs(profile)
    yield from _lifecycle()
    yield from _faults()
    yield from _atlas()
    yield from _environment()
    for name in effects.CLAUSES:
        yield from _clauses(name)


# -- programs --------------------------------------------------------------------------------------------------------


def _programs(profile: Profile) -> Iterator[Mutant]:
    for call, program in profile.programs.items():
        for at, step in enumerate(program):
            changes: list[tuple[str, str, tuple[ProgramStep, ...]]] = []
            if len(program) > 1:
                changes.append(("drop", "", ()))
            if step.move:
                changes.append(("move", f"no {step.move}", (replace(step, move=""),)))
            if step.until:
                changes.append(("until", "nothing", (replace(step, until=""),)))
                words = step.until.split(" & ")
                changes += [
                    (
                        "until",
                        f"without {word}",
                        (replace(step, until=" & ".join(one for one in words if one != word)),),
                    )
                    for word in words
                ]
            for kind, detail, steps in changes:
                changed = (*program[:at], *steps, *program[at + 1 :])
                apply = _patch_field(profile, "programs", {**profile.programs, call: changed})
                yield Mutant(
                    f"programs {profile.name}", f"{call} {step.stage.value}", kind, detail, apply, profile.name, frozenset({call})
                )  # fmt: skip
    for call, move in profile.abandon.items():
        if move:
            apply = _patch_field(profile, "abandon", {**profile.abandon, call: ""})
            yield Mutant(
                f"programs {profile.name}",
                f"{call} failing",
                "move",
                f"no {move}",
                apply,
                profile.name,
                frozenset({call}),
            )


def _patch_field(profile: Profile, field: str, value: object) -> Callable[[], None]:
    return lambda: object.__setattr__(profile, field, value)


# -- lifecycle -------------------------------------------------------------------------------------------------------


def _lifecycle() -> Iterator[Mutant]:
    table = lifecycle.LIFECYCLE
    views = tuple(lifecycle.View)
    for at, row in enumerate(table):
        changes: list[tuple[str, str, tuple[lifecycle.Move, ...]]] = [("drop", "", ())]
        changes += [
            ("sets", f"no {name}", (replace(row, sets={key: value for key, value in row.sets.items() if key != name}),))
            for name in row.sets
        ]
        other = views[(views.index(row.dest) + 1) % len(views)]
        changes.append(("dest", f"to {other.value}", (replace(row, dest=other),)))
        words = row.condition.split(" & ") if row.condition else []
        for place, word in enumerate(words):
            negated = word.removeprefix("not ") if word.startswith("not ") else f"not {word}"
            for detail, instead in ((f"without {word}", []), (negated, [negated])):
                condition = " & ".join([*words[:place], *instead, *words[place + 1 :]])
                changes.append(("condition", detail, (replace(row, condition=condition),)))
        where = f"{row.trigger} {row.source.value} to {row.dest.value}" + (f" if {row.condition}" if words else "")
        for kind, detail, rows in changes:
            apply = _patch_name(lifecycle, "LIFECYCLE", (*table[:at], *rows, *table[at + 1 :]))
            yield Mutant("lifecycle", where, kind, detail, apply, trigger=row.trigger)


def _patch_name(module: Any, name: str, value: object) -> Callable[[], None]:
    return lambda: setattr(module, name, value)


# -- faults ----------------------------------------------------------------------------------------------------------


def _faults() -> Iterator[Mutant]:
    table = faults.FAULT_ROWS
    codes = list(dict.fromkeys(row.code for row in table))
    for at, row in enumerate(table):
        other: JetErr = codes[(codes.index(row.code) + 1) % len(codes)]
        changes: list[tuple[str, str, tuple[faults.FaultRow, ...]]] = [
            ("drop", "", ()),
            ("code", f"to {int(other)} {other.name}", (replace(row, code=other),)),
            ("later", str(not row.later), (replace(row, later=not row.later),)),
        ]
        for field in ("calls", "causes", "roles"):
            values = getattr(row, field)
            for value in values:
                fewer = tuple(one for one in values if one is not value)
                if fewer:  # of calls, none is any
                    changes.append(
                        (
                            field,
                            f"without {value if field == 'calls' else value.value}",
                            (replace(row, **{field: fewer}),),
                        )
                    )
        for kind, detail, rows in changes:
            apply = _patch_name(faults, "FAULT_ROWS", (*table[:at], *rows, *table[at + 1 :]))
            yield Mutant("faults", row.id, kind, detail, apply)


def _atlas() -> Iterator[Mutant]:
    for row in faults.ATLAS:
        key = (row.how, row.role)
        changes: list[tuple[str, str, faults.AtlasRow | None]] = [("drop", "", None)]
        for field in ("recovery", "sets"):
            for verdict in faults.Verdict:
                changed = replace(row, **{field: getattr(row, field) ^ {verdict}})
                word = "without" if verdict in getattr(row, field) else "and"
                changes.append((field, f"{word} {verdict.value}", changed))
        for kind, detail, instead in changes:
            yield Mutant("atlas", f"{row.how} {row.role.value}", kind, detail, _patch_atlas(key, instead))


def _patch_atlas(key: tuple[str, faults.Role], row: faults.AtlasRow | None) -> Callable[[], None]:
    rows = {(one.how, one.role): one for one in faults.ATLAS if (one.how, one.role) != key}
    kept = rows if row is None else {**rows, key: row}
    return _patch_name(faults, "_ATLAS", kept)


# -- moves of the environment ----------------------------------------------------------------------------------------

ENVIRONMENT: Mapping[str, tuple[Any, ...]] = {
    "crash": (), "emptied": ("db",), "deleted": ("db/test.edb",), "damaged": ("db/test.edb",),
    "apply_fault": ("page", "log", "snapshot-timeout", "log-full", "log-torn"),
}  # fmt: skip
"""The moves, which are functions; of `apply_fault` the kinds, each of which is left out."""


def _environment() -> Iterator[Mutant]:
    for name, arguments in ENVIRONMENT.items():
        if name != "apply_fault":
            yield Mutant("environment moves", name, "drop", "", _patch_name(environment_moves, name, _unmoved))
            continue
        for kind in arguments:
            yield Mutant(
                "environment moves", f"{name} {kind}", "drop", "", _patch_name(environment_moves, name, _without(kind))
            )


def _unmoved(*arguments: Any) -> Control:
    control = arguments[-1]
    assert isinstance(control, Control)
    return control


def _without(kind: str) -> Callable[[str, Control], Control]:
    original = environment_moves.apply_fault
    return lambda given, control: control if given == kind else original(given, control)


# -- effect clauses --------------------------------------------------------------------------------------------------


def _clauses(profile: str) -> Iterator[Mutant]:
    table = effects.CLAUSES[profile]
    whens = tuple(When)
    for at, row in enumerate(table):
        other = whens[(whens.index(row.when) + 1) % len(whens)]
        changes: list[tuple[str, str, tuple[Clause, ...]]] = [
            ("drop", "", ()),
            ("when", f"to {other.value}", (replace(row, when=other),)),
            ("call", "to JetCloseDatabase", (replace(row, call="JetCloseDatabase"),)),
        ]
        words = row.condition.split(" & ") if row.condition else []
        for place, word in enumerate(words):
            negated = word.removeprefix("not ") if word.startswith("not ") else f"not {word}"
            for detail, instead in ((f"without {word}", []), (negated, [negated])):
                condition = " & ".join([*words[:place], *instead, *words[place + 1 :]])
                changes.append(("condition", detail, (replace(row, condition=condition),)))
        for kind, detail, rows in changes:
            yield Mutant(
                f"clauses {profile}",
                row.id,
                kind,
                detail,
                _patch_clauses(profile, (*table[:at], *rows, *table[at + 1 :])),
            )


def _patch_clauses(profile: str, changed: tuple[Clause, ...]) -> Callable[[], None]:
    def apply() -> None:
        old = effects.CLAUSES[profile]
        effects.CLAUSES[profile] = changed
        default = EffectsJudge.__init__.__defaults__ or ()
        EffectsJudge.__init__.__defaults__ = tuple(changed if one is old else one for one in default)  # type: ignore[attr-defined]

    return apply
