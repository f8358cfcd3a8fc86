#include <espalier/models/load_model.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include <espalier/base/error.h>

namespace espalier::models {
namespace {

constexpr std::array<std::string_view, 13> kNames = {TreeClassifier::kName,
                                                     SequenceClassifier::kName,
                                                     SequenceRegressor::kName,
                                                     EncoderDecoder::kName,
                                                     LanguageModel::kName,
                                                     DocumentHAN::kName,
                                                     BagOfWords::kName,
                                                     AveragedEmbedding::kName,
                                                     Similarity::kName,
                                                     ThreadClassifier::kName,
                                                     HAN::kName,
                                                     GraphConvolutionNetwork::kName,
                                                     GraphAttentionNetwork::kName};

}  // namespace

ModelFile read_model_file(const std::filesystem::path& path) {
  training::Checkpoint checkpoint = training::load_checkpoint(path);
  ModelFile file{
      .source = path.string(),
      .configuration = checkpoint.configuration,
      .description = training::model_description_from_json(checkpoint.configuration, path.string()),
      .parameters = {},
      .data_fingerprint = checkpoint.run.data};
  file.parameters = std::move(checkpoint.best_parameters.empty() ? checkpoint.parameters
                                                                 : checkpoint.best_parameters);
  return file;
}

void check_model_name(const ModelFile& file, std::string_view expected) {
  const std::string& name = file.description.model;
  if (name == expected || std::ranges::count(kNames, name) == 0) return;
  throw Error(message(file.source, ": a checkpoint of the model \"", name, "\", expected one of \"",
                      expected, "\"; load_model<models::", name, "> reads it"));
}

Vocabulary vocabulary_of(const std::vector<std::string>& words, int expected,
                         const std::string& source) {
  if (words.empty()) return {};
  if (!std::cmp_equal(words.size(), expected)) {
    throw ParseError({.source = source}, message(words.size(), " words, expected ", expected));
  }
  try {
    return Vocabulary::from_words(words);
  } catch (const OptionError& error) {
    throw ParseError({.source = source}, error.what());
  }
}

void check_num_classes(const ModelFile& file, int expected) {
  const std::size_t count = file.description.classes.size();
  if (count == 0 || std::cmp_equal(count, expected)) return;
  throw ParseError({.source = file.source}, message(count, " classes, expected ", expected));
}

MemoryBudget budget_of(const ModelFile& file) {
  // Orthogonal matrices are made in double precision; and few bytes more should be told by the
  // names and shapes of tensors, not as too many.
  constexpr std::size_t kTimes = 8;
  constexpr std::size_t kMore = std::size_t{1} << 20;
  std::size_t num_bytes = 0;
  for (const auto& [name, tensor] : file.parameters) num_bytes += tensor.flat().size_bytes();
  return MemoryBudget(kTimes * num_bytes + kMore);
}

void fail_size(const ModelFile& file, const MemoryError& error) {
  std::size_t count = 0;
  for (const auto& [name, tensor] : file.parameters) count += tensor.size();
  throw ParseError({.source = file.source}, message("its options describe a larger model than its ",
                                                    count, " parameters are: ", error.what()));
}

void fail_options(const ModelFile& file, std::string_view expected, const ParseError& error) {
  throw Error(message(error.what(), "; it is a checkpoint of the model \"", file.description.model,
                      "\", expected one of ", expected));
}

}  // namespace espalier::models
