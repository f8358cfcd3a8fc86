#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>

#include <espalier/data/vocabulary.h>
#include <espalier/ops/tensor.h>

namespace espalier::datasets {

struct WordVectorOptions {
  float range = 0.05f;     ///< Words that the file does not have are drawn from U(-range, range).
  std::uint64_t seed = 0;  ///< Of those draws.
};

struct WordVectors {
  Tensor table;               ///< [vocabulary size, dimension]; row i is word i's vector.
  std::size_t num_found = 0;  ///< Words but `<unk>` whose rows are from the file.

  // What was passed over, as no word of the vocabulary is touched by it.
  std::size_t num_repeated = 0;                   ///< Lines whose word stands in a line before.
  std::size_t num_ill_formed = 0;                 ///< Lines whose word is not valid UTF-8.
  std::size_t num_vectors = 0;                    ///< Lines with a vector, those included.
  std::optional<std::size_t> num_announced = {};  ///< By the header, if there is one.
};

/// No published vectors have more numbers; a table takes so many for each word of the vocabulary.
inline constexpr std::size_t kMaxDimension = 4096;

/// The vectors of a vocabulary's words from a file of pre-trained ones, plain or compressed as
/// LineReader reads it: a word and its numbers on each line, separated by spaces or tabs, as GloVe
/// (Pennington, Socher and Manning 2014) has it; perhaps after a line with the number of words and
/// the dimension, and with blanks at the end of lines, as word2vec and fastText have it. The file
/// is streamed, and nothing but the table and eight bytes a line are kept: it may be far larger
/// than memory.
///
/// The dimension is what the header says, or how many numbers most of the first lines end with, the
/// first line's if it is a tie. The vector of a line is that many last columns, and all before them
/// is the word, which may hold blanks and numbers: "1 000". Numbers of words that are not in the
/// vocabulary are counted, but not read. A number is any finite one; those too small for a float
/// are 0.
///
/// A word of the vocabulary is looked up as it is, then as it was before a treebank escaped it (`(`
/// for `-LRB-`, `)` for `-RRB-`, no backslashes), then that in lower case (A-Z alone); the first
/// spelling that the file has counts. Words that are not found are drawn at random as Tai, Socher
/// and Manning (2015) do; the draws of a row do not depend on which other words are found.
///
/// Throws FileError and ParseError as LineReader does, and ParseError at an empty file, a line of
/// fewer columns or more than 2^20 bytes, a dimension beyond kMaxDimension, a number that is none
/// or not finite, bytes that are no UTF-8 in the numbers of a word of the vocabulary, and a second
/// vector for such a word.
WordVectors load_word_vectors(const std::filesystem::path& path, const Vocabulary& vocabulary,
                              const WordVectorOptions& options = {});

}  // namespace espalier::datasets
