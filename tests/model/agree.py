#!/usr/bin/env python3
"""Plays random sequences in the model (rules.py) and in the C++ ledger, and compares what every one ends with.

  agree.py PLAYER [--sequences N] [--seed S]
"""

import argparse
import random
import subprocess
import sys

from notation import play
from rules import told
from search import ders, slots
from table import T


def random_sequence(rnd):
    steps = []
    for _ in range(rnd.randint(2, 9)):
        kind = rnd.random()
        if kind < 0.55:
            steps.append(rnd.choice("PCLpcqxy") + rnd.choice("aaabbehhdrzk"))
        elif kind < 0.85:
            steps.append(rnd.choice(slots)[1:])
        elif kind < 0.92:
            steps.append(rnd.choice(ders)[1:])
        else:
            steps.append(rnd.choice([".", "~", "."]))
    for _ in range(rnd.randint(0, 2)):
        steps.insert(rnd.randint(0, len(steps)), rnd.choice(["+a", "+a", "+a*", "+a-", "+b", "+r", "+h"]))
    if rnd.random() < 0.05:  # a flood of claims
        at = rnd.randint(0, len(steps))
        steps[at:at] = [f"[{rnd.choice('pc')}:Fy{n}:h]" for n in range(rnd.randint(8, 24))]
    if rnd.random() < 0.6:
        steps += [".", "~"]
    return " ".join(steps)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("player")
    arguments.add_argument("--sequences", type=int, default=5000)
    arguments.add_argument("--seed", type=int, default=1)
    given = arguments.parse_args()
    rnd = random.Random(given.seed)
    sequences = [sequence for _, sequence in T]
    sequences += [random_sequence(rnd) for _ in range(given.sequences)]
    answers = subprocess.run([given.player], input="\n".join(sequences) + "\n", text=True, capture_output=True, check=True)
    lines = answers.stdout.splitlines()
    assert len(lines) == len(sequences), f"{len(lines)} answers to {len(sequences)} sequences"
    differences = 0
    for sequence, answer in zip(sequences, lines):
        expected = told(play(sequence))
        if answer != expected:
            differences += 1
            if differences <= 10:
                print(f"{sequence}\n  model  {expected}\n  ledger {answer}")
    print(f"{len(sequences)} sequences, {differences} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
