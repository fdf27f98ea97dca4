"""Bridge what Go's YAML and libyaml take for an escape (`yaml_parser_scan_flow_scalar`).

Go knows `\\'` and libyaml does not; libyaml knows `\\/` and Go, in its versions 2 to 4, does not.
"""

from __future__ import annotations


def of_quotes(error: Exception, text: str) -> str | None:
    """Return the text with `\\'` of the double-quoted scalar that libyaml stopped in written as
    `\\x27`; None where it stopped for another reason."""
    if getattr(error, "problem", None) != "found unknown escape character" or "\\'" not in text:
        return None
    context, problem = (getattr(error, name, None) for name in ("context_mark", "problem_mark"))
    if context is None or problem is None or text[context.index : context.index + 1] != '"':
        return None
    parts: list[str] = []
    done = at = context.index + 1
    quote = text.find('"', at)
    while (slash := text.find("\\", at, quote)) >= 0:
        at = slash + 2
        if text[slash + 1 : at] == "'":
            parts += (text[done:slash], "\\x27")
            done = at
        if quote < at:
            quote = text.find('"', at)
    if not parts:
        return None
    return "".join([text[: context.index + 1], *parts, text[done:]])


def of_slash(text: str, start: int, end: int) -> int:
    """Return where `\\/` stands in the double-quoted scalar from `start` to `end`; -1: nowhere."""
    at = text.find("\\", start, end)
    while at >= 0 and text[at + 1] != "/":
        at = text.find("\\", at + 2, end)
    return at
