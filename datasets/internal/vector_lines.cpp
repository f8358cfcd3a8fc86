#include <espalier/datasets/internal/vector_lines.h>

#include <algorithm>
#include <map>
#include <utility>

#include <espalier/datasets/internal/fields.h>
#include <espalier/datasets/word_vectors.h>

namespace espalier::datasets {
namespace {

constexpr std::size_t kMaxLine = 1 << 20;  // kMaxDimension numbers of 250 digits.
constexpr std::size_t kNumFirstLines = 9;  // A header, and some to be asked for the dimension.
constexpr std::string_view kBlanks = " \t";

// The columns of a line, without the empty one that a blank at its end makes.
std::string_view without_blank_end(std::string_view line) {
  return line.substr(0, line.find_last_not_of(kBlanks) + 1);
}

std::vector<std::string_view> columns_of(std::string_view line) {
  std::vector<std::string_view> columns;
  for (std::size_t end = 0;;) {
    const std::size_t begin = line.find_first_not_of(kBlanks, end);
    if (begin == std::string_view::npos) return columns;
    end = std::min(line.find_first_of(kBlanks, begin), line.size());
    columns.push_back(line.substr(begin, end - begin));
  }
}

// How many columns at the end of a line are numbers, the first one being a word in any case.
std::size_t num_last_numbers(std::string_view line) {
  const std::vector<std::string_view> columns = columns_of(line);
  std::size_t count = 0;
  while (count + 1 < columns.size() && finite_number(columns[columns.size() - 1 - count])) ++count;
  return count;
}

}  // namespace

void VectorLine::read(std::span<float> values) const {
  std::size_t i = 0;
  for (const std::string_view column : columns_of(numbers)) {
    const std::optional<float> number = finite_number(column);
    if (!number) {
      TextPosition place = where;
      place.column += static_cast<std::size_t>(column.data() - word.data());
      throw ParseError(place, message("found \"", column, "\", expected a finite number"));
    }
    values[i++] = *number;
  }
}

VectorLines::VectorLines(const std::filesystem::path& path) : lines_(path, kMaxLine) {
  while (first_.size() < kNumFirstLines) {
    const auto line = lines_.next_bytes();
    if (!line) break;
    first_.emplace_back(*line);
  }
  if (first_.empty()) throw ParseError(lines_.file(), "no word vectors, expected one on each line");
  take_header();
  if (num_header_lines_ == 0) set_dimension();
  if (dimension_ > kMaxDimension) {
    throw ParseError(
        {.source = lines_.file().source, .line = 1, .column = 1},
        message("vectors of ", dimension_, " numbers, expected ", kMaxDimension, " at most"));
  }
}

// "400000 300": two whole numbers, before a line that is no vector of one number itself.
void VectorLines::take_header() {
  const auto columns = columns_of(first_[0]);
  if (columns.size() != 2 || first_[0].find_first_of(kBlanks) == 0) return;
  const auto words = whole_number(columns[0]);
  const auto dimension = whole_number(columns[1]);
  if (!words || !dimension || *dimension == 0) return;
  if (first_.size() < 2) {
    throw ParseError(lines_.file(), message("no word vectors after the header \"", first_[0],
                                            "\", expected one on each line"));
  }
  if (columns_of(first_[1]).size() == 2 && *dimension != 1) return;
  num_announced_ = *words;
  dimension_ = *dimension;
  num_header_lines_ = num_given_ = 1;
}

void VectorLines::set_dimension() {
  std::map<std::size_t, std::size_t> votes;
  for (const std::string& line : first_) ++votes[num_last_numbers(line)];
  dimension_ = num_last_numbers(first_[0]);
  for (const auto& [dimension, count] : votes) {
    if (dimension > 0 && count > votes[dimension_]) dimension_ = dimension;
  }
  if (dimension_ > 0) return;
  const TextPosition where{.source = lines_.file().source, .line = 1, .column = 1};
  const auto columns = columns_of(first_[0]);
  if (columns.size() < 2) {
    throw ParseError(where,
                     message("found ", columns.size(), columns.size() == 1 ? " column" : " columns",
                             ", expected a word and its numbers"));
  }
  TextPosition place = where;
  place.column += static_cast<std::size_t>(columns.back().data() - first_[0].data());
  throw ParseError(place, message("found \"", columns.back(), "\", expected a finite number"));
}

std::optional<VectorLine> VectorLines::next() {
  if (num_given_ < first_.size()) {
    const std::string& line = first_[num_given_++];
    return cut(line, num_given_);
  }
  const auto line = lines_.next_bytes();
  if (!line) return std::nullopt;
  return cut(*line, lines_.line_number());
}

VectorLine VectorLines::cut(std::string_view line, std::size_t line_number) const {
  const TextPosition where{.source = lines_.file().source, .line = line_number, .column = 1};
  const std::string_view text = without_blank_end(line);
  std::size_t end = text.size();  // Of what stands before the columns that were found.
  std::size_t begin_of_numbers = end;
  for (std::size_t i = 0; i < dimension_ && end != 0; ++i) {
    const std::size_t blank = text.find_last_of(kBlanks, end - 1);
    begin_of_numbers = blank == std::string_view::npos ? 0 : blank + 1;
    end = text.substr(0, begin_of_numbers).find_last_not_of(kBlanks) + 1;
  }
  if (text.find_first_of(kBlanks) == 0) throw ParseError(where, "found a space, expected a word");
  if (end == 0) {
    throw ParseError(where, message("found ", columns_of(text).size(), " columns, expected ",
                                    dimension_ + 1, ": a word and ", dimension_, " numbers"));
  }
  return {text.substr(0, end), text.substr(begin_of_numbers), where};
}

}  // namespace espalier::datasets
