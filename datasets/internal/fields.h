#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace espalier::datasets {

/// A piece of a line, and where in the line it begins. Views the line.
struct Field {
  std::string_view text;
  std::size_t offset = 0;  ///< In bytes.
};

/// The pieces of `line` between separators: one more than there are separators, and empty where two
/// of them meet.
std::vector<Field> split_fields(std::string_view line, char separator);

/// The words of `line`, between blanks or tabs, of which several together are one.
std::vector<Field> split_words(std::string_view line);

/// The number that the whole of `text` is, written in digits alone; nothing if it is none, or
/// beyond 64 bits.
std::optional<std::uint64_t> whole_number(std::string_view text);

/// The finite number that the whole of `text` is, one nearer 0 than any float as 0; nothing if it
/// is none.
std::optional<float> finite_number(std::string_view text);

/// `text` with A .. Z as a .. z; all other bytes stay.
std::string lower_case(std::string text);

}  // namespace espalier::datasets
