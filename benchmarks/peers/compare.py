"""Espalier beside its peers, in turns within one run: a table of ratios.

Machines are noisy, and figures of different hours do not compare. Each round runs every competitor
once, ours first; what counts is the best round of each, and the ratio is to the fastest peer.
Python peers run in the interpreter that runs this file; oneDNN's primitives as they were built.
"""

import argparse
import collections
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).parent

# For each kind of work: our benchmarks, and the Python files with the same work in other libraries.
WORK = {
    "rnn": ("(lstm|gru)_(train|infer)", ["torch_rnn.py"]),
    "document_han": ("document_han_(train|infer)", ["torch_document_han.py"]),
    "reply_lstm": ("graph_structured_lstm_(train|infer)", ["torch_reply_lstm.py"]),
    "tree_lstm": (
        "(child_sum|nary)_tree_lstm_(train|infer)",
        ["torch_tree_lstm.py", "dynet_tree_lstm.py"],
    ),
    "graph": ("(han|han_conv|gcn|gcn_words)_train", ["torch_graph.py"]),
    "skeletons": ("(agc_lstm|agc_lstm_wide|part_aware_lstm)_train", ["torch_skeletons.py"]),
    "meta_path": ("compose_meta_path", ["scipy_meta_path.py"]),
}

# Peers that read what a program of ours writes.
READERS = (
    "torch_tree_lstm.py",
    "dynet_tree_lstm.py",
    "torch_graph.py",
    "torch_skeletons.py",
    "scipy_meta_path.py",
)


def run_lines(command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def google_benchmarks(program, pattern, options):
    """Of each benchmark its name, its arguments by name, and all fields."""
    threads = "|".join(map(str, options.threads))
    output = run_lines(
        [
            program,
            f"--benchmark_filter=^{pattern}/threads:({threads})/",
            f"--benchmark_min_time={options.seconds}",
            "--benchmark_format=json",
        ]
    )
    for entry in json.loads(output)["benchmarks"]:
        if entry.get("error_occurred"):
            raise SystemExit(f"{entry['name']}: {entry['error_message']}")
        name, *parts = entry["name"].split("/")
        yield name, dict(p.split(":") for p in parts if ":" in p), entry


def work_of(model, mode, lengths="", dropout=0):
    return f"{model} {mode} {lengths}".strip() + (" with dropout" if int(dropout) else "")


# Words of text are not equally frequent. Peers draw them evenly, which costs them the same.
AS_IN_TEXT = ", words as in text"


def ours(pattern, options):
    program = options.build / "espalier-benchmarks"
    for name, arguments, entry in google_benchmarks(program, pattern, options):
        model, mode = name.replace("graph_structured_lstm", "reply_lstm").rsplit("_", 1)
        lengths = {"0": "equal", "1": "ragged"}.get(arguments.get("ragged"), "")
        words = AS_IN_TEXT if arguments.get("uniform") == "0" else ""
        if name == "compose_meta_path":
            if arguments["papers"] != "1000000":
                continue
            model, mode = "meta_path", "compose"
        work = work_of(model, mode, lengths, arguments.get("dropout", 0)) + words
        yield (work, int(arguments["threads"])), entry[
            "items_per_second"
        ]


def onednn(program, options):
    pattern = "onednn_(lstm|reset_after_gru)_(train|infer)"
    for name, arguments, entry in google_benchmarks(program, pattern, options):
        model, mode = name.replace("reset_after_", "").split("_")[1:]
        threads = int(arguments["threads"])
        yield (work_of(model, mode, "equal"), threads), entry["items_per_second"]
        yield (work_of(model, mode, "ragged"), threads), entry["ragged"]


def python_peer(file, options):
    """For each line of a peer its library, its work and threads, and its rate."""
    command = [sys.executable, HERE / file, "--rounds", "1", "--seconds", str(options.seconds)]
    if file in READERS:
        command += ["--build", options.build]
    for line in run_lines([*command, "--threads", *map(str, options.threads)]).splitlines():
        entry = json.loads(line)
        rate = next(v for k, v in entry.items() if k.endswith("_per_second") and "steps" not in k)
        work = work_of(
            entry["model"], entry["mode"], entry.get("lengths", ""), entry.get("dropout", 0)
        )
        # SciPy has one thread, whatever we have.
        for threads in options.threads if entry["peer"] == "SciPy" else [entry["threads"]]:
            yield entry["peer"], ((work, threads), rate)


def named_program(text):
    name, _, path = text.partition("=")
    if not path:
        raise argparse.ArgumentTypeError(f"{text}: expected NAME=PROGRAM")
    return name, path


def print_table(best):
    for (work, threads), rates in sorted(best.items()):
        if "ours" not in rates:
            continue
        mine = rates["ours"]
        same = best.get((work.removesuffix(AS_IN_TEXT), threads), {})
        others = {name: rate for name, rate in (same | rates).items() if name != "ours"}
        listed = ", ".join(f"{name} {rate:,.0f}" for name, rate in others.items())
        ratio = mine / max(others.values(), default=mine)
        print(f"{work}; {threads} threads: ours {mine:,.0f}/s, {listed}: {ratio:.2f}x")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", nargs="*", metavar="WORK", help=f"of {', '.join(WORK)} [all]")
    parser.add_argument("--build", type=pathlib.Path, default=HERE.parents[1] / "build/release")
    parser.add_argument(
        "--onednn",
        type=named_program,
        nargs="*",
        metavar="NAME=PROGRAM",
        help="espalier-peer-onednn for one or more versions of oneDNN [that of --build]",
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.0, help="per benchmark and round")
    parser.add_argument("--threads", type=int, nargs="+", default=[2])
    options = parser.parse_args()
    unknown = set(options.work) - set(WORK)
    if unknown:
        parser.error(f"{', '.join(unknown)}: expected {', '.join(WORK)}")
    programs = options.onednn or [("oneDNN", options.build / "espalier-peer-onednn")]

    best = collections.defaultdict(lambda: collections.defaultdict(float))

    def take(competitor, rates):
        for key, rate in rates:
            best[key][competitor] = max(best[key][competitor], rate)

    for _ in range(options.rounds):
        for work in options.work or WORK:
            pattern, files = WORK[work]
            take("ours", ours(pattern, options))
            for file in files:
                for peer, rate in python_peer(file, options):
                    take(peer, [rate])
            for name, program in programs if work == "rnn" else []:
                take(name, onednn(program, options))
    print_table(best)


if __name__ == "__main__":
    main()
