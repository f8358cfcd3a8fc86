#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <espalier/data/dataset.h>
#include <espalier/data/labelled_tree.h>

namespace espalier::datasets {

/// The tokens of ListOps: the digits 0 .. 9, the operators [MIN, [MAX, [MED (the median, rounded
/// down) and [SM (the sum modulo 10), and the closing bracket.
Vocabulary listops_vocabulary();

/// The published gold parse of an expression, given its words of listops_vocabulary() from left to
/// right. It is binary and branches to the left within each list: `[MAX 2 9 ]` is
/// ((([MAX 2) 9) ]). Nodes that are a complete expression, a digit or a whole list, have its value
/// as label, the others none; children have smaller ids than their parents.
///
/// The words are one complete expression, in which each operator has an argument; asserted only.
LabelledTree listops_tree(std::span<const std::uint32_t> words);

/// By default as many expressions, as deep, as the published script draws; the split is ours.
struct ListOpsOptions {
  std::size_t num_train = 80'000;
  std::size_t num_dev = 10'000;
  std::size_t num_test = 10'000;
  std::size_t max_length = std::numeric_limits<std::size_t>::max();  ///< In tokens, >= 4.
  std::size_t max_depth = 20;  ///< Levels, the root's list being 1 and its digits 2; >= 2.
  std::uint64_t seed = 0;
};

/// Draws expressions of ListOps (Nangia and Bowman, "ListOps: A Diagnostic Dataset for Latent Tree
/// Learning", NAACL 2018 student workshop, arXiv:1804.06028), all of them different.
///
/// A list has an operator and 2 to 5 arguments, each number equally likely; an argument is a list
/// with probability 1/4, unless that would be too deep, and else a digit. Departs from the
/// published script in two ways: an expression that is a mere digit is never drawn (there, 3 of 4
/// are, and duplicates leave ten of them), and expressions beyond `max_length` are drawn again.
///
/// The classes are the values "0" .. "9".
/// Throws OptionError at sizes that allow no expression, or too few different ones.
Dataset<LabelledTree> generate_listops(const ListOpsOptions& options);

}  // namespace espalier::datasets
