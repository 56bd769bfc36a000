"""Reads versions and their trees, drops old ones, sweeps what none of them names, and checks all of it."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from actors.projects.versions import headers
from actors.projects.versions.blobs import Blobs
from actors.projects.versions.entries import MAX_TREE, Tree, digests_in
from actors.projects.versions.headers import Version
from actors.projects.versions.restoring import intended
from actors.projects.versions.trouble import damaged
from actors.runtime.errors import NotFound, StorageFailed

MAX_PROBLEMS = 100
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pruned:
    """What was removed.

    Attributes:
        versions: How many versions.
        contents: How many contents, trees among them.
        bytes: What these took on the disk.
    """

    versions: int
    contents: int
    bytes: int


@dataclass(frozen=True)
class Verified:
    """What is in a store.

    Attributes:
        versions: How many versions there are.
        contents: How many contents they name, trees among them.
        unnamed: How many contents no version names: a crash leaves some, and the next prune removes them.
        problems: What is damaged, 100 at most.
    """

    versions: int
    contents: int
    unnamed: int
    problems: tuple[str, ...]


def readable(at: int, numbers: Iterable[int]) -> tuple[Version, ...]:
    """Read versions, and leave out those that are damaged, or removed meanwhile."""
    found = []
    for number in numbers:
        try:
            found.append(headers.read(at, number))
        except NotFound:
            continue
        except StorageFailed as error:
            logger.warning("%s", error)
    return tuple(found)


def tree_of(at: int, version: Version) -> Tree:
    """Return what a version is made of.

    Raises:
        FileNotFoundError: It was removed.
        StorageFailed: It is damaged.
    """
    try:
        return Tree.decode(Blobs(at).read(version.tree, MAX_TREE))
    except ValueError:
        raise damaged(f"the version {version.id}") from None


def tree_at(at: int, digest: str) -> Tree:
    """Return the tree with that digest; see `tree_of`."""
    try:
        return Tree.decode(Blobs(at).read(digest, MAX_TREE))
    except ValueError:
        raise damaged(f"a tree, {digest[:12]}") from None


def prune(at: int, keep: int, pinned: str = "") -> Pruned:
    """Remove all but the newest versions, and then what no version names: a crash between the two does no harm.

    Args:
        at: The descriptor of the store's directory; the store is held.
        keep: How many stay.
        pinned: The digest of a tree that stays with all that it names; may be empty.

    Raises:
        StorageFailed: Something that stays is damaged: then no content is removed.
    """
    goes = headers.numbers(at)[:-keep]
    headers.drop(at, goes)
    blobs = Blobs(at)
    wanted = _named(at, pinned)
    count = size = 0
    for digest in [digest for digest in blobs.all() if digest not in wanted]:
        size += blobs.drop(digest)
        count += 1
    return Pruned(len(goes), count, size)


def _named(at: int, pinned: str) -> set[str]:
    """Return the digests of all that has to stay."""
    trees = {headers.read(at, number).tree for number in headers.numbers(at)}
    trees |= {digest for digest in (pinned, intended(at)) if digest}
    named = set(trees)
    for digest in trees:
        try:
            named |= digests_in(Blobs(at).read(digest, MAX_TREE))
        except (ValueError, FileNotFoundError):
            raise damaged(f"a tree, {digest[:12]}") from None
    return named


def verify(at: int) -> Verified:
    """Read all that is kept, and say what is damaged."""
    problems: list[str] = []
    named: set[str] = set()
    known = headers.numbers(at)
    for number in known:
        try:
            version = headers.read(at, number)
            named |= {version.tree, *tree_of(at, version).digests}
        except FileNotFoundError:
            problems.append(f"v{number}: its tree is missing")
        except StorageFailed as error:
            problems.append(f"v{number}: {error.problem}")
    blobs = Blobs(at)
    there = set(blobs.all())
    problems += [f"a content is missing, {digest[:12]}" for digest in sorted(named - there)]
    for digest in sorted(named & there):
        problems += _problems_of(blobs, digest)
    return Verified(len(known), len(named & there), len(there - named), tuple(problems[:MAX_PROBLEMS]))


def _problems_of(blobs: Blobs, digest: str) -> list[str]:
    """Read a content, and return what is wrong with it."""
    try:
        for _ in blobs.pieces(digest):
            pass
    except (StorageFailed, OSError) as error:
        return [f"a content is damaged, {digest[:12]}: {error}"]
    return []
