#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <ostream>
#include <string>

#include <espalier/base/error.h>
#include <espalier/data/vocabulary.h>
#include <espalier/datasets/word_vectors.h>
#include <espalier/ops/variable.h>

// Pretrained word vectors, as --vectors gives them.
namespace espalier::apps {

/// Those of a file, if any; says to `notes` how many words have one.
std::optional<datasets::WordVectors> load_vectors(const std::filesystem::path& file,
                                                  const Vocabulary& vocabulary, std::uint64_t seed,
                                                  std::ostream& notes);

/// The size of a word vector: that of the pretrained ones unless it `was_said`.
/// Throws OptionError if what was said is too small for them.
int input_size_for(const datasets::WordVectors& vectors, int given, bool was_said);

template <class Options>
void set_input_size(Options& options, const datasets::WordVectors& vectors, bool was_said) {
  if constexpr (requires { options.word_size; }) {
    options.word_size = input_size_for(vectors, options.word_size, was_said);
  } else if constexpr (requires { options.input_size; }) {
    options.input_size = input_size_for(vectors, options.input_size, was_said);
  }
}

/// What stands for them in a run's settings.
std::string fingerprint(const datasets::WordVectors& vectors);

/// The vectors become the first columns of the table.
void insert_vectors(const datasets::WordVectors& vectors, const Variable& table);

}  // namespace espalier::apps
