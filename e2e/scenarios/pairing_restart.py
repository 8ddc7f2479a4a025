"""The same sequences with a restart between the first sightings and the second: the memory is in the database."""

from e2e.scenarios import _sequences

SECONDS = 40


def _restart(env, process):
    assert process.terminate() == 0
    env.start_again(process)


def scenario(env):
    _sequences.play(env, _restart)
