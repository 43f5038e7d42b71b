"""Files of drafted deviations: TOML that `deviating.read` reads, with what showed each as a comment."""

import json
from collections.abc import Iterable, Sequence

from .deviation_drafts import TO_BE_EXPLAINED, Draft

HEAD = """\
# Where {engine} breaks the public pages, as a run of jetconform saw it: a draft, one table a rule that was broken.
# What the keys mean stands at the top of conformance/deviations/ese.toml. Say why, and who is hurt, wherever it says
# "{todo}"; take out what is a bug and is to be mended; and give what is to go a day: expires = 2027-01-01.
"""


def as_toml(engine: str, drafts: Sequence[Draft], left: Iterable[str] = ()) -> str:
    """The text of the file. `left`: what no deviation could be drafted for, as comments at its end."""
    tables = [_table(one) for one in drafts]
    rest = ["".join(f"# Not written: {_one_line(text)}\n" for text in left)]
    return "\n".join(
        part for part in (HEAD.format(engine=_one_line(engine), todo=TO_BE_EXPLAINED), *tables, *rest) if part
    )


def _table(one: Draft) -> str:
    made = one.deviation
    comments = [f"# {_one_line(one.seen)}"]
    if one.like:
        comments.append(f"# Microsoft's engine does so, too: {', '.join(one.like)}")
    values = {
        "harm": made.harm.value,
        "reason": made.reason,
        "source": made.source,
        "page": made.page,
        "hurts": made.hurts,
        "replaces": list(made.replaces),
        "by": list(made.by),
        "programs": list(made.programs),
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in values.items() if value]
    return "\n".join([*comments, f"[{made.id}]", *lines, ""])


def _one_line(text: str) -> str:
    return " ".join(text.split())
