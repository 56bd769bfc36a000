"""Mailboxes: tell, ask, the bound and the end."""

import traceback
from dataclasses import dataclass
from typing import Any

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import wait_all_tasks_blocked

from actors.runtime.errors import ActorStopped, Busy, Conflict, MailboxFull
from actors.runtime.mailbox import Mailbox, Reply, fail_reply


@dataclass(frozen=True)
class Question:
    """A message that waits for an answer."""

    reply: "Reply[int]"


async def test_messages_come_in_order_and_all_at_once() -> None:
    """A receiver takes what is there."""
    mailbox: Mailbox[int] = Mailbox("me")
    for number in range(5):
        mailbox.tell(number)
    assert len(mailbox) == 5
    assert await mailbox.receive() == [0, 1, 2, 3, 4]
    assert len(mailbox) == 0
    assert mailbox.drain() == []


@given(told=st.integers(1, 20), limit=st.integers(1, 25))
def test_receive_takes_no_more_than_its_limit(told: int, limit: int) -> None:
    """The rest stays, in order."""

    async def main() -> tuple[list[int], list[int]]:
        mailbox: Mailbox[int] = Mailbox("me")
        for number in range(told):
            mailbox.tell(number)
        return await mailbox.receive(limit), mailbox.drain()

    first, rest = trio.run(main)
    assert len(first) == min(told, limit)
    assert first + rest == list(range(told))


async def test_a_receiver_wakes_for_a_message() -> None:
    """Waiting and telling may come in either order."""
    mailbox: Mailbox[str] = Mailbox("me")
    got: list[list[str]] = []

    async def receiver() -> None:
        got.append(await mailbox.receive())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(receiver)
        await wait_all_tasks_blocked()
        mailbox.tell("late")
    assert got == [["late"]]


async def test_a_full_mailbox_is_an_answer() -> None:
    """It does not wait, and has room again after a receive."""
    mailbox: Mailbox[Any] = Mailbox("me", 2)
    mailbox.tell(1)
    mailbox.tell(2)
    with pytest.raises(MailboxFull, match="me has 2 messages waiting") as caught:
        mailbox.tell(3)
    assert isinstance(caught.value, Busy)
    assert caught.value.hint
    with pytest.raises(MailboxFull):
        await mailbox.ask(Question)
    assert await mailbox.receive() == [1, 2]
    mailbox.tell(3)


async def test_ask_gets_the_answer_or_the_error() -> None:
    """Both kinds of answer, and the first one counts."""
    mailbox: Mailbox[Question] = Mailbox("me")

    async def actor() -> None:
        (first,) = await mailbox.receive()
        first.reply.set(1)
        first.reply.set(2)
        fail_reply(first, ValueError())
        (second,) = await mailbox.receive()
        fail_reply(second, Conflict("no"))
        second.reply.set(3)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(actor)
        assert await mailbox.ask(Question) == 1
        with pytest.raises(Conflict, match="no"):
            await mailbox.ask(Question)


async def test_one_error_for_many_keeps_its_traceback_short() -> None:
    """A failed commit answers hundreds with the same error."""
    error = Conflict("no")
    for _ in range(100):
        reply: Reply[int] = Reply()
        reply.fail(error)
        with pytest.raises(Conflict):
            await reply.wait()
    assert len(traceback.extract_tb(error.__traceback__)) < 5


async def test_closing_answers_who_waits_and_refuses_the_rest() -> None:
    """Messages without a reply are dropped in silence."""
    mailbox: Mailbox[Any] = Mailbox("me")
    ended: list[int] = []

    async def asker(number: int) -> None:
        with pytest.raises(ActorStopped, match="me has ended"):
            await mailbox.ask(Question)
        ended.append(number)

    async with trio.open_nursery() as nursery:
        for number in range(3):
            nursery.start_soon(asker, number)
        await wait_all_tasks_blocked()
        mailbox.tell("no question")
        mailbox.close()
    assert sorted(ended) == [0, 1, 2]
    with pytest.raises(ActorStopped):
        mailbox.tell("late")
    with pytest.raises(ActorStopped):
        await mailbox.ask(Question)
    mailbox.close()


async def test_an_asker_that_leaves_harms_nobody() -> None:
    """Its message is still there, and an answer to it goes nowhere."""
    mailbox: Mailbox[Question] = Mailbox("me")
    with trio.CancelScope() as scope:
        scope.cancel()
        await mailbox.ask(Question)
    assert scope.cancelled_caught
    (question,) = await mailbox.receive()
    question.reply.set(1)


async def test_a_receiver_that_is_cancelled_loses_nothing() -> None:
    """What comes later is for the next receiver: an actor that was restarted."""
    mailbox: Mailbox[int] = Mailbox("me")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(mailbox.receive)
        await wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
        mailbox.tell(1)
    assert mailbox.drain() == [1]


async def test_each_of_several_readers_is_woken_for_a_message() -> None:
    """As workers that share an inbox; one that leaves takes nothing along."""
    mailbox: Mailbox[int] = Mailbox("me")
    got: list[int] = []

    async def reader() -> None:
        got.extend(await mailbox.receive(1))

    async with trio.open_nursery() as nursery:
        with trio.CancelScope() as leaving:
            nursery.start_soon(reader)
            await wait_all_tasks_blocked()
            leaving.cancel()
            await mailbox.receive()
        nursery.start_soon(reader)
        await wait_all_tasks_blocked()
        mailbox.tell(1)
        mailbox.tell(2)
    assert got == [1, 2]
    assert len(mailbox) == 0


async def test_a_reader_whose_message_is_gone_waits_on() -> None:
    """Somebody else took it between its waking and its turn."""
    mailbox: Mailbox[int] = Mailbox("me")
    got: list[list[int]] = []

    async def reader() -> None:
        got.append(await mailbox.receive())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(reader)
        await wait_all_tasks_blocked()
        mailbox.tell(1)
        assert mailbox.drain() == [1]
        await wait_all_tasks_blocked()
        mailbox.tell(2)
    assert got == [[2]]


async def test_a_receive_that_finds_a_message_gives_others_a_turn() -> None:
    """And can be cancelled, with nothing lost."""
    mailbox: Mailbox[int] = Mailbox("me")
    mailbox.tell(1)
    with trio.testing.assert_checkpoints():
        assert await mailbox.receive() == [1]
    mailbox.tell(2)
    with trio.CancelScope() as scope:
        scope.cancel()
        await mailbox.receive()
    assert scope.cancelled_caught
    assert mailbox.drain() == [2]
