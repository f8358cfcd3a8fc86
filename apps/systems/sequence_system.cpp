#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include <espalier/apps/systems/answering.h>
#include <espalier/apps/systems/documents.h>
#include <espalier/apps/systems/make_system.h>
#include <espalier/apps/systems/recurrent.h>
#include <espalier/apps/systems/systems.h>
#include <espalier/datasets/copy_task.h>
#include <espalier/models/sequence_classifier.h>
#include <espalier/ops/argmax.h>

// Recurrent networks that classify each step of a sequence, or the sequence as a whole.
namespace espalier::apps {
namespace {

using models::SequenceClassifier;

struct SequenceTraits {
  bool steps = false;  // A class for each step, not for the whole.
  ReadDocument read = read_symbols;
};

using Parts = SystemParts<SequenceClassifier, Dataset<LabelledSequence>, SequenceTraits>;

struct CopyOptions {
  std::size_t train_size = 40'000;
  std::size_t delay = 100;

  static std::vector<Option> fields(CopyOptions& o) {
    return {train_size_option(o.train_size),
            option("delay", o.delay, "Steps between what is heard and what is said",
                   between(1, 1'000'000))};
  }
};

// The forget gates of the copy task begin by keeping what they have for as long as a sequence is.
int chrono_steps_of(std::int64_t delay) { return static_cast<int>(delay) + 20; }

Parts::Data draw_copy(const CopyOptions& options, const std::filesystem::path&) {
  check_memory(options.train_size, options.delay * 2 * sizeof(std::uint32_t));
  const std::size_t part = eighth(options.train_size);
  return datasets::generate_copy_task(
      {.num_train = options.train_size, .num_dev = part, .num_test = part, .delay = options.delay});
}

// Documents as one sequence each; its class is that of its last word.
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

std::vector<Parts::Set> data_sets() {
  std::vector<Parts::Set> sets = {data_set<CopyOptions>(
      {.name = "copy",
       .description = "copy task (Arjovsky et al. 2016): ten symbols, to be said after a delay"},
      SequenceTraits{.steps = true}, draw_copy)};
  for (const DocumentSet& documents : document_sets()) {
    sets.push_back({documents.info, {.read = documents.traits.read}, [request = documents.request] {
                      const DataRequest<Dataset<LabelledDocument>> given = request();
                      return DataRequest<Parts::Data>{
                          given.options, [given](const std::filesystem::path& folder) {
                            Dataset<LabelledDocument> data = given.load(folder);
                            return Parts::Data{
                                {flattened(data.train), flattened(data.dev), flattened(data.test)},
                                std::move(data.vocabulary),
                                std::move(data.classes)};
                          }};
                    }});
  }
  return sets;
}

Setup<SequenceClassifier> setup(std::string_view model, const Parts::Set& set) {
  const Takes takes{.vectors = true, .embedding_rate = true};
  if (set.traits.steps) {
    return {.model = {.input_size = 16,
                      .readout = models::Readout::kSteps,
                      .encoder = recurrent_options(
                          model, {.hidden_size = 128,
                                  .chrono_steps = chrono_steps_of(CopyOptions().delay)})},
            .training = {.recipe = {.learning_rate = 0.003, .l2 = 0.0, .adam = true},
                         .epochs = 40,
                         .batch_size = 20,
                         .clip = 1.0,
                         .takes = takes}};
  }
  return {.model = {.input_size = 100,
                    .readout = models::Readout::kSummary,
                    .encoder = recurrent_options(model, {.hidden_size = 100})},
          .training = {.recipe = {.learning_rate = 0.002, .l2 = 0.0, .adam = true},
                       .epochs = 6,
                       .batch_size = 64,
                       .clip = 1.0,
                       .takes = takes}};
}

void adjust(Setup<SequenceClassifier>& setup, const DataRequest<Parts::Data>& request,
            const Run& run) {
  models::RecurrentEncoderOptions& encoder = setup.model.encoder;
  if (encoder.chrono_steps > 0 && !run.said.contains("chrono")) {
    for (const Option& option : request.options) {
      if (option.name() != "delay") continue;
      encoder.chrono_steps = chrono_steps_of(std::get<std::int64_t>(option.get()));
    }
  }
  settle_memory(encoder, run);
}

void predict(const Trained<SequenceClassifier, SequenceTraits>& trained,
             datasets::LineReader& lines, std::ostream& out) {
  const bool steps = trained.traits.steps;
  answer_in_batches<TextDocument>(
      [&] { return trained.traits.read(lines, trained.model.vocabulary); },
      [&](const std::vector<TextDocument>& texts) {
        std::vector<LabelledSequence> sequences;
        for (const TextDocument& text : texts) {
          sequences.push_back(
              {text.document.words, std::vector<std::int32_t>(text.tokens.size(), kNoLabel)});
        }
        std::vector<const LabelledSequence*> all;
        for (const LabelledSequence& sequence : sequences) all.push_back(&sequence);
        const Tensor probabilities =
            trained.model.network.probabilities(models::SequenceWords(all));
        const auto labels = argmax_rows(probabilities.view());
        std::size_t row = 0;
        for (const LabelledSequence& sequence : sequences) {
          nlohmann::ordered_json answer = nlohmann::ordered_json::object();
          const std::size_t count = steps ? sequence.words.size() : 1;
          for (std::size_t i = 0; i < count; ++i, ++row) {
            const std::string& label = trained.model.classes[static_cast<std::size_t>(labels[row])];
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

}  // namespace

System sequence_system() {
  return make_system<SequenceClassifier>(Parts{
      .models = recurrent_models(),
      .description = "recurrent network that classifies each step (copy), or a document as one "
                     "sequence of words",
      .metrics = "accuracy, which chooses the best epoch, and macro_f1, over what is labelled",
      .examples = "of copy the symbols, separated by spaces; else a document, as document-han does",
      .data_sets = data_sets(),
      .setup = setup,
      .fit =
          [](auto& options, const auto& data, const SequenceTraits&) {
            options.num_words = data.num_words();
            options.num_classes = data.num_classes();
          },
      .adjust = adjust,
      .predict = predict});
}

}  // namespace espalier::apps
