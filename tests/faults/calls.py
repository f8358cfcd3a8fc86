"""Every open, write, fsync, rename and close fails in turn, as on a full or broken disk."""
import errno
import json
import os
import shutil

import checkpoints
import runs

CALLS = ("open", "write", "fsync", "rename", "close")
ERRORS = (errno.ENOSPC, errno.EIO)


class Scene:
    """A command that writes files of a folder, which are there from before."""

    def __init__(self, name, arguments, check):
        self.name, self.arguments, self.check = name, arguments, check


def is_old_or_new_checkpoint(path, old):
    if path.read_bytes() != old:
        checkpoints.read(path)  # A later one, whole.


def is_old_or_whole_svg(path, old):
    new = path.read_bytes()
    assert new == old or new.endswith(b"</svg>\n"), "a torn picture"


def has_whole_lines(path, old):
    for line in path.read_text().splitlines():
        json.loads(line)


def scenes(command, before):
    """Commands for files in `before`, and what must hold of each file afterwards."""
    tree = ["tree-lstm", "--dataset", "listops", "--train-size", "16", "--batch-size", "8", "--hidden", "4",
            "--input-size", "2", "--threads", "1"]
    train = ["train", *tree, "--checkpoint", "{}/model", "--metrics", "{}/log", "--resume"]
    in_before = [argument.format(before) for argument in train]
    code, errors = command.run(*in_before, "--epochs", "1")
    assert code == 0, errors
    (before / "example").write_text("[MAX 2 9 [MIN 4 7 ] 0 ]\n")
    draw = ["draw", "{}/model", "{}/example", "--output", "{}/tree.svg"]
    plot = ["plot", "{}/log", "--output", "{}/plot.svg"]
    for arguments in (draw, plot):
        code, errors = command.run(*[argument.format(before) for argument in arguments])
        assert code == 0, errors
    return [Scene("train", [*train, "--epochs", "2"], {"model": is_old_or_new_checkpoint, "log": has_whole_lines}),
            Scene("draw", draw, {"tree.svg": is_old_or_whole_svg}),
            Scene("plot", plot, {"plot.svg": is_old_or_whole_svg})]


def run_with_fault(command, shim, scene, before, folder, call, number, error):
    """Whether the call was made at all; then the command must have failed as it should."""
    work, hit = folder / "work", folder / "hit"
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(before, work)
    hit.unlink(missing_ok=True)
    env = {**os.environ, "LD_PRELOAD": shim, "FAULT_CALL": call, "FAULT_NUMBER": str(number),
           "FAULT_ERRNO": str(error), "FAULT_FOLDER": str(work), "FAULT_HIT": str(hit)}
    code, errors = command.run(*[argument.format(work) for argument in scene.arguments], env=env)
    if not hit.exists():
        assert code == 0, f"exit code {code} without a fault: {errors}"
        return False
    assert code == 1, f"exit code {code}, expected 1: {errors}"
    assert runs.is_error(errors, os.strerror(error), str(work)), f"expected one line that says why and where: {errors}"
    for name, check in scene.check.items():
        check(work / name, (before / name).read_bytes())
    assert not runs.left_behind(work), runs.left_behind(work)
    return True


def check(command, shim, folder, step):
    folder.mkdir()
    before = folder / "before"
    before.mkdir()
    faults = dict.fromkeys(CALLS, 0)
    for scene in scenes(command, before):
        for call in CALLS:
            for error in ERRORS:
                number = 1
                try:
                    while run_with_fault(command, shim, scene, before, folder, call, number, error):
                        number += step
                        faults[call] += 1
                except (AssertionError, checkpoints.Damaged) as problem:
                    raise SystemExit(f"calls: {scene.name}, {call} {number}, {errno.errorcode[error]}: {problem}")
    assert all(faults.values()), faults
    print("calls: " + ", ".join(f"{count} of {call}" for call, count in faults.items()) + " failed in turn with ENOSPC "
          "and EIO; each time exit code 1, one line that says why, the old file or a new one whole", flush=True)
