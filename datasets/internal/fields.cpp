#include <espalier/datasets/internal/fields.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <system_error>

namespace espalier::datasets {
namespace {

// Whether the digits of a number that no float or double can hold say that it is near 0.
bool is_tiny(std::string_view digits) {
  const std::size_t exponent = digits.find_first_of("eE");
  if (exponent != std::string_view::npos) return digits.substr(exponent + 1).starts_with('-');
  return digits.find_first_of("123456789") > digits.find('.');
}

}  // namespace

std::vector<Field> split_fields(std::string_view line, char separator) {
  std::vector<Field> fields;
  std::size_t begin = 0;
  while (true) {
    const std::size_t end = std::min(line.find(separator, begin), line.size());
    fields.push_back({line.substr(begin, end - begin), begin});
    if (end == line.size()) return fields;
    begin = end + 1;
  }
}

std::vector<Field> split_words(std::string_view line) {
  constexpr std::string_view kBlanks = " \t";
  std::vector<Field> words;
  for (std::size_t begin = line.find_first_not_of(kBlanks); begin != std::string_view::npos;) {
    const std::size_t end = std::min(line.find_first_of(kBlanks, begin), line.size());
    words.push_back({line.substr(begin, end - begin), begin});
    begin = line.find_first_not_of(kBlanks, end);
  }
  return words;
}

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::optional<float> finite_number(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  const char* const end = text.data() + text.size();
  float value = 0;
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (stop != end || error == std::errc::invalid_argument) return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    if (!is_tiny(text)) return std::nullopt;
    value = text.starts_with('-') ? -0.0f : 0.0f;
  }
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::string lower_case(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

}  // namespace espalier::datasets
