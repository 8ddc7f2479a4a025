"""Precertificates and certificates in every order: one alert per issuance, ours from the precertificate on."""

from e2e.scenarios import _sequences

SECONDS = 40


def scenario(env):
    _sequences.play(env, lambda env, process: None)
