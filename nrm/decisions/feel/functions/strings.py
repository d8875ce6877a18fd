"""Functions of texts (DMN 1.5, table 74); lengths and places count characters, not bytes."""

from __future__ import annotations

from collections.abc import Callable

from nrm.decisions.feel.evaluation import LimitReachedError, Running
from nrm.decisions.feel.functions.signatures import Plain, function, listed, within
from nrm.decisions.feel.kinds import Value
from nrm.decisions.feel.matching import Found, first_match, matches_in
from nrm.decisions.feel.patterns import Pattern, read_pattern


def _substring(running: Running, text: str, start: int, length: int | None = None) -> Value:
    if start == 0 or abs(start) > len(text):
        running.note("substring() was given a place that is not in the text")
        return None
    first = start - 1 if start > 0 else len(text) + start
    if length is not None and not 1 <= length <= len(text) - first:
        running.note("substring() was given a length that the text does not have")
        return None
    return text[first : None if length is None else first + length]


def _changed(change: Callable[[str], str]) -> Plain:
    def body(running: Running, text: str) -> Value:
        return within(running, change(text))

    return body


def _length(_: Running, text: str) -> Value:
    return len(text)


def _before(_: Running, text: str, match: str) -> Value:
    return text.partition(match)[0] if match and match in text else ""


def _after(_: Running, text: str, match: str) -> Value:
    if not match:
        return text
    return text.partition(match)[2]


def _tested(test: Callable[[str, str], bool]) -> Plain:
    def body(_: Running, text: str, match: str) -> Value:
        return test(text, match)

    return body


def _join(running: Running, items: tuple[Value, ...], delimiter: str | None = None) -> Value:
    running.step(len(items))
    texts = [item for item in items if isinstance(item, str)]
    if len(texts) + sum(item is None for item in items) < len(items):
        running.note("string join() needs texts")
        return None
    between = delimiter or ""
    if sum(map(len, texts)) + len(between) * max(0, len(texts) - 1) > running.limits.characters:
        raise LimitReachedError("A text becomes longer than is allowed")
    return between.join(texts)


def _pattern(running: Running, name: str, pattern: str, flags: str | None) -> Pattern | None:
    read = read_pattern(pattern, flags or "")
    if read is None:
        running.note(f"{name}() was given a pattern that cannot be read")
    return read


def _matches(running: Running, text: str, pattern: str, flags: str | None = None) -> Value:
    read = _pattern(running, "matches", pattern, flags)
    return None if read is None else first_match(running, read, text) is not None


def _all_matches(running: Running, name: str, pattern: Pattern, text: str) -> tuple[Found, ...] | None:
    """The matches one after the other; a pattern that matches the empty text is an error (XPath 7.6)."""
    if first_match(running, pattern, "") is not None:
        running.note(f"{name}() was given a pattern that matches the empty text")
        return None
    return tuple(matches_in(running, pattern, text))


def _replace(running: Running, text: str, pattern: str, replacement: str, flags: str | None = None) -> Value:
    read = _pattern(running, "replace", pattern, flags)
    found = None if read is None else _all_matches(running, "replace", read, text)
    if read is None or found is None:
        return None
    parts = [(replacement, -1)] if "q" in (flags or "") else _replacement(replacement, read.groups)
    if parts is None:
        running.note("replace() was given a replacement that cannot be read")
        return None
    pieces: list[str] = []
    at = length = 0
    for match in found:
        new = "".join(match.group(text, group) if group >= 0 else word for word, group in parts)
        piece = text[at : match.start] + new
        length += len(piece)
        if length > running.limits.characters:
            raise LimitReachedError("A text becomes longer than is allowed")
        running.step(len(parts))
        pieces.append(piece)
        at = match.end
    return within(running, "".join(pieces) + text[at:])


def _replacement(text: str, groups: int) -> list[tuple[str, int]] | None:
    """The replacement as words and numbers of groups (``$1``); ``None`` if it is not well formed."""
    parts: list[tuple[str, int]] = []
    at = 0
    while at < len(text):
        char, following = text[at], text[at + 1 : at + 2]
        at += 1
        if char == "\\" and following in ("\\", "$") and following:
            parts.append((following, -1))
            at += 1
        elif char == "$" and following.isascii() and following.isdigit():
            number, at = _group_number(text, at, groups)
            parts.append(("", number))
        elif char in "\\$":
            return None
        else:
            end = next((place for place in range(at, len(text)) if text[place] in "\\$"), len(text))
            parts.append((text[at - 1 : end], -1))
            at = end
    return parts


def _group_number(text: str, at: int, groups: int) -> tuple[int, int]:
    """As many digits as name a group that there is; one digit at least."""
    number, at = int(text[at]), at + 1
    while at < len(text) and text[at].isascii() and text[at].isdigit() and number * 10 + int(text[at]) <= groups:
        number, at = number * 10 + int(text[at]), at + 1
    return number, at


def _split(running: Running, text: str, delimiter: str) -> Value:
    read = _pattern(running, "split", delimiter, None)
    found = None if read is None else _all_matches(running, "split", read, text)
    if found is None:
        return None
    starts = (0, *(match.end for match in found))
    ends = (*(match.start for match in found), len(text))
    return listed(running, tuple(text[start:end] for start, end in zip(starts, ends, strict=True)))


_TWO = "string: string, match: string"
STRINGS = (
    function("substring", "string", ("string: string, start position: integer, length?: integer", _substring)),
    function("string length", "number", ("string: string", _length)),
    function("upper case", "string", ("string: string", _changed(str.upper))),
    function("lower case", "string", ("string: string", _changed(str.lower))),
    function("substring before", "string", (_TWO, _before)),
    function("substring after", "string", (_TWO, _after)),
    function("contains", "boolean", (_TWO, _tested(lambda text, match: match in text))),
    function("starts with", "boolean", (_TWO, _tested(str.startswith))),
    function("ends with", "boolean", (_TWO, _tested(str.endswith))),
    function("string join", "string", ("list: list, delimiter?: string|null", _join)),
    function("matches", "boolean", ("input: string, pattern: string, flags?: string|null", _matches)),
    function(
        "replace", "string",
        ("input: string, pattern: string, replacement: string, flags?: string|null", _replace),
    ),
    function("split", "list", ("string: string, delimiter: string", _split)),
)
