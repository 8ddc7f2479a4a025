"""The same sequences with the second sightings seen by a second replica, while the first one still runs."""

from e2e.scenarios import _sequences

SECONDS = 40


def _replica(env, process):
    other = env.another_feed()
    env.start_again(process, feeds=[other], CERTSTREAM_URL=other.url)
    env.__dict__["feed"] = other


def scenario(env):
    _sequences.play(env, _replica)
