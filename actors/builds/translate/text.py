"""Lines as people can read them: without terminal sequences and control characters, bounded. Linear in their length."""

import re

MAX_CONTENT = 4_000
"""Characters of the longest content."""

_ESCAPES = re.compile(
    r"\x1b(?:"
    r"\[[0-?]*[ -/]*[@-~]?"  # CSI: colours, the cursor
    r"|\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # OSC: titles, links
    r"|[PX^_][^\x1b]*(?:\x1b\\)?"  # DCS, SOS, PM, APC
    r"|[ -/]*[0-~]?"  # the short ones
    r")"
)
_BLANKS = re.compile("[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]")
# Invisible, or able to turn text around. U+200C and U+200D stay: words and emoji are spelt with them.
_JUNK = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_SURROGATES = re.compile("[\ud800-\udfff]")
_GAPS = re.compile(" {3,}")
_DECORATION = re.compile(
    "[\\s\\-=_*~#+.|/\\\\<>:\u00b7\u2022\u200c\u200d\ufe0f\u2500-\u259f\u2800-\u28ff\u2010-\u2015]*"
)


def clean(line: str) -> str:
    """Return a line without what only a terminal understands; its indentation stays, blanks at its end do not.

    U+FFFD stays, as the mark of bytes that were not UTF-8.
    """
    if line.isascii() and line.isprintable():
        return line.rstrip()
    text = _ESCAPES.sub("", line)
    text = _BLANKS.sub(" ", text)
    text = _JUNK.sub("", text)
    return _SURROGATES.sub("\ufffd", text).rstrip()


def is_decoration(text: str) -> bool:
    """Whether there is nothing to read in a line: rules, boxes, dots."""
    return _DECORATION.fullmatch(text) is not None


def as_content(text: str) -> str:
    """Return text as it is sent: without the wide gaps that boxes have, and bounded, with a note of what was cut."""
    text = _GAPS.sub("  ", text).strip()
    if len(text) <= MAX_CONTENT:
        return text
    kept = MAX_CONTENT - len(f" [{len(text)} characters cut]")
    return f"{text[:kept]} [{len(text) - kept} characters cut]"
