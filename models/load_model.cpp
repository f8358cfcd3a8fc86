#include <espalier/models/load_model.h>

#include <algorithm>
#include <array>
#include <utility>

#include <espalier/base/error.h>

namespace espalier::models {
namespace {

constexpr std::array<std::string_view, 10> kNames = {
    TreeClassifier::kName,  SequenceClassifier::kName, SequenceRegressor::kName,
    EncoderDecoder::kName,  LanguageModel::kName,      DocumentHAN::kName,
    BagOfWords::kName,      AveragedEmbedding::kName,  Similarity::kName,
    ThreadClassifier::kName};

// The command calls its models by names of its own, and says with them on what they were trained;
// what they are shows by whether the options are those of the model.
template <class Parse>
auto parsed(const ModelFile& file, std::string_view name, const Parse& parse) {
  try {
    return parse(file.description.options, file.source);
  } catch (const ParseError& error) {
    throw Error(message(error.what(), "; it is a checkpoint of the model \"",
                        file.description.model, "\", expected one of ", name));
  }
}

}  // namespace

ModelFile read_model_file(const std::filesystem::path& path) {
  training::Checkpoint checkpoint = training::load_checkpoint(path);
  ModelFile file{
      .source = path.string(),
      .description = training::model_description_from_json(checkpoint.configuration, path.string()),
      .parameters = {}};
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

TreeClassifierOptions options_of(const ModelFile& file, const TreeClassifier*) {
  return parsed(file, TreeClassifier::kName, tree_classifier_options_from_json);
}
SequenceClassifierOptions options_of(const ModelFile& file, const SequenceClassifier*) {
  return parsed(file, SequenceClassifier::kName, sequence_classifier_options_from_json);
}
SequenceRegressorOptions options_of(const ModelFile& file, const SequenceRegressor*) {
  return parsed(file, SequenceRegressor::kName, sequence_regressor_options_from_json);
}
EncoderDecoderOptions options_of(const ModelFile& file, const EncoderDecoder*) {
  return parsed(file, EncoderDecoder::kName, encoder_decoder_options_from_json);
}
LanguageModelOptions options_of(const ModelFile& file, const LanguageModel*) {
  return parsed(file, LanguageModel::kName, language_model_options_from_json);
}
DocumentHANOptions options_of(const ModelFile& file, const DocumentHAN*) {
  return parsed(file, DocumentHAN::kName, document_han_options_from_json);
}
AveragedEmbeddingOptions options_of(const ModelFile& file, const AveragedEmbedding*) {
  return parsed(file, AveragedEmbedding::kName, averaged_embedding_options_from_json);
}
BagOfWordsOptions options_of(const ModelFile& file, const BagOfWords*) {
  return parsed(file, BagOfWords::kName, bag_of_words_options_from_json);
}
SimilarityOptions options_of(const ModelFile& file, const Similarity*) {
  return parsed(file, Similarity::kName, similarity_options_from_json);
}
ThreadClassifierOptions options_of(const ModelFile& file, const ThreadClassifier*) {
  return parsed(file, ThreadClassifier::kName, thread_classifier_options_from_json);
}

}  // namespace espalier::models
