#include <espalier/apps/sequence_system.h>

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include <espalier/apps/answering.h>
#include <espalier/apps/document_data.h>
#include <espalier/apps/model_experiment.h>
#include <espalier/apps/model_parts.h>
#include <espalier/apps/recurrent_settings.h>
#include <espalier/base/error.h>
#include <espalier/datasets/copy_task.h>
#include <espalier/models/sequence_classifier.h>
#include <espalier/ops/argmax.h>

namespace espalier::apps {
namespace {

constexpr std::size_t kCopyDelay = 100;

using SequenceData = Dataset<LabelledSequence>;

// A document as one sequence; its class is that of its last word.
std::vector<LabelledSequence> flattened(const std::vector<LabelledDocument>& documents) {
  std::vector<LabelledSequence> sequences;
  for (const LabelledDocument& document : documents) {
    LabelledSequence sequence{.words = document.words,
                              .labels = std::vector<std::int32_t>(document.words.size(), kNoLabel)};
    if (!sequence.labels.empty()) sequence.labels.back() = document.label;
    sequences.push_back(std::move(sequence));
  }
  return sequences;
}

SequenceData load_data(const DataOptions& options) {
  if (options.dataset == "copy") {
    datasets::CopyTaskOptions draw{.num_train = options.train_size.value_or(40'000),
                                   .delay = options.delay.value_or(kCopyDelay)};
    draw.num_dev = draw.num_test = std::max<std::size_t>(1, draw.num_train / 8);
    return datasets::generate_copy_task(draw);
  }
  Dataset<LabelledDocument> splits = load_document_data(options);
  return {{flattened(splits.train), flattened(splits.dev), flattened(splits.test)},
          std::move(splits.vocabulary),
          std::move(splits.classes)};
}

class SequenceModel final : public TrainedModel {
 public:
  SequenceModel(Vocabulary vocabulary, std::vector<std::string> classes,
                models::SequenceClassifier classifier)
      : vocabulary_(std::move(vocabulary)),
        classes_(std::move(classes)),
        classifier_(std::move(classifier)) {}

  training::Metrics evaluate(const DataOptions& options, std::string_view split) const override {
    SequenceData loaded = load_data(options);
    check_classes(classes_.size(), loaded.classes.size(), options.dataset, source);
    std::vector<LabelledSequence>& examples = split_of(loaded, split);
    const std::vector<std::uint32_t> numbers = renumbering(loaded.vocabulary, vocabulary_);
    for (LabelledSequence& sequence : examples) {
      for (std::uint32_t& word : sequence.words) word = numbers[word];
    }
    return training::evaluate(classifier_, examples);
  }

  void predict(datasets::LineReader& lines, std::ostream& out) const override {
    const bool steps = classifier_.options().readout == models::Readout::kSteps;
    answer_in_batches<TextDocument>(
        [&] { return read_document(lines, data.dataset, vocabulary_); },
        [&](const std::vector<TextDocument>& texts) {
          std::vector<LabelledSequence> sequences;
          for (const TextDocument& text : texts) {
            sequences.push_back(
                {text.document.words, std::vector<std::int32_t>(text.tokens.size(), kNoLabel)});
          }
          std::vector<const LabelledSequence*> all;
          for (const LabelledSequence& sequence : sequences) all.push_back(&sequence);
          const Tensor probabilities = classifier_.probabilities(models::SequenceWords(all));
          const auto labels = argmax_rows(probabilities.view());
          std::size_t row = 0;
          for (const LabelledSequence& sequence : sequences) {
            nlohmann::ordered_json answer = nlohmann::ordered_json::object();
            const std::size_t count = steps ? sequence.words.size() : 1;
            for (std::size_t i = 0; i < count; ++i, ++row) {
              const std::string& label = classes_[static_cast<std::size_t>(labels[row])];
              if (steps) {
                answer["labels"].push_back(label);
              } else {
                answer["label"] = label;
                answer["probabilities"] = probabilities.row(row);
              }
            }
            out << answer.dump() << '\n';
          }
          check_written(out);
        });
  }
  const models::SequenceClassifier& classifier() const { return classifier_; }

 private:
  Vocabulary vocabulary_;
  std::vector<std::string> classes_;
  models::SequenceClassifier classifier_;
};

}  // namespace

std::vector<std::string_view> SequenceSystem::unused_settings(std::string_view model) const {
  return unused_recurrent_settings(model, {"--baselines"});
}

std::unique_ptr<Experiment> SequenceSystem::prepare(std::string_view model,
                                                    const DataOptions& options,
                                                    const Settings& settings, Rng& rng,
                                                    std::ostream& notes) const {
  SequenceData loaded = load_data(options);
  const auto vectors = load_vectors(settings, loaded.vocabulary, notes);
  const bool steps = options.dataset == "copy";
  // The forget gates of the copy task begin by keeping what they have for as long as a sequence is.
  models::RecurrentEncoderOptions encoder{.hidden_size = 100};
  if (steps) {
    encoder = {.hidden_size = 128,
               .chrono_steps = static_cast<int>(options.delay.value_or(kCopyDelay)) + 20};
  }
  models::SequenceClassifierOptions built{
      .num_words = static_cast<int>(loaded.vocabulary.size()),
      .input_size = input_size(settings, vectors, steps ? 16 : 100),
      .num_classes = static_cast<int>(loaded.classes.size()),
      .readout = steps ? models::Readout::kSteps : models::Readout::kSummary,
      .dropout = settings.dropout.value_or(0.0f),
      .encoder = recurrent_options(model, settings, encoder)};
  training::Recipe recipe{.learning_rate = steps ? 0.003 : 0.002, .l2 = 0.0, .adam = true};
  override_recipe(settings, recipe);
  nlohmann::ordered_json described = configuration(model, options, espalier::to_json(built));
  described["words"] = loaded.vocabulary.words();
  described["classes"] = loaded.classes;
  auto experiment = std::make_unique<ModelExperiment<SequenceData, models::SequenceClassifier>>(
      std::move(loaded), built, recipe, described, rng);
  insert_vectors(vectors, experiment->model().embedding().table());
  experiment->batch_size = steps ? 20 : 64;
  experiment->epochs = steps ? 40 : 6;
  experiment->clip = 1.0;
  return experiment;
}

std::unique_ptr<TrainedModel> SequenceSystem::load(const nlohmann::ordered_json& configuration,
                                                   const training::Checkpoint& checkpoint,
                                                   const std::string& source) const {
  const auto options =
      from_json<models::SequenceClassifierOptions>(configuration.at("options").dump(), source);
  Rng rng(0);  // What it draws is replaced.
  auto model =
      std::make_unique<SequenceModel>(words_of(configuration, "words", options.num_words, source),
                                      classes_of(configuration, options.num_classes, source),
                                      models::SequenceClassifier(options, rng));
  load_best(model->classifier().parameters(), checkpoint, source);
  return model;
}

}  // namespace espalier::apps
