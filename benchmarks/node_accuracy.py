#!/usr/bin/env python3
"""Mean and deviation of a model's test metrics over seeds, by the command `espalier`.

    benchmarks/node_accuracy.py build/release/espalier --seeds 10 -- han --dataset acm --data DIR

What stands after -- is given to `espalier train`. Each seed is a line as it ends; then every metric
that `espalier evaluate` knows is one, "name mean deviation" in percent; the deviation is the
sample's. One thread, one run at a time.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile


def metrics_of(command, arguments, seed, folder):
    checkpoint = pathlib.Path(folder) / "model.safetensors"
    data = []
    for i, word in enumerate(arguments):
        if word == "--data":
            data = ["--data", arguments[i + 1]]
    train = [command, "train", *arguments, "--seed", str(seed), "--threads", "1", "--overwrite", "--checkpoint", checkpoint]
    subprocess.run(train, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    evaluated = subprocess.run([command, "evaluate", checkpoint, *data], check=True, capture_output=True, text=True)
    return json.loads(evaluated.stdout)["metrics"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", help="the program `espalier`")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("arguments", nargs="+", metavar="ARGUMENT", help="of `espalier train`, after --")
    options = parser.parse_args()
    print(" ".join(options.arguments), f"({options.seeds} seeds)", flush=True)
    all_metrics = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(1, options.seeds + 1):
            all_metrics.append(metrics_of(options.command, options.arguments, seed, folder))
            print(f"  seed {seed}:", json.dumps(all_metrics[-1]), flush=True)
    for name in all_metrics[0]:
        values = [100.0 * metrics[name] for metrics in all_metrics]
        deviation = statistics.stdev(values) if len(values) > 1 else 0.0
        print(f"  {name:18} {statistics.mean(values):6.2f} {deviation:5.2f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
