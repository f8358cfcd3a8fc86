#include <espalier/apps/systems/word_vectors.h>

#include <algorithm>
#include <span>

namespace espalier::apps {

std::optional<datasets::WordVectors> load_vectors(const std::filesystem::path& file,
                                                  const Vocabulary& vocabulary, std::uint64_t seed,
                                                  std::ostream& notes) {
  if (file.empty()) return std::nullopt;
  auto vectors = datasets::load_word_vectors(file, vocabulary, {.seed = seed});
  notes << "word vectors: " << vectors.num_found << " of " << vocabulary.size() - 1
        << " words found\n";
  return vectors;
}

int input_size_for(const datasets::WordVectors& vectors, int given, bool was_said) {
  const auto dimension = static_cast<int>(vectors.table.cols());
  if (!was_said) return dimension;
  if (given < dimension) {
    throw OptionError(message("--input-size is ", given, ", expected at least ", dimension,
                              ", the size of the pretrained vectors"));
  }
  return given;
}

void insert_vectors(const datasets::WordVectors& vectors, const Variable& table) {
  Tensor& values = table.mutable_value();
  for (std::size_t word = 0; word < vectors.table.rows(); ++word) {
    const std::span<const float> from = vectors.table.row(word);
    std::ranges::copy(from, values.row(word).begin());
  }
}

}  // namespace espalier::apps
