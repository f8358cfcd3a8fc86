#pragma once

#include <cstddef>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace espalier {

/// The family of everything that the library throws at a user's mistake. The message says where,
/// what was given, and what was expected. Broken invariants of our own are asserts instead.
///
/// What is wrong with a file is often shown by a piece of it, which may hold anything: what() is
/// printable() text (base/utf8.h), in one line.
class Error : public std::runtime_error {
 public:
  explicit Error(std::string_view what);
};

/// A graph, structure or schedule that cannot be: an id out of range, a cycle, several roots.
class GraphError : public Error {
 public:
  using Error::Error;
};

/// Tensors whose shapes do not fit each other or the operation.
class ShapeError : public Error {
 public:
  using Error::Error;
};

/// An option outside its range, or a name that is not known.
class OptionError : public Error {
 public:
  using Error::Error;
};

/// A file that cannot be opened, read or written. Names the path and the system's reason.
class FileError : public Error {
 public:
  using Error::Error;
};

/// Where in a text something stands. Lines and columns count from 1, columns in bytes; 0: unknown.
struct TextPosition {
  std::string source;  ///< A path, or a name such as "<text>".
  std::size_t line = 0;
  std::size_t column = 0;
};

/// Text or binary data that is not what its format asks for: "train.txt:12:34: expected …".
class ParseError : public Error {
 public:
  ParseError(const TextPosition& where, std::string_view what);

  const TextPosition& where() const { return where_; }

 private:
  TextPosition where_;
};

/// The text of an error, from its parts in order: strings as they are, numbers in decimal.
template <class... Parts>
std::string message(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return std::move(out).str();
}

}  // namespace espalier
