"""Small runs of `espalier train`, one of each system, on data that need nothing from outside."""
import pathlib
import subprocess

SICK = {  # A few pairs as SICK has them: tokens, heads, relations, scores.
    "toks": ["The kids run home", "Kids run", "A dog sleeps"], "parents": ["2 3 0 3", "2 0", "2 3 0"],
    "rels": ["det nsubj root dobj", "nsubj root", "det nsubj root"], "sim": ["4.4", "1.5", "3"]}


def write_sick(folder):
    for part in ("train", "dev", "test"):
        (folder / part).mkdir(parents=True)
        (folder / part / "sim.txt").write_text("".join(line + "\n" for line in SICK["sim"] * 4))
        for side, turn in (("a", 0), ("b", 1)):
            for kind in ("toks", "parents", "rels"):
                lines = SICK[kind][turn:] + SICK[kind][:turn]
                (folder / part / f"{side}.{kind}").write_text("".join(line + "\n" for line in lines * 4))


def text_file(folder):
    path = folder / "text.txt"
    path.write_text("A cat sat on a mat, and a dog lay by a log.\n" * 60)
    return path


def systems(folder):
    """By name, the arguments of `espalier train` for a run of a fraction of a second."""
    write_sick(folder / "sick")
    small = ["--hidden", "8", "--batch-size", "8"]
    drawn = [*small, "--train-size", "32"]
    words = ["--input-size", "4"]
    return {
        "tree-lstm": ["tree-lstm", "--dataset", "listops", *drawn, *words, "--dropout", "0.2"],
        "lstm (a number)": ["lstm", "--dataset", "adding", *drawn, "--length", "20"],
        "gru (each step)": ["gru", "--dataset", "copy", *drawn, *words, "--delay", "5"],
        "rnn (translation)": ["rnn", "--dataset", "dates", *drawn, *words],
        "lstm (language)": ["lstm", "--dataset", "text", "--text", str(text_file(folder)), *small, *words],
        "document-han": ["document-han", "--dataset", "planted-documents", *drawn, *words, "--attention-size", "8"],
        "averaged-embedding": ["averaged-embedding", "--dataset", "planted-documents", *drawn, *words],
        "bag-of-words": ["bag-of-words", "--dataset", "planted-documents", "--batch-size", "8", "--train-size", "32"],
        "tree-similarity": ["tree-similarity", "--dataset", "sick", "--data", str(folder / "sick"), *small, *words],
        "graph-lstm-reply": ["graph-lstm-reply", "--dataset", "threads", *drawn, *words],
    }


class Command:
    """The `espalier` command."""

    def __init__(self, path):
        self.path = str(pathlib.Path(path).resolve())

    def start(self, *arguments, env=None, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL):
        return subprocess.Popen([self.path, *map(str, arguments)], env=env, stdin=stdin, stdout=subprocess.DEVNULL,
                                stderr=stderr)

    def run(self, *arguments, env=None):
        """Its exit code, and the lines of its standard error, without those that a progress bar writes over."""
        process = self.start(*arguments, env=env, stderr=subprocess.PIPE)
        text = process.communicate(timeout=120)[1].decode(errors="replace")
        return process.returncode, [line.split("\r")[-1] for line in text.split("\n") if line]


def is_error(lines, *parts):
    """Whether the last line, and it alone, says what is wrong, with these parts."""
    saying = [line for line in lines if all(part in line for part in ("espalier: ", *parts))]
    return len(saying) == 1 and saying[0] == lines[-1] and lines[-1].startswith("espalier: ")


def left_behind(folder):
    return [path.name for path in folder.iterdir() if path.name.endswith("-tmp")]
