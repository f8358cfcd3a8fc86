#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <espalier/data/dataset.h>
#include <espalier/data/labelled_sequence.h>

namespace espalier::datasets {

struct CopyTaskOptions {
  std::size_t num_train = 10'000;
  std::size_t num_dev = 1'000;
  std::size_t num_test = 1'000;
  std::size_t delay = 100;       ///< Steps from the last symbol to the delimiter, 1 .. 1'000'000.
  std::size_t num_symbols = 10;  ///< To be remembered, > 0.
  std::size_t alphabet = 8;      ///< Different symbols, 1 .. 1000.
  std::uint64_t seed = 0;
};

/// The copying memory problem of Arjovsky, Shah and Bengio ("Unitary Evolution Recurrent Neural
/// Networks", ICML 2016, arXiv:1511.06464, Sec. 5.1), after Hochreiter and Schmidhuber (1997).
///
/// A sequence has num_symbols symbols, each drawn from the alphabet, delay - 1 blanks, the
/// delimiter and num_symbols blanks: delay + 2 num_symbols steps. Every step has a label: the blank
/// but for the last num_symbols steps, which have the symbols in their order. Words are the symbols
/// "0", "1", ..., "blank" and "delimiter"; classes the symbols and "blank".
///
/// To answer blank, and then any symbol, without a memory has a cross-entropy of
/// num_symbols log(alphabet) / (delay + 2 num_symbols) per step. Example i of a split depends on
/// the seed, the split, i, the alphabet and num_symbols alone.
/// Throws OptionError at options out of range.
Dataset<LabelledSequence> generate_copy_task(const CopyTaskOptions& options);

}  // namespace espalier::datasets
