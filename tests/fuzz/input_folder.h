#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <espalier/base/error.h>

#include "tests/datasets/files.h"

namespace espalier::fuzz {

/// Calls `read`, which may refuse what it reads.
void answered(const auto& read) {
  try {
    read();
  } catch (const Error&) {
  }
}

/// Where a target writes what is to be read from a file; one for the whole process.
inline const test::TemporaryFolder& input_folder() {
  static const test::TemporaryFolder folder;
  return folder;
}

/// A file of these bytes.
inline std::filesystem::path input_file(std::string_view name, std::string_view bytes) {
  return input_folder().write(name, bytes);
}

/// Cuts off what stands before the next line of "----", so that an input can be several files.
inline std::string_view next_file(std::string_view& bytes) {
  constexpr std::string_view kSeparator = "----\n";
  const std::size_t end = bytes.find(kSeparator);
  const std::string_view file = bytes.substr(0, end);
  bytes =
      end == std::string_view::npos ? std::string_view() : bytes.substr(end + kSeparator.size());
  return file;
}

}  // namespace espalier::fuzz
