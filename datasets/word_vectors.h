#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

#include <espalier/data/vocabulary.h>
#include <espalier/ops/tensor.h>

namespace espalier::datasets {

struct WordVectorOptions {
  float range = 0.05f;     ///< Words that the file does not have are drawn from U(-range, range).
  std::uint64_t seed = 0;  ///< Of those draws.
};

struct WordVectors {
  Tensor table;               ///< [vocabulary size, dimension]; row i is word i's vector.
  std::size_t num_found = 0;  ///< Rows that are from the file; the others are random.
};

/// The vectors of a vocabulary's words from a file of pre-trained ones, plain or compressed by
/// gzip, in the text format of GloVe (Pennington, Socher and Manning 2014): a word and its numbers
/// on each line, separated by single spaces. The first line sets the dimension. The file is
/// streamed, and nothing but the table is kept: it may be far larger than memory.
///
/// A word of the vocabulary is looked up as it is, then as it was before a treebank escaped it (`(`
/// for `-LRB-`, `)` for `-RRB-`, no backslashes), then that in lower case (A-Z alone); the first
/// spelling that the file has counts. Words that are not found are drawn at random as Tai, Socher
/// and Manning (2015) do; the draws of a row do not depend on which other words are found.
///
/// A word with spaces, of which the published 840B file has a few, is told from a line with too
/// many numbers by its parts, none of which is a number. The numbers of words that are not in the
/// vocabulary are counted, but not read.
///
/// Throws FileError and ParseError as LineReader does, and ParseError at an empty file, a wrong
/// number of columns, a number that is none or not finite, and a second vector for a word.
WordVectors load_word_vectors(const std::filesystem::path& path, const Vocabulary& vocabulary,
                              const WordVectorOptions& options = {});

}  // namespace espalier::datasets
