"""A checkpoint that is cut, or of which a byte or a bit is another, is refused each time."""
import concurrent.futures
import os
import random

import checkpoints
import runs


def make_checkpoint(command, path):
    code, errors = command.run("train", "bag-of-words", "--dataset", "planted-documents", "--train-size", "16",
                               "--epochs", "1", "--checkpoint", path)
    assert code == 0, errors


def cuts(data, step):
    for size in range(0, len(data), step):
        yield f"cut to {size} bytes", data[:size]
    yield "with a byte more", data + b"\0"


def changed(data, at, byte):
    return data[:at] + bytes([byte]) + data[at + 1:]


def header_bytes(data, size, step, rng):
    for at in range(0, size, step):
        for byte in {data[at] ^ 1, data[at] ^ 0x20, rng.choice([b for b in range(256) if b != data[at]])}:
            yield f"byte {at} of the header as {byte}", changed(data, at, byte)


def data_bits(data, size, count, rng):
    for _ in range(count):
        bit = rng.randrange(8 * size, 8 * len(data))
        yield f"bit {bit} turned", changed(data, bit // 8, data[bit // 8] ^ 1 << bit % 8)


def problem_of(command, path, what, data):
    """What is wrong with how the command takes these bytes as a checkpoint, if anything is."""
    path.write_bytes(data)
    code, errors = command.run("predict", path, os.devnull)
    if code == 1 and runs.is_error(errors, str(path)):
        return None
    return f"{what}: exit code {code}, {errors}"


def check(command, folder, cut_step, byte_step, flips, seed):
    folder.mkdir()
    whole = folder / "whole"
    make_checkpoint(command, whole)
    data, size, rng = whole.read_bytes(), checkpoints.size_of_header(whole), random.Random(seed)
    assert command.run("predict", whole, os.devnull)[0] == 0
    for kind, cases in (("lengths", cuts(data, cut_step)), ("bytes of the header", header_bytes(data, size, byte_step, rng)),
                        ("bits of tensors", data_bits(data, size, flips, rng))):
        cases = list(cases)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            tried = [pool.submit(problem_of, command, folder / f"{kind[:4].strip()}{i}", *case)
                     for i, case in enumerate(cases)]
            problems = [problem for problem in (each.result() for each in tried) if problem]
        for path in folder.glob(f"{kind[:4].strip()}*"):
            path.unlink()
        if problems:
            raise SystemExit(f"damage: {len(problems)} of {len(cases)}, seed {seed}; the first: {problems[0]}")
        print(f"damage: {len(cases)} of {len(cases)} {kind} changed and refused", flush=True)
