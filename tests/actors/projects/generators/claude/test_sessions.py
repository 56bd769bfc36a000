"""Conversations: new, resumed, of a copy, lost."""

from pathlib import Path

from actors.projects.generators.claude.sessions import FILE, Session, forget_session, keep_session, open_session

ONE = "project-one"
TWO = "project-two"


def say(directory: Path, session: Session, *lines: str) -> None:
    """Have the CLI keep a conversation."""
    folder = directory / "projects" / "-a-place"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{session.id}.jsonl").write_text("".join(f"{line}\n" for line in lines))


def test_an_id_is_kept_before_anything_is_said(tmp_path: Path) -> None:
    """The conversation is new until something was; then it is resumed."""
    session = open_session(tmp_path / "session", ONE)
    assert not session.remembers
    say(tmp_path / "session", session, '{"type": "user"}', '{"type": "last"}')
    again = open_session(tmp_path / "session", ONE)
    assert (again.id, again.resume, again.fork_from) == (session.id, True, None)
    assert (tmp_path / "session").stat().st_mode & 0o777 == 0o700


def test_an_empty_conversation_is_none(tmp_path: Path) -> None:
    """Nothing can be said in it, and its id is taken."""
    session = open_session(tmp_path, ONE)
    say(tmp_path, session)
    again = open_session(tmp_path, ONE)
    assert again.id != session.id
    assert not again.remembers


def test_what_it_had_cost(tmp_path: Path) -> None:
    """Is what was noted last; what a crash has cut tells nothing."""
    session = open_session(tmp_path, ONE)
    assert session.cost_usd == 0
    noted = ['{"type":"cost-state","totalCostUSD":0.25}', '{"type":"cost-state","totalCostUSD":0.5}']
    say(tmp_path, session, '{"type": "user"}', *noted, '{"type":"cost-state","totalC', '{"type":"cost-state"}')
    assert open_session(tmp_path, ONE).cost_usd == open_session(tmp_path, TWO).cost_usd == 0.5


def test_a_copy_begins_with_the_conversation_of_its_original(tmp_path: Path) -> None:
    """And has one of its own as soon as that has begun."""
    original = open_session(tmp_path, ONE)
    say(tmp_path, original, "{}")
    copy = open_session(tmp_path, TWO)
    assert (copy.fork_from, copy.resume) == (original.id, False)
    assert copy.id != original.id
    assert open_session(tmp_path, TWO).fork_from == original.id, "until it is kept"
    keep_session(tmp_path, copy)
    say(tmp_path, copy, "{}")
    again = open_session(tmp_path, TWO)
    assert (again.id, again.resume, again.fork_from) == (copy.id, True, None)


def test_what_was_forgotten_begins_anew(tmp_path: Path) -> None:
    """So does what makes no sense."""
    session = open_session(tmp_path, ONE)
    say(tmp_path, session, "{}")
    forget_session(tmp_path)
    again = open_session(tmp_path, ONE)
    assert again.id != session.id
    for text in ("", "{", "[]", '{"id": "../../x", "project": "project-one"}', '{"id": 5, "project": "project-one"}'):
        (tmp_path / FILE).write_text(text)
        assert not open_session(tmp_path, ONE).remembers
