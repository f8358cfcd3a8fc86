"""Composition of a meta-path as the product of sparse matrices in SciPy: citations per second.

The work is that of benchmarks/graph/meta_path_bench.cpp: 1,000,000 papers, 10,000,000 citations,
who is reached in two steps. Candidates: entries of 8 bits, booleans or floats, which decide how much
memory is moved; SciPy has one thread, leaves columns of a row unsorted and counts paths, which is
less and more than Espalier's ascending pairs. `sorted` sorts them too. Before anything is timed, the
number of pairs of each row and the sum of their columns must be Espalier's.
"""

import numpy
from scipy.sparse import csr_matrix

import graph_task
import measure

ENTRIES = {"int8": numpy.int8, "bool": numpy.bool_, "float32": numpy.float32}


def product(matrix, then_sort=False):
    result = matrix @ matrix
    if then_sort:
        result.sort_indices()
    return result


def check(content, pairs, who):
    counts = numpy.diff(pairs.indptr)
    before = numpy.concatenate([[0], numpy.cumsum(pairs.indices, dtype=numpy.uint64)])
    sums = before[pairs.indptr[1:]] - before[pairs.indptr[:-1]]
    same = numpy.array_equal(counts, content["pairs.counts"].astype(counts.dtype))
    if not (same and numpy.array_equal(sums, content["pairs.sums"])):
        raise SystemExit(f"{who}: other pairs than the reference's")


def step_of(matrix, then_sort):
    return lambda: product(matrix, then_sort)


def main():
    parser = measure.arguments(__doc__.splitlines()[0])
    graph_task.arguments(parser)
    options = parser.parse_args()
    content = graph_task.load_content("composition", options)
    offsets = content["cites.offsets"].astype(numpy.int32)
    columns = content["cites.columns"].astype(numpy.int32)
    steps = {}
    for name, kind in ENTRIES.items():
        n = len(offsets) - 1
        matrix = csr_matrix((numpy.ones(len(columns), kind), columns, offsets), (n, n))
        matrix.sum_duplicates()  # Reached is reached.
        matrix.data[:] = 1
        steps[name] = step_of(matrix, False)
        if name == "int8":
            check(content, product(matrix), name)
            steps["int8, sorted"] = step_of(matrix, True)
    fields = {"peer": "SciPy", "model": "meta_path", "mode": "compose", "threads": 1}
    measure.report(steps, options, "citations", len(columns), least=1, **fields)


if __name__ == "__main__":
    main()
