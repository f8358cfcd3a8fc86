#include <espalier/datasets/conllu.h>

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/datasets/heads.h>
#include <espalier/datasets/internal/fields.h>
#include <espalier/datasets/line_reader.h>

namespace espalier::datasets {
namespace {

enum Column : std::size_t { kId, kForm, kTag = 3, kHead = 6, kRelation = 7, kNumColumns = 10 };

// How CoNLL-U writes a column that is empty.
constexpr std::string_view kNone = "_";

std::vector<Field> columns_of(std::string_view line, const LineReader& reader) {
  std::vector<Field> columns = split_fields(line, '\t');
  if (columns.size() != kNumColumns) {
    throw ParseError(reader.where(), message("found ", columns.size(), " columns, expected ",
                                             std::size_t{kNumColumns}, ", separated by tabs"));
  }
  for (const Field& column : columns) {
    if (!column.text.empty()) continue;
    throw ParseError(reader.where(column.offset), "found an empty column, expected \"_\" or text");
  }
  return columns;
}

// The lines of one sentence, in their order.
class SentenceBuilder {
 public:
  SentenceBuilder(LineReader& reader, ConlluVocabularies& vocabularies)
      : reader_(reader), vocabularies_(vocabularies) {}

  void add(std::string_view line) {
    const std::vector<Field> columns = columns_of(line, reader_);
    const std::string_view id = columns[kId].text;
    if (const std::size_t dash = id.find('-'); dash != std::string_view::npos) {
      add_range(columns, whole_number(id.substr(0, dash)), whole_number(id.substr(dash + 1)));
    } else if (const std::size_t dot = id.find('.'); dot != std::string_view::npos) {
      add_empty_node(columns, whole_number(id.substr(0, dot)), whole_number(id.substr(dot + 1)));
    } else {
      add_word(columns);
    }
  }

  bool has_words() const { return !words_.empty(); }

  // Throws ParseError, after the last line, unless all that was begun is complete.
  ConlluSentence finish() && {
    if (words_.empty()) {
      throw ParseError(reader_.where(), "found the end of a sentence, expected a word");
    }
    if (range_end_ > words_.size()) {
      throw ParseError(reader_.where(),
                       message("the sentence ends after word ", words_.size(), ", expected word ",
                               range_end_, ", the last of a token"));
    }
    Tree tree = tree_from_heads(heads_, [&](std::size_t v) {
      return TextPosition{reader_.file().source, places_[v].line, places_[v].offset + 1};
    });
    return {{std::move(tree), std::move(words_), std::move(tags_)}, std::move(relations_)};
  }

 private:
  void add_word(const std::vector<Field>& columns) {
    if (whole_number(columns[kId].text) != words_.size() + 1) {
      fail(columns[kId], message(words_.size() + 1, ", the next word"));
    }
    num_empty_nodes_ = 0;
    heads_.push_back(parse_head(columns[kHead].text, reader_.where(columns[kHead].offset)));
    places_.push_back({reader_.line_number(), columns[kHead].offset});
    words_.push_back(vocabularies_.forms.add(columns[kForm].text));
    const std::string_view tag = columns[kTag].text;
    tags_.push_back(tag == kNone ? kNoLabel
                                 : static_cast<std::int32_t>(vocabularies_.tags.add(tag)));
    if (columns[kRelation].text == kNone) fail(columns[kRelation], "the relation to the head");
    relations_.push_back(vocabularies_.relations.add(columns[kRelation].text));
  }

  // A token that spans words `first` .. `last`, before the first of them.
  void add_range(const std::vector<Field>& columns, std::optional<std::uint64_t> first,
                 std::optional<std::uint64_t> last) {
    const std::size_t next = words_.size() + 1;
    if (first != next || range_end_ >= next || !last || *last < next) {
      fail(columns[kId],
           message("a token of words that begins at word ",
                   std::max<std::uint64_t>(next, range_end_ + 1), " and ends no earlier"));
    }
    range_end_ = *last;
    expect_no_head(columns);
  }

  // The `count`-th empty node after word `word`.
  void add_empty_node(const std::vector<Field>& columns, std::optional<std::uint64_t> word,
                      std::optional<std::uint64_t> count) {
    if (word != words_.size() || count != num_empty_nodes_ + 1) {
      fail(columns[kId], message(words_.size(), '.', num_empty_nodes_ + 1, ", an empty node"));
    }
    ++num_empty_nodes_;
    expect_no_head(columns);
  }

  void expect_no_head(const std::vector<Field>& columns) const {
    if (columns[kHead].text != kNone) {
      fail(columns[kHead], "\"_\": only words have a head in the basic tree");
    }
  }

  [[noreturn]] void fail(const Field& found, std::string_view expected) const {
    throw ParseError(reader_.where(found.offset),
                     message("found \"", found.text, "\", expected ", expected));
  }

  struct Place {
    std::size_t line;
    std::size_t offset;
  };

  LineReader& reader_;
  ConlluVocabularies& vocabularies_;
  std::vector<std::uint64_t> heads_;
  std::vector<Place> places_;  // Of the heads.
  std::vector<std::uint32_t> words_;
  std::vector<std::int32_t> tags_;
  std::vector<std::uint32_t> relations_;
  std::uint64_t range_end_ = 0;        // The last word of the last token of several words.
  std::uint64_t num_empty_nodes_ = 0;  // Since the last word.
};

}  // namespace

std::vector<ConlluSentence> load_conllu(const std::filesystem::path& path,
                                        ConlluVocabularies& vocabularies) {
  LineReader reader(path);
  std::vector<ConlluSentence> sentences;
  std::optional<SentenceBuilder> sentence;  // None between sentences.
  while (const auto line = reader.next()) {
    if (!sentence) sentence.emplace(reader, vocabularies);
    if (line->empty()) {
      sentences.push_back(std::move(*sentence).finish());
      sentence.reset();
    } else if (!line->starts_with('#')) {
      sentence->add(*line);
    } else if (sentence->has_words()) {
      throw ParseError(reader.where(), "found a comment, expected it before the first word");
    }
  }
  if (sentence) {
    throw ParseError(reader.where(),
                     "the file ends within a sentence, expected an empty line after it");
  }
  if (sentences.empty()) throw ParseError(reader.file(), "no sentences, expected at least one");
  return sentences;
}

}  // namespace espalier::datasets
