#include <espalier/apps/systems/word_vectors.h>

#include <algorithm>
#include <span>
#include <string_view>

#include <espalier/data/fingerprint.h>

namespace espalier::apps {

std::optional<datasets::WordVectors> load_vectors(const std::filesystem::path& file,
                                                  const Vocabulary& vocabulary, std::uint64_t seed,
                                                  std::ostream& notes) {
  if (file.empty()) return std::nullopt;
  auto vectors = datasets::load_word_vectors(file, vocabulary, {.seed = seed});
  notes << "word vectors: " << vectors.num_found << " of " << vocabulary.size() - 1
        << " words found\n";
  const auto tell = [&](std::size_t count, std::string_view what) {
    if (count == 0) return;
    notes << "word vectors: passed over " << count << (count == 1 ? " line " : " lines ") << what
          << ", of no word that is wanted\n";
  };
  tell(vectors.num_repeated, "with a second vector");
  tell(vectors.num_ill_formed, "with a word that is not valid UTF-8");
  if (vectors.num_announced && *vectors.num_announced != vectors.num_vectors) {
    notes << "word vectors: the file has " << vectors.num_vectors << ", its header announces "
          << *vectors.num_announced << '\n';
  }
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

std::string fingerprint(const datasets::WordVectors& vectors) {
  Fingerprint result;
  result.add(vectors.table.flat());
  return result.text();
}

void insert_vectors(const datasets::WordVectors& vectors, const Variable& table) {
  Tensor& values = table.mutable_value();
  for (std::size_t word = 0; word < vectors.table.rows(); ++word) {
    const std::span<const float> from = vectors.table.row(word);
    std::ranges::copy(from, values.row(word).begin());
  }
}

}  // namespace espalier::apps
