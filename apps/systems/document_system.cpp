#include <span>
#include <utility>

#include <espalier/apps/pictures/document_page.h>
#include <espalier/apps/systems/answering.h>
#include <espalier/apps/systems/documents.h>
#include <espalier/apps/systems/json.h>
#include <espalier/apps/systems/make_system.h>
#include <espalier/apps/systems/systems.h>
#include <espalier/models/averaged_embedding.h>
#include <espalier/models/bag_of_words.h>
#include <espalier/models/document_batch.h>
#include <espalier/models/document_han.h>
#include <espalier/ops/argmax.h>

// Classifiers of documents: hierarchical attention, and the two baselines that it has to beat.
namespace espalier::apps {
namespace {

using models::AveragedEmbedding;
using models::BagOfWords;
using models::DocumentHAN;
using Documents = Dataset<LabelledDocument>;
template <class Model>
using Parts = SystemParts<Model, Documents, DocumentTraits>;
template <class Model>
using TrainedDocuments = Trained<Model, DocumentTraits>;

constexpr const char* kHan = "document-han";
constexpr const char* kAveraged = "averaged-embedding";
constexpr const char* kBag = "bag-of-words";
constexpr Takes kTakes = {.vectors = true, .embedding_rate = true, .baselines = true};

Setup<DocumentHAN> han_setup(std::string_view, const DocumentSet& set) {
  if (set.traits.planted) {
    return {.model = {.word_size = 32, .dropout = 0.0f},
            .training = {.recipe = {.learning_rate = 0.003, .l2 = 0.0, .adam = true},
                         .epochs = 15,
                         .batch_size = 16,
                         .clip = 5.0,
                         .takes = kTakes}};
  }
  return {.model = {.dropout = 0.5f},
          .training = {.recipe = {.learning_rate = 0.001, .l2 = 0.0, .adam = true},
                       .epochs = 6,
                       .batch_size = 64,
                       .clip = 5.0,
                       .takes = kTakes}};
}

Setup<AveragedEmbedding> averaged_setup(std::string_view, const DocumentSet&) {
  return {.model = {.dropout = 0.5f},
          .training = {.recipe = AveragedEmbedding::kRecipe,
                       .epochs = 15,
                       .batch_size = 64,
                       .clip = 5.0,
                       .takes = kTakes}};
}

Setup<BagOfWords> bag_setup(std::string_view, const DocumentSet&) {
  return {.model = {},
          .training = {.recipe = BagOfWords::kRecipe,
                       .epochs = 25,
                       .batch_size = 64,
                       .clip = 5.0,
                       .takes = {.embedding_rate = true, .baselines = true}}};
}

template <class Model>
void predict(const TrainedDocuments<Model>& trained, datasets::LineReader& lines,
             std::ostream& out) {
  answer_in_batches<TextDocument>(
      [&] { return trained.traits.read(lines, trained.model.vocabulary); },
      [&](const std::vector<TextDocument>& texts) {
        std::vector<const LabelledDocument*> documents;
        for (const TextDocument& text : texts) documents.push_back(&text.document);
        const Tensor probabilities =
            trained.model.network.probabilities(models::DocumentBatch(documents));
        const auto labels = argmax_rows(probabilities.view());
        for (std::size_t i = 0; i < texts.size(); ++i) {
          out << FloatJson{{"label", trained.model.classes[static_cast<std::size_t>(labels[i])]},
                           {"probabilities", probabilities.row(i)}}
                     .dump()
              << '\n';
        }
        check_written(out);
      });
}

// An HTML page in which words and sentences are shaded by their attention.
std::string draw(const TrainedDocuments<DocumentHAN>& trained, datasets::LineReader& lines,
                 const DrawOptions& options) {
  if (options.dot) throw UsageError("--dot is for trees; a document is drawn as an HTML page");
  const TextDocument text = example_at<TextDocument>(
      lines, options.line, [&] { return trained.traits.read(lines, trained.model.vocabulary); });
  const LabelledDocument* const document = &text.document;
  const models::DocumentAttention attention =
      trained.model.network.predict(models::DocumentBatch(std::span(&document, 1)));
  const auto label = static_cast<std::size_t>(argmax_rows(attention.probabilities.view())[0]);
  return document_page(text, {trained.model.classes[label], attention.probabilities.at(0, label)},
                       attention.sentence_weights.flat(), attention.word_weights.flat());
}

// What the three have in common.
template <class Model>
Parts<Model> parts_of(const char* name, const char* description,
                      Setup<Model> (*setup)(std::string_view, const DocumentSet&)) {
  return {.models = {name},
          .description = description,
          .metrics = "accuracy, which chooses the best epoch, and macro_f1",
          .examples =
              "a document; of reviews as it was written, of planted-documents and "
              "reviews-polarity words separated by spaces, and sentences by \" | \"",
          .data_sets = document_sets(),
          .setup = setup,
          .fit =
              [](auto& options, const auto& data, const DocumentTraits&) {
                options.num_words = data.num_words();
                options.num_classes = data.num_classes();
              },
          .predict = predict<Model>};
}

Parts<DocumentHAN> han_parts() {
  Parts<DocumentHAN> parts =
      parts_of(kHan, "hierarchical attention network (Yang et al. 2016)", han_setup);
  parts.draw = draw;
  return parts;
}
Parts<AveragedEmbedding> averaged_parts() {
  return parts_of(kAveraged, "mean of word vectors (Iyyer et al. 2015)", averaged_setup);
}
Parts<BagOfWords> bag_parts() { return parts_of(kBag, "logistic regression on words", bag_setup); }

// The other two, as they are by default: what was said is said of the model alone.
template <class Model>
void add_baselines(Experiment& experiment, const Loaded<Documents, DocumentTraits>& loaded,
                   std::string_view model, const Setup<Model>&, const Run& run) {
  const Run as_by_default{run.data_folder, {}, run.seed, run.rng, run.notes};
  const auto add = [&](const auto& parts) {
    const std::string_view name = parts.models[0];
    if (name == model) return;
    experiment.baselines.emplace_back(
        name, experiment_on(loaded, parts, name, parts.setup(name, loaded.set), as_by_default));
  };
  add(han_parts());
  add(averaged_parts());
  add(bag_parts());
}

}  // namespace

System document_han_system() {
  return make_system<DocumentHAN, Documents, DocumentTraits>(han_parts(),
                                                             add_baselines<DocumentHAN>);
}
System averaged_embedding_system() {
  return make_system<AveragedEmbedding, Documents, DocumentTraits>(
      averaged_parts(), add_baselines<AveragedEmbedding>);
}
System bag_of_words_system() {
  return make_system<BagOfWords, Documents, DocumentTraits>(bag_parts(), add_baselines<BagOfWords>);
}

}  // namespace espalier::apps
