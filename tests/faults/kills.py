"""SIGKILL at random instants of training, over all systems; then resuming gives the same bits as an unbroken run."""
import random
import shutil
import time

import checkpoints
import runs


def train(arguments, checkpoint):
    return ["train", *arguments, "--epochs", "3", "--threads", "2", "--checkpoint-steps", "1", "--resume",
            "--checkpoint", checkpoint]


def kill_one_system(command, arguments, folder, kills, rng):
    """Kills runs until there were so many kills and one run that came to its end. Returns how many came to it."""
    folder.mkdir()
    reference = folder / "reference"
    began = time.monotonic()
    code, errors = command.run(*train(arguments, reference))
    duration = time.monotonic() - began
    assert code == 0, errors
    expected = checkpoints.result_of(reference)

    checkpoint, done, complete = folder / "killed", 0, 0
    while done < kills or complete == 0:
        process = command.start(*train(arguments, checkpoint))
        if done < kills:
            time.sleep(rng.uniform(0.0, duration))
            process.kill()
        if process.wait(timeout=120) < 0:
            done += 1
            if checkpoint.exists():
                checkpoints.read(checkpoint)
            continue
        assert process.returncode == 0, f"exit code {process.returncode} after {done} kills"
        assert checkpoints.result_of(checkpoint) == expected, f"other bits after {done} kills"
        assert not runs.left_behind(folder), runs.left_behind(folder)
        complete += 1
        checkpoint.unlink()
    shutil.rmtree(folder)
    return complete


def check(command, folder, kills, seed):
    folder.mkdir()
    rng = random.Random(seed)
    systems = runs.systems(folder)
    complete = 0
    for i, (name, arguments) in enumerate(systems.items()):
        of_this = kills // len(systems) + (i < kills % len(systems))
        if of_this == 0:
            continue
        try:
            complete += kill_one_system(command, arguments, folder / f"run{i}", of_this, rng)
        except (AssertionError, checkpoints.Damaged) as problem:
            raise SystemExit(f"kills: {name}, seed {seed}: {problem}")
    print(f"kills: {kills} at random instants over {min(kills, len(systems))} systems; {complete} runs resumed to their "
          "end, each with the bits of an unbroken one", flush=True)
