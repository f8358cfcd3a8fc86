"""Reads a checkpoint by what docs/checkpoint-format.md says, apart from the program's own reader."""
import json
import struct
import zlib


class Damaged(Exception):
    pass


def expect(holds, what):
    if not holds:
        raise Damaged(what)


def read(path):
    """The metadata, and tensors as (type, shape, bytes) by name. Raises Damaged unless the file is whole."""
    data = path.read_bytes()
    expect(len(data) >= 8, f"{len(data)} bytes")
    size = 8 + struct.unpack("<Q", data[:8])[0]
    expect(size <= len(data), "the header is cut")
    header, at = data[:size], data.find(b'"crc32_header":"') + len(b'"crc32_header":"')
    found = b"%08x" % zlib.crc32(header[:at] + b"0" * 8 + header[at + 8:])
    expect(found == header[at:at + 8], "the header's checksum")
    entries = json.loads(header[8:])
    metadata = entries.pop("__metadata__")
    checksums = json.loads(metadata["crc32_tensors"])
    expect(checksums.keys() == entries.keys(), "the tensors' checksums")
    tensors, end = {}, 0
    for name, entry in sorted(entries.items(), key=lambda item: item[1]["data_offsets"]):
        begin, stop = entry["data_offsets"]
        expect(begin == end and stop >= begin, f"where {name} lies")
        end, raw = stop, data[size + begin:size + stop]
        expect("%08x" % zlib.crc32(raw) == checksums[name], f"the checksum of {name}")
        tensors[name] = entry["dtype"], entry["shape"], raw
    expect(size + end == len(data), "bytes after the last tensor")
    return metadata, tensors


def size_of_header(path):
    return 8 + struct.unpack("<Q", path.read_bytes()[:8])[0]


def result_of(path):
    """All of a run that does not depend on how long it took or how often it was interrupted."""
    metadata, tensors = read(path)
    run = json.loads(metadata["run"])
    history = [(epoch["epoch"], epoch["train_loss"], epoch["dev"]) for epoch in run["history"]]
    return metadata["configuration"], tensors, history, run["epoch"], run["step"], run["best_epoch"]
