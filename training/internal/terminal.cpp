#include <espalier/training/internal/terminal.h>

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <iostream>
#include <string_view>

namespace espalier::training {
namespace {

std::string_view environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

}  // namespace

std::size_t terminal_columns(const std::ostream& out) {
  const bool is_error = &out == &std::cerr || &out == &std::clog;
  if (!is_error && &out != &std::cout) return 0;
  const int file = is_error ? STDERR_FILENO : STDOUT_FILENO;
  if (::isatty(file) == 0 || environment("TERM") == "dumb") return 0;

  std::size_t columns = 0;
  const std::string_view wanted = environment("COLUMNS");
  std::from_chars(wanted.data(), wanted.data() + wanted.size(), columns);
  winsize size{};
  if (::ioctl(file, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    const std::size_t there = size.ws_col;
    columns = columns == 0 ? there : std::min(columns, there);
  }
  constexpr std::size_t kUsual = 80;
  return columns == 0 ? kUsual : columns;
}

std::string fitted(std::vector<LinePart> parts, std::size_t columns) {
  std::size_t length = 0;
  for (const LinePart& part : parts) length += part.text.size();
  while (length > columns && parts.size() > 1) {
    const auto last = std::ranges::max_element(parts, {}, &LinePart::rank);
    length -= last->text.size();
    parts.erase(last);
  }
  std::string line;
  for (const LinePart& part : parts) line += part.text;
  if (line.size() > columns) line.resize(columns);
  return line;
}

}  // namespace espalier::training
