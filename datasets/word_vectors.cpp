#include <espalier/datasets/word_vectors.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/base/utf8.h>
#include <espalier/datasets/internal/fields.h>
#include <espalier/datasets/internal/vector_lines.h>
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

  // Words that have a vector; the unknown word is none.
  std::size_t num_granted() const {
    const auto words = std::span(granted_).subspan(1);
    return words.size() - static_cast<std::size_t>(std::ranges::count(words, kNone));
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

// Seen again? By hashes of 64 bits, in eight bytes a word: among ten million words, two that share
// one are met once in 400,000 files.
class SeenWords {
 public:
  void add(std::string_view word) { hashes_.push_back(std::hash<std::string_view>()(word)); }

  std::size_t num_repeated() && {
    std::ranges::sort(hashes_);
    const auto end = std::unique(hashes_.begin(), hashes_.end());
    return static_cast<std::size_t>(hashes_.end() - end);
  }

 private:
  std::vector<std::uint64_t> hashes_;
};

}  // namespace

WordVectors load_word_vectors(const std::filesystem::path& path, const Vocabulary& vocabulary,
                              const WordVectorOptions& options) {
  if (!(options.range >= 0)) {
    throw OptionError(message("the range of random vectors is ", options.range, ", expected >= 0"));
  }
  VectorLines lines(path);
  Rng rng(options.seed);
  const Shape shape = {vocabulary.size(), lines.dimension()};
  WordVectors result{.table = uniform_tensor(shape, -options.range, options.range, rng),
                     .num_announced = lines.num_announced()};
  Wishes wishes(vocabulary);
  SeenWords unwanted;
  std::vector<float> vector(lines.dimension());
  while (const auto line = lines.next()) {
    const bool is_first = result.num_vectors++ == 0;
    Wishes::Spelling* const spelling = wishes.find(line->word);
    if (spelling != nullptr || is_first) line->read(vector);
    if (spelling == nullptr) {
      const bool is_utf8 = find_invalid_utf8(line->word) == std::string_view::npos;
      if (is_utf8) unwanted.add(line->word);
      if (!is_utf8) ++result.num_ill_formed;
      continue;
    }
    if (spelling->line > 0) {
      throw ParseError(line->where, message("a second vector for \"", line->word,
                                            "\", expected only the one in line ", spelling->line));
    }
    spelling->line = line->where.line;
    wishes.grant(*spelling, vector, result.table);
  }
  result.num_found = wishes.num_granted();
  result.num_repeated = std::move(unwanted).num_repeated();
  return result;
}

}  // namespace espalier::datasets
