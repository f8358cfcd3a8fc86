#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <espalier/data/splits.h>
#include <espalier/data/vocabulary.h>

namespace espalier::datasets {

/// A text as the numbers of its characters, for models that predict the next one. Train is its
/// beginning, dev what follows, test its end.
struct TextData : Splits<std::vector<std::uint32_t>> {
  Vocabulary vocabulary;  ///< UTF-8 characters of the whole text, in the order of their first use.
};

struct TextOptions {
  float dev_fraction = 0.05f;   ///< Of the characters, rounded down; >= 0.
  float test_fraction = 0.05f;  ///< Likewise; both together < 1.
};

/// Throws OptionError at fractions out of range, ParseError if `text` is empty or not UTF-8.
TextData text_data(std::string_view text, const TextOptions& options = {});

/// The text of a file, plain or compressed by gzip; every line ends with a line feed there, however
/// it does in the file. Throws FileError and ParseError as LineReader does, and as text_data().
TextData load_text(const std::filesystem::path& path, const TextOptions& options = {});

}  // namespace espalier::datasets
