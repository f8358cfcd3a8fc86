#include <espalier/apps/systems/sentence_pair.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <espalier/apps/systems/json_line.h>
#include <espalier/base/error.h>
#include <espalier/datasets/heads.h>

namespace espalier::apps {
namespace {

// Of each word. Where order alone counts and nothing is said, each word but the last hangs under
// the next.
std::vector<std::uint64_t> heads_of(const nlohmann::json& sentence, std::size_t num_words,
                                    models::SentenceReader reader, const TextPosition& where,
                                    const std::string& name) {
  std::vector<std::uint64_t> heads;
  if (!sentence.contains("heads")) {
    if (reader == models::SentenceReader::kTree) {
      throw ParseError(where, message(name, ": no \"heads\" of ", num_words,
                                      " words, expected one for each: the model reads trees"));
    }
    for (std::size_t v = 1; v < num_words; ++v) heads.push_back(v + 1);
    heads.push_back(0);
    return heads;
  }
  for (const auto& head : array_of(sentence["heads"], where, name + ".heads")) {
    const std::int64_t number = whole_number_of(head, where, name + ": a head");
    if (number < 0 || std::cmp_greater(number, num_words)) {
      throw ParseError(where, message(name, ": word ", heads.size() + 1, " has head ", number,
                                      ", expected 0 to ", num_words));
    }
    heads.push_back(static_cast<std::uint64_t>(number));
  }
  if (heads.size() != num_words) {
    throw ParseError(where, message(name, ": ", heads.size(), " heads of ", num_words,
                                    " words, expected one for each"));
  }
  return heads;
}

LabelledTree sentence_of(const nlohmann::json& pair, const char* name, const TextPosition& where,
                         const Vocabulary& vocabulary, models::SentenceReader reader) {
  const nlohmann::json& sentence = entry_of(pair, name, where, "the pair of sentences");
  std::vector<std::uint32_t> words;
  const nlohmann::json& given = entry_of(sentence, "words", where, name);
  for (const auto& word : array_of(given, where, std::string(name) + ".words")) {
    words.push_back(vocabulary.find(string_of(word, where, std::string(name) + ": a word")));
  }
  if (words.empty()) throw ParseError(where, message(name, " has no words, expected some"));
  const auto heads = heads_of(sentence, words.size(), reader, where, name);
  Tree tree = datasets::tree_from_heads(heads, [&](std::size_t) { return where; });
  std::vector<std::int32_t> labels(words.size(), kNoLabel);
  return {std::move(tree), std::move(words), std::move(labels)};
}

}  // namespace

std::optional<SentencePair> read_pair(datasets::LineReader& lines, const Vocabulary& vocabulary,
                                      models::SentenceReader reader) {
  const std::optional<std::string_view> line = lines.next();
  if (!line) return std::nullopt;
  const TextPosition where = lines.where();
  const nlohmann::json pair = parse_json_line(*line, where, "no pair of sentences in JSON");
  LabelledTree a = sentence_of(pair, "a", where, vocabulary, reader);
  return SentencePair{std::move(a), sentence_of(pair, "b", where, vocabulary, reader)};
}

}  // namespace espalier::apps
