#pragma once

#include <charconv>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include <espalier/base/output_file.h>

namespace espalier::datasets {

/// Text on its way to a file, in pieces.
class TextWriter {
 public:
  explicit TextWriter(const ByteSink& sink) : sink_(sink) {}

  TextWriter& operator<<(std::string_view text) {
    buffer_ += text;
    if (buffer_.size() >= kSize) flush();
    return *this;
  }
  TextWriter& operator<<(char c) { return *this << std::string_view(&c, 1); }
  /// Numbers, floats with as many digits as say which they are.
  template <class Number>
  requires std::is_arithmetic_v<Number> TextWriter& operator<<(Number number) {
    char digits[64];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    return *this << std::string_view(digits, static_cast<std::size_t>(end - digits));
  }

  void flush() {
    sink_(std::as_bytes(std::span(buffer_)));
    buffer_.clear();
  }

 private:
  static constexpr std::size_t kSize = 1 << 16;

  const ByteSink& sink_;
  std::string buffer_;
};

/// Writes a file of what `write` puts into the writer, as a whole or not at all.
inline void write_text(const std::filesystem::path& path,
                       const std::function<void(TextWriter& out)>& write) {
  write_file(path, [&](const ByteSink& sink) {
    TextWriter out(sink);
    write(out);
    out.flush();
  });
}

}  // namespace espalier::datasets
