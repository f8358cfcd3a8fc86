#!/usr/bin/env python3
"""Tries what must not lose or falsify anything: kills, full disks, damaged files. ./dev faults runs it.

Prints a line of figures for each kind, and stops with exit code 1 at the first thing that is wrong.
"""
import argparse
import pathlib
import random
import tempfile

import calls
import damage
import kills
import runs

KINDS = ("damage", "calls", "kills")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {', '.join(KINDS)} [all]")
    parser.add_argument("--kills", type=int, default=500, help="how often training is killed [500]")
    parser.add_argument("--flips", type=int, default=2000, help="bits of tensors that are turned, one by one [2000]")
    parser.add_argument("--short", action="store_true", help="some of each in half a minute")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32), help="of what is random [random]")
    parser.add_argument("--espalier", default="build/release/espalier", help="the command")
    parser.add_argument("--shim", default="build/release/tests/faults/espalier-faults.so", help="what is preloaded")
    given = parser.parse_args()
    for kind in given.kinds:
        if kind not in KINDS:
            parser.error(f"{kind}, expected one of {', '.join(KINDS)}")
    return given


def main():
    given = arguments()
    command, short = runs.Command(given.espalier), given.short
    print(f"seed {given.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="espalier-faults-") as name:
        folder = pathlib.Path(name).resolve()
        kinds = given.kinds or KINDS
        if "damage" in kinds:
            damage.check(command, folder / "damage", 97 if short else 1, 97 if short else 1,
                         50 if short else given.flips, given.seed)
        if "calls" in kinds:
            calls.check(command, str(pathlib.Path(given.shim).resolve()), folder / "calls", 5 if short else 1)
        if "kills" in kinds:
            kills.check(command, folder / "kills", 20 if short else given.kills, given.seed)


if __name__ == "__main__":
    main()
