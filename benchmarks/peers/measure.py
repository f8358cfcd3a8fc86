"""Timing that the Python peers share: rounds over all candidates, the fastest one reported."""

import argparse
import dataclasses
import json
import statistics
import time
import warnings


@dataclasses.dataclass
class Timing:
    """Seconds per step. Medians are of one round each; gaps between them are noise."""

    medians: list = dataclasses.field(default_factory=list)
    best: float = float("inf")

    @property
    def median(self):
        return min(self.medians)


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--threads", type=int, nargs="+", default=[2, 1])
    parser.add_argument(
        "--rounds", type=int, default=5, help="the best median of so many is reported"
    )
    parser.add_argument("--seconds", type=float, default=1.0, help="per round and candidate")
    parser.add_argument(
        "--all", action="store_true", help="a line for each candidate, not the best alone"
    )
    return parser


def quiet():
    """PyTorch warns of settings for GPUs whenever oneDNN is switched."""
    warnings.filterwarnings("ignore", message="TF32 acceleration")


def time_steps(steps, rounds, seconds, least=5):
    """Timings of `steps`, {name: function}. Each round runs each for `seconds`, and `least` times,
    so that all meet the same disturbances."""
    timings = {name: Timing() for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            for _ in range(min(2, least)):
                step()
            durations = []
            end = time.perf_counter() + seconds
            while time.perf_counter() < end or len(durations) < least:
                start = time.perf_counter()
                step()
                durations.append(time.perf_counter() - start)
            timings[name].medians.append(statistics.median(durations))
            timings[name].best = min(timings[name].best, *durations)
    return timings


def report(steps, options, unit, units_per_step, least=5, **fields):
    """Times `steps` and prints the fastest, or each, as one JSON object per line."""
    timings = time_steps(steps, options.rounds, options.seconds, least)
    if "threads" not in fields:
        import torch  # The peers in other libraries say their number themselves.

        fields["threads"] = torch.get_num_threads()
    names = sorted(timings, key=lambda name: timings[name].median)
    for name in names if options.all else names[:1]:
        t = timings[name]
        line = {
            "peer": "torch",
            **fields,
            "candidate": name,
            "steps_per_second": round(1 / t.median, 2),
            f"{unit}_per_second": round(units_per_step / t.median),
            "ms": round(1e3 * t.median, 3),
            "best_ms": round(1e3 * t.best, 3),
            "worst_median_ms": round(1e3 * max(t.medians), 3),
        }
        print(json.dumps(line), flush=True)
