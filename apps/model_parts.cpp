#include <espalier/apps/model_parts.h>

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include <espalier/base/error.h>

namespace espalier::apps {
namespace {

using nlohmann::ordered_json;

void check_size(const char* what, std::size_t size, int expected, const std::string& source) {
  if (std::cmp_equal(size, expected)) return;
  throw ParseError({.source = source}, message(size, ' ', what, ", expected ", expected));
}

}  // namespace

ordered_json configuration(std::string_view model, const DataOptions& data,
                           const std::string& options) {
  return {{"model", model},
          {"dataset", data.dataset},
          {"data", to_json(data)},
          {"options", ordered_json::parse(options)}};
}

Vocabulary words_of(const ordered_json& configuration, const char* key, int expected,
                    const std::string& source) {
  const std::vector<std::string> words = configuration.at(key);
  check_size(key, words.size(), expected, source);
  return Vocabulary::from_words(words);
}

std::vector<std::string> classes_of(const ordered_json& configuration, int expected,
                                    const std::string& source) {
  std::vector<std::string> classes = configuration.at("classes");
  check_size("classes", classes.size(), expected, source);
  return classes;
}

void load_best(std::span<const NamedParameter> parameters, const training::Checkpoint& checkpoint,
               const std::string& source) {
  training::load_parameters(parameters, checkpoint.parameters_to_use(), source);
}

std::optional<datasets::WordVectors> load_vectors(const Settings& settings,
                                                  const Vocabulary& vocabulary,
                                                  std::ostream& notes) {
  if (settings.vectors.empty()) return std::nullopt;
  auto vectors = datasets::load_word_vectors(settings.vectors, vocabulary, {.seed = settings.seed});
  notes << "word vectors: " << vectors.num_found << " of " << vocabulary.size() - 1
        << " words found\n";
  return vectors;
}

int input_size(const Settings& settings, const std::optional<datasets::WordVectors>& vectors,
               int otherwise) {
  if (!vectors) return settings.input_size.value_or(otherwise);
  const auto dimension = static_cast<int>(vectors->table.cols());
  const int size = settings.input_size.value_or(dimension);
  if (size < dimension) {
    throw OptionError(message("--input-size is ", size, ", expected at least ", dimension,
                              ", the size of the pretrained vectors"));
  }
  return size;
}

void insert_vectors(const std::optional<datasets::WordVectors>& vectors, const Variable& table) {
  if (!vectors) return;
  Tensor& values = table.mutable_value();
  for (std::size_t word = 0; word < vectors->table.rows(); ++word) {
    const std::span<const float> from = vectors->table.row(word);
    std::ranges::copy(from, values.row(word).begin());
  }
}

std::vector<std::uint32_t> renumbering(const Vocabulary& from, const Vocabulary& to) {
  std::vector<std::uint32_t> numbers;
  numbers.reserve(from.size());
  for (const std::string& word : from.words()) numbers.push_back(to.find(word));
  return numbers;
}

void check_classes(std::size_t ours, std::size_t theirs, std::string_view dataset,
                   std::string_view source) {
  if (ours == theirs) return;
  throw Error(message(source, ": a model of ", ours, " classes, expected ", theirs, ", those of ",
                      dataset));
}

}  // namespace espalier::apps
