"""What is left to chance is decided by the seed alone."""

from client.local.torture.plan import LONGEST_START_S, Ending, chance_of, choose, job_parameters


def test_the_same_seed_makes_the_same_choices() -> None:
    """Of a whole torture, and in each life; another seed makes others."""
    lives = [choose(7, number, 2.0) for number in range(1, 50)]
    assert lives == [choose(7, number, 2.0) for number in range(1, 50)]
    assert lives != [choose(8, number, 2.0) for number in range(1, 50)]
    assert job_parameters(chance_of("7/1")) == job_parameters(chance_of("7/1"))


def test_every_ending_comes_and_within_its_time() -> None:
    """Each way to end a server, each pipeline, each moment."""
    lives = [choose(1, number, 0.5) for number in range(1, 400)]
    assert {life.ending for life in lives} == set(Ending)
    assert {life.pipeline for life in lives} == {"template", "app_factory"}
    used = [life.moment for life in lives if life.ending is not Ending.KILL_AT_START]
    assert max(used) <= 0.5
    assert max(life.moment for life in lives) <= LONGEST_START_S
    # Nothing could find such a process, without its environment and without its reaper.
    assert not any(life.bare for life in lives if life.ending is Ending.KILL_WITH_REAPERS)
    assert any(life.bare for life in lives)
