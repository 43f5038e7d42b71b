"""Which database files there are: what a destroyed instance leaves open, and what a listing decides."""

from itertools import product

from ..model.state import Backed, Control, Damage, Database
from .listing import Listing
from .trace import CallEvent, Trace

UNKNOWN_FILES = 4
"""Database files at the most of which nobody knows whether they are there: each triples the possible states."""


def database_paths(trace: Trace) -> list[str]:
    """Every path of a database that the trace speaks of."""
    calls = (event for event in trace.events if isinstance(event, CallEvent) and "session" in event.args)
    return sorted({path for event in calls if isinstance(path := event.args.get("path"), str)})


def with_unknown_files(control: Control, paths: list[str]) -> list[Control]:
    """Every state in which some of these databases are there, backed up or not, and the logs are whole or not.

    None where these are too many.
    """
    if len(paths) > UNKNOWN_FILES:
        return []
    perhaps = [
        (None, *(Database(path, backed_up=backed, damage=Damage.UNKNOWN) for backed in (Backed.NO, Backed.YES)))
        for path in paths
    ]
    return [
        control._replace(databases=tuple(one for one in there if one is not None), log_damage=damage)
        for there in product(*perhaps)
        for damage in (Damage.NONE, Damage.UNKNOWN)
    ]


def known_to_clauses(control: Control) -> tuple[object, ...]:
    """What the clauses read of a state."""
    databases = tuple((one.path, one.attached, one.logged) for one in control.databases)
    return control.one_instance, control.configuration, databases


def with_files(controls: frozenset[Control], listing: Listing) -> set[Control]:
    """The states in which every listed database is there; where there is none, what is listed is believed.

    One that is not listed may still come back: recovery makes it anew from the logs.
    """
    listed = listing.databases()
    agreeing = {one for one in controls if listed <= {database.path for database in one.databases}}
    return agreeing or {_as_listed(one, listed) for one in controls}


def _as_listed(control: Control, listed: frozenset[str]) -> Control:
    for path in sorted(listed):
        if control.database(path) is None:
            control = control.with_database(Database(path, backed_up=Backed.UNKNOWN))
    return control
