#pragma once

#include <filesystem>
#include <istream>
#include <ostream>
#include <string_view>

#include <espalier/datasets/line_reader.h>

namespace espalier::apps {

/// A file of examples, or "-" for standard input, which must outlive the reader.
/// Throws FileError if the file cannot be opened.
datasets::LineReader open_examples(const std::filesystem::path& path, std::istream& standard_input);

/// Writes to a file, or to `standard_output` if the path is "-". Throws FileError if it cannot.
void write_output(const std::filesystem::path& path, std::string_view text,
                  std::ostream& standard_output);

}  // namespace espalier::apps
