"""Two builds of espalier-benchmarks in turns: has anything become slower?

Machines are noisy, and figures of different minutes do not compare. So each row (a benchmark with
its arguments) is run by one build and at once by the other, in the first round before and after, in
the second after and before, and so on. Ratios are time before / time after: above 1 is faster.

`best` compares the fastest run of each build, `median` is that of the ratios of runs that followed
one another. With --self the first program is compared with itself: the spread that is printed is
noise, and a difference within it shows nothing.
"""

import argparse
import json
import re
import statistics
import subprocess


def rows_of(program, pattern):
    """The names of the program's rows, in its order."""
    command = [program, "--benchmark_list_tests", f"--benchmark_filter={pattern}"]
    listed = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return [line for line in listed.stdout.splitlines() if line and " " not in line]


def escaped(row):
    """As re.escape, but of what every dialect of regular expressions knows alone."""
    return re.sub(r"([][.^$*+?(){}|\\])", r"\\\1", row)


def seconds(program, row, min_time):
    """Real seconds per iteration of one row."""
    command = [
        program,
        f"--benchmark_filter=^{escaped(row)}$",
        f"--benchmark_min_time={min_time}",
        "--benchmark_format=json",
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{program}: {row}: {done.stderr}")
    runs = [b for b in json.loads(done.stdout)["benchmarks"] if b["run_type"] == "iteration"]
    if not runs:
        raise SystemExit(f"{program}: {row}: did not run")
    for run in runs:
        if run.get("error_occurred"):
            raise SystemExit(f"{program}: {row}: {run['error_message']}")
    unit = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
    return min(run["real_time"] * unit[run["time_unit"]] for run in runs)


def measure(before, after, row, options):
    """Pairs of seconds, before and after, of runs that followed one another."""
    pairs = []
    for k in range(options.rounds):
        times = {}
        for which in ("before", "after") if k % 2 == 0 else ("after", "before"):
            program = before if which == "before" else after
            times[which] = seconds(program, row, options.min_time)
        pairs.append((times["before"], times["after"]))
    return pairs


def in_words(duration):
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if duration >= size:
            return f"{duration / size:.3f} {unit}"
    return f"{duration * 1e9:.1f} ns"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("before", metavar="BEFORE_BINARY")
    parser.add_argument("after", metavar="AFTER_BINARY", nargs="?", help="not needed with --self")
    parser.add_argument("--filter", default=".", metavar="REGEX", help="rows to run [all]")
    parser.add_argument("--rounds", type=int, default=3, help="pairs of runs of a row [3]")
    parser.add_argument("--min-time", type=float, default=0.5, help="seconds of a run [0.5]")
    parser.add_argument("--self", action="store_true", help="BEFORE_BINARY beside itself")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error(f"--rounds {options.rounds}: expected 1 or more")
    if options.self:
        if options.after is not None:
            parser.error("--self takes one program")
        options.after = options.before
    elif options.after is None:
        parser.error("expected AFTER_BINARY or --self")

    before, after = (rows_of(p, options.filter) for p in (options.before, options.after))
    both = [row for row in before if row in after]
    if not both:
        parser.error(f"--filter {options.filter}: no row that both programs have")
    width = max(len(row) for row in both)
    titles = f"{'before':>12} {'after':>12} {'best':>7} {'median':>7}"
    print(f"{'row':{width}} {titles}" + (f" {'spread':>14}" if options.self else ""))
    worst = None
    for row in both:
        pairs = measure(options.before, options.after, row, options)
        first, second = (min(pair[i] for pair in pairs) for i in (0, 1))
        ratios = [b / a for b, a in pairs]
        best, median = first / second, statistics.median(ratios)
        spread = f"{min(ratios):.3f} - {max(ratios):.3f}" if options.self else ""
        columns = f"{in_words(first):>12} {in_words(second):>12} {best:6.3f}x {median:6.3f}x"
        print(f"{row:{width}} {columns} {spread:>14}".rstrip(), flush=True)
        if worst is None or best < worst[0]:
            worst = (best, row)
    print(f"least best ratio: {worst[0]:.3f}x, {worst[1]}")
    for name, rows, others in (("before", before, after), ("after", after, before)):
        for row in rows:
            if row not in others:
                print(f"only {name}: {row}")


if __name__ == "__main__":
    main()
