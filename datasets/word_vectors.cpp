#include <espalier/datasets/word_vectors.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/datasets/internal/fields.h>
#include <espalier/datasets/line_reader.h>
#include <espalier/ops/random.h>

namespace espalier::datasets {
namespace {

std::string without_treebank_escapes(std::string_view word) {
  if (word == "-LRB-") return "(";
  if (word == "-RRB-") return ")";
  std::string plain(word);
  std::erase(plain, '\\');
  return plain;
}

// Which words want the vector of a spelling, and how much: 0 is a word's first choice.
class Wishes {
 public:
  struct Wish {
    std::uint32_t word;
    std::size_t choice;
  };
  struct Spelling {
    std::vector<Wish> wishes;
    std::size_t line = 0;  // Where the file has it; 0: not seen so far.
  };

  explicit Wishes(const Vocabulary& vocabulary) : granted_(vocabulary.size(), kNone) {
    for (std::uint32_t i = 0; i < vocabulary.size(); ++i) {
      const std::string& word = vocabulary.word(i);
      const std::string plain = without_treebank_escapes(word);
      const std::string lower = lower_case(plain);
      add(word, {i, 0});
      if (plain != word) add(plain, {i, 1});
      if (lower != plain) add(lower, {i, 2});
    }
  }

  // Nothing if no word wants it.
  Spelling* find(std::string_view spelling) {
    const std::uint32_t number = numbers_.find(spelling);
    const bool is_wanted = number != Vocabulary::kUnknown || spelling == Vocabulary::kUnknownWord;
    return is_wanted ? &spellings_[number] : nullptr;
  }

  // Gives the spelling's vector to the words that have none they would rather keep.
  void grant(const Spelling& spelling, std::span<const float> vector, Tensor& table) {
    for (const auto& [word, choice] : spelling.wishes) {
      if (choice >= granted_[word]) continue;
      granted_[word] = choice;
      std::ranges::copy(vector, table.row(word).begin());
    }
  }

  std::size_t num_granted() const {
    return granted_.size() - static_cast<std::size_t>(std::ranges::count(granted_, kNone));
  }

 private:
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  void add(std::string_view spelling, Wish wish) {
    const std::uint32_t number = numbers_.add(spelling);
    spellings_.resize(numbers_.size());
    spellings_[number].wishes.push_back(wish);
  }

  Vocabulary numbers_;
  std::vector<Spelling> spellings_;   // By number.
  std::vector<std::size_t> granted_;  // The choice that each word has.
};

// The part of `line` from `begin` to the next space.
std::string_view field_at(std::string_view line, std::size_t begin) {
  return line.substr(begin, line.find(' ', begin) - begin);
}

// The number that the whole of `field` is.
std::optional<float> finite_number(std::string_view field) {
  float value = 0;
  const char* const end = field.data() + field.size();
  const auto [stop, error] = std::from_chars(field.data(), end, value);
  if (error != std::errc() || stop != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::size_t count_columns(std::string_view line) {
  return static_cast<std::size_t>(std::ranges::count(line, ' ')) + 1;
}

// Where the word of a line with `dimension` numbers ends.
// Throws ParseError unless the line has as many columns as that makes.
std::size_t end_of_word(std::string_view line, std::size_t dimension, const LineReader& reader) {
  if (line.starts_with(' ')) throw ParseError(reader.where(), "found a space, expected a word");
  const std::size_t num_columns = count_columns(line);
  std::size_t end = line.find(' ');
  for (std::size_t extra = dimension + 1; extra < num_columns; ++extra) {
    const std::string_view part = field_at(line, end + 1);
    if (part.empty() || finite_number(part)) break;
    end += 1 + part.size();
  }
  if (num_columns <= dimension || count_columns(line.substr(end + 1)) != dimension) {
    throw ParseError(reader.where(),
                     message("found ", num_columns, " columns, expected ", dimension + 1,
                             ": a word and ", dimension, " numbers"));
  }
  return end;
}

// Reads as many numbers as `values` has from `begin` on.
void read_numbers(std::string_view line, std::size_t begin, const LineReader& reader,
                  std::span<float> values) {
  for (float& value : values) {
    const std::string_view field = field_at(line, begin);
    const std::optional<float> number = finite_number(field);
    if (!number) {
      throw ParseError(reader.where(begin),
                       message("found \"", field, "\", expected a finite number"));
    }
    value = *number;
    begin += field.size() + 1;
  }
}

}  // namespace

WordVectors load_word_vectors(const std::filesystem::path& path, const Vocabulary& vocabulary,
                              const WordVectorOptions& options) {
  if (!(options.range >= 0)) {
    throw OptionError(message("the range of random vectors is ", options.range, ", expected >= 0"));
  }
  LineReader reader(path);
  std::optional<std::string_view> line = reader.next();
  if (!line) throw ParseError(reader.file(), "no word vectors, expected one on each line");
  const std::size_t dimension = count_columns(*line) - 1;
  if (dimension == 0) {
    throw ParseError(reader.where(), "found 1 column, expected a word and its numbers");
  }

  Rng rng(options.seed);
  const Shape shape = {vocabulary.size(), dimension};
  Tensor table = uniform_tensor(shape, -options.range, options.range, rng);
  Wishes wishes(vocabulary);
  std::vector<float> vector(dimension);
  for (; line; line = reader.next()) {
    const std::size_t end = end_of_word(*line, dimension, reader);
    const std::string_view word = line->substr(0, end);
    Wishes::Spelling* const spelling = wishes.find(word);
    const bool sets_dimension = reader.line_number() == 1;
    if (spelling != nullptr || sets_dimension) read_numbers(*line, end + 1, reader, vector);
    if (spelling == nullptr) continue;
    if (spelling->line > 0) {
      throw ParseError(reader.where(),
                       message("a second vector for \"", word, "\", expected only the one in line ",
                               spelling->line));
    }
    spelling->line = reader.line_number();
    wishes.grant(*spelling, vector, table);
  }
  return {std::move(table), wishes.num_granted()};
}

}  // namespace espalier::datasets
