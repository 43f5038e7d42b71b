"""HTML and SVG as values: text is escaped where it is put in, so nothing that an engine said can become markup."""

import re
from collections.abc import Iterable
from html import escape

UNSHOWN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufffe\uffff]"
)
"""Characters that no document may hold, or that hide or turn round what stands beside them."""

VOID = frozenset({"meta", "br"})


class Markup(str):
    """Text that is markup already: it is put in as it is."""

    __slots__ = ()


Child = str | Markup | Iterable["Child"]


def clean(text: str) -> str:
    """The text with a mark for each character that cannot be shown."""
    return UNSHOWN.sub("\N{REPLACEMENT CHARACTER}", text)


def cut(text: str, length: int) -> str:
    """The text in at most that many characters; what is cut off is marked by an ellipsis."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


def inner(*children: Child) -> Markup:
    """Text escaped, markup as it is, one after another."""
    return Markup("".join(_inner(children)))


def _inner(children: Iterable[Child]) -> Iterable[str]:
    for child in children:
        if isinstance(child, Markup):
            yield child
        elif isinstance(child, str):
            yield escape(clean(child))
        else:
            yield from _inner(child)


def element(name: str, /, *children: Child, **attributes: str | float | None) -> Markup:
    """An element. Attributes that are None are left out; `class_` is `class`, and `_` inside a name is `-`."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(clean(_value(value)))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in VOID:
        return Markup(f"<{name}{given}>")
    return Markup(f"<{name}{given}>{inner(*children)}</{name}>")


def _value(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def scroll(content: Markup, label: str) -> Markup:
    """What may be wider than the screen: it is moved sideways alone, with the keyboard too."""
    return element("div", content, class_="scroll", tabindex="0", role="region", aria_label=label)
