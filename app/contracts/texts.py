r"""Rules for texts in JSON bodies, as patterns: the same ones check what comes and are in the API's description.

They are written so that they mean the same to Python and to all that reads a description: without `\s`, `\w` and
`\Z`, which differ, and matched against the whole text.
"""

import re
from typing import Final

_BLANK: Final = r"\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""What Python's `str.strip` takes off."""

_HIDDEN: Final = r"\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
"""What ends a line, is no character to be seen, or turns the direction of those that are."""

WORDS: Final = rf"^[^\x00]*[^\x00{_BLANK}][^\x00]*$"
"""Something is said, without NUL characters."""

LINE: Final = rf"^[^{_HIDDEN}]*[^{_HIDDEN}{_BLANK}][^{_HIDDEN}]*$"
"""One line, in which there is something to be seen."""

NAME: Final = r"^(?!\.{1,2}$)[A-Za-z0-9._-]{1,128}$"
"""What can be part of a path and of an address."""

OWN_NAME: Final = r"^(?!\.{1,2}$)(?!job-|project-)[A-Za-z0-9._-]{1,128}$"
"""The same, without what the ids that this server gives begin with."""

WHOLE_PATH: Final = r"^/"
"""A path from the root."""


def fits(pattern: str, text: str) -> bool:
    """Whether a whole text is as one of these patterns says; a line end behind it does not go unseen."""
    return re.fullmatch(pattern, text) is not None
