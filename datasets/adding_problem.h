#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <espalier/data/regression_example.h>
#include <espalier/data/splits.h>

namespace espalier::datasets {

struct AddingProblemOptions {
  std::size_t num_train = 10'000;
  std::size_t num_dev = 1'000;
  std::size_t num_test = 1'000;
  std::size_t length = 100;    ///< Of the sequences, or of the longest, in steps; >= 2.
  std::size_t min_length = 0;  ///< 2 .. length: lengths are drawn from here on; 0: all `length`.
  std::uint64_t seed = 0;
};

/// The adding problem (Hochreiter and Schmidhuber, "Long Short-Term Memory", Neural Computation
/// 1997, Sec. 5.4), in the form of Le, Jaitly and Hinton ("A Simple Way to Initialize Recurrent
/// Networks of Rectified Linear Units", 2015, arXiv:1504.00941, Sec. 4.1): of numbers drawn from
/// [0, 1), two are marked by 1, the others by 0, and the target is the sum of the two. One marker
/// lies in steps 0 .. length / 2 - 1, the other in the rest. Inputs are [length, 2], the number and
/// the marker of every step; targets lie in [0, 2).
///
/// To answer always 1 has a mean squared error of 1/6, the variance of the target. Example i of a
/// split depends on the seed, the split, i and the lengths alone.
/// Throws OptionError at lengths out of range.
Splits<std::vector<RegressionExample>> generate_adding_problem(const AddingProblemOptions& options);

}  // namespace espalier::datasets
