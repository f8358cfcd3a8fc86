#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace espalier::datasets {

/// A full matrix of numbers, whatever their type in the file.
class MatlabMatrix {
 public:
  std::size_t rows() const { return rows_; }
  std::size_t cols() const { return cols_; }
  double at(std::size_t row, std::size_t column) const { return values_[column * rows_ + row]; }

 private:
  friend class MatlabFile;
  std::size_t rows_ = 0, cols_ = 0;
  std::vector<float> values_;  // By columns, as MATLAB has them.
};

/// A file of MATLAB's, version 5 to 7.3, of which matrices are read by name.
class MatlabFile {
 public:
  /// Throws FileError if there is no such file, ParseError if it is no such file or is cut short.
  explicit MatlabFile(const std::filesystem::path& path);

  /// Throws ParseError, naming the variable, if it is not there, no matrix of real numbers, or
  /// larger than 64 MiB and 256 times the file.
  MatlabMatrix matrix(const std::string& name) const;

  /// Throws ParseError: "<file>: variable <name> …".
  [[noreturn]] void fail(const std::string& name, const std::string& what) const;

 private:
  std::string path_;
  std::size_t most_bytes_ = 0;  // Of a matrix: a few bytes must not cost gigabytes.
  std::shared_ptr<void> file_;
};

}  // namespace espalier::datasets
