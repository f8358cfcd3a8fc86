#include <espalier/datasets/planted_documents.h>

#include <algorithm>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/ops/random.h>

namespace espalier::datasets {
namespace {

using Words = std::vector<std::uint32_t>;

// In the vocabulary, the marker comes after the unknown word, then the key words, then the fillers.
constexpr std::uint32_t kMarker = 1;
constexpr std::uint32_t kFirstKey = 2;

void expect_range(std::string_view name, std::size_t value, std::size_t low, std::size_t high) {
  if (value >= low && value <= high) return;
  throw OptionError(message(name, " is ", value, ", expected ", low, " .. ", high));
}

void check(const PlantedDocumentsOptions& options) {
  constexpr std::size_t kMost = 1'000'000;
  expect_range("num_classes", options.num_classes, 2, 1000);
  expect_range("num_fillers", options.num_fillers, 1, kMost);
  expect_range("max_sentences", options.max_sentences, options.num_classes, kMost);
  expect_range("min_sentences", options.min_sentences, options.num_classes, options.max_sentences);
  expect_range("max_words", options.max_words, 2, kMost);
  expect_range("min_words", options.min_words, 2, options.max_words);
}

std::size_t draw_size(std::size_t low, std::size_t high, Rng& rng) {
  return low + rng.below(high - low + 1);
}

// The numbers 0 .. count - 1 in any order.
std::vector<std::uint32_t> shuffled(std::size_t count, Rng& rng) {
  std::vector<std::uint32_t> numbers(count);
  std::iota(numbers.begin(), numbers.end(), 0u);
  rng.shuffle(std::span(numbers));
  return numbers;
}

std::pair<LabelledDocument, PlantedKey> draw_document(const PlantedDocumentsOptions& options,
                                                      Rng rng) {
  const std::size_t first_filler = kFirstKey + options.num_classes;
  std::vector<Words> sentences(draw_size(options.min_sentences, options.max_sentences, rng));
  for (Words& sentence : sentences) {
    sentence.resize(draw_size(options.min_words, options.max_words, rng));
    for (std::uint32_t& word : sentence) {
      word = static_cast<std::uint32_t>(first_filler + rng.below(options.num_fillers));
    }
  }

  LabelledDocument document;
  document.label = static_cast<std::int32_t>(rng.below(options.num_classes));
  PlantedKey key;
  const std::vector<std::uint32_t> places = shuffled(sentences.size(), rng);
  for (std::uint32_t c = 0; c < options.num_classes; ++c) {
    Words& sentence = sentences[places[c]];
    const auto word = static_cast<std::uint32_t>(rng.below(sentence.size()));
    sentence[word] = kFirstKey + c;
    if (static_cast<std::int32_t>(c) != document.label) continue;
    const auto shift = static_cast<std::uint32_t>(1 + rng.below(sentence.size() - 1));
    const auto marker = static_cast<std::uint32_t>((word + shift) % sentence.size());
    sentence[marker] = kMarker;
    key = {places[c], marker, word};
  }
  for (const Words& sentence : sentences) {
    document.words.insert(document.words.end(), sentence.begin(), sentence.end());
    document.sentence_ends.push_back(static_cast<std::uint32_t>(document.words.size()));
  }
  return {std::move(document), key};
}

void draw(std::size_t count, const PlantedDocumentsOptions& options, const Rng& rng,
          std::vector<LabelledDocument>& documents, std::vector<PlantedKey>& keys) {
  for (std::size_t i = 0; i < count; ++i) {
    auto [document, key] = draw_document(options, rng.fork(i));
    documents.push_back(std::move(document));
    keys.push_back(key);
  }
}

}  // namespace

PlantedDocuments generate_planted_documents(const PlantedDocumentsOptions& options) {
  check(options);
  PlantedDocuments data;
  Vocabulary& vocabulary = data.vocabulary;
  vocabulary.add("marker");
  for (std::size_t c = 0; c < options.num_classes; ++c) {
    data.classes.push_back(message("class", c));
    vocabulary.add(message("key", c));
  }
  for (std::size_t i = 0; i < options.num_fillers; ++i) vocabulary.add(message("filler", i));

  const Rng rng(options.seed);
  draw(options.num_train, options, rng.fork(0), data.train, data.keys.train);
  draw(options.num_dev, options, rng.fork(1), data.dev, data.keys.dev);
  draw(options.num_test, options, rng.fork(2), data.test, data.keys.test);
  return data;
}

}  // namespace espalier::datasets
