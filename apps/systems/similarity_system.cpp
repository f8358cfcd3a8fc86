#include <cstdint>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include <espalier/apps/systems/answering.h>
#include <espalier/apps/systems/make_system.h>
#include <espalier/apps/systems/recurrent.h>
#include <espalier/apps/systems/sentence_pair.h>
#include <espalier/apps/systems/systems.h>
#include <espalier/datasets/sick.h>
#include <espalier/models/similarity.h>

// How related two sentences are, by their dependency trees or their words in order.
namespace espalier::apps {
namespace {

using models::Similarity;
struct NoTraits {};
using Parts = SystemParts<Similarity, datasets::Sick, NoTraits>;

constexpr std::string_view kTree = "tree-similarity";

datasets::Sick load_sick(const NoOptions&, const std::filesystem::path& folder) {
  return datasets::load_sick(folder);
}

// Tai et al. 2015.
Setup<Similarity> setup(std::string_view model, const Parts::Set&) {
  Setup<Similarity> setup{
      .model = {},
      .training = {
          .epochs = 20, .batch_size = 25, .takes = {.vectors = true, .embedding_rate = true}}};
  if (model == kTree) return setup;
  setup.model.reader = models::SentenceReader::kSequence;
  setup.model.encoder = recurrent_options(model, {.hidden_size = 150});
  return setup;
}

void adjust(Setup<Similarity>& setup, const DataRequest<datasets::Sick>&, const Run& run) {
  settle_memory(setup.model.encoder, run);
  check_dropout(setup.model.encoder, run);
  // Pretrained vectors stay as they are.
  if (!setup.training.vectors.empty() && !run.said.contains("embedding-learning-rate")) {
    setup.training.recipe.embedding_learning_rate = 0.0;
  }
}

void predict(const Trained<Similarity, NoTraits>& trained, datasets::LineReader& lines,
             std::ostream& out) {
  answer_in_batches<SentencePair>(
      [&] {
        return read_pair(lines, trained.model.vocabulary, trained.model.network.options().reader);
      },
      [&](const std::vector<SentencePair>& pairs) {
        std::vector<const LabelledTree*> a, b;
        for (const SentencePair& pair : pairs) {
          a.push_back(&pair.a);
          b.push_back(&pair.b);
        }
        for (const float score : trained.model.network.predict(a, b)) {
          out << nlohmann::ordered_json{{"score", score}}.dump() << '\n';
        }
        check_written(out);
      });
}

}  // namespace

System similarity_system() {
  return make_system<Similarity>(Parts{
      .models = {kTree, "rnn", "lstm", "gru"},
      .description =
          "relatedness of two sentences, by Child-Sum Tree-LSTMs over dependency trees (Tai et "
          "al. 2015) or recurrent networks over the words",
      .metrics = "pearson, which chooses the best epoch, spearman, mse",
      .examples =
          "a JSON object: {\"a\": {\"words\": [...], \"heads\": [...]}, \"b\": ...}, heads from "
          "1, 0 for the root, as CoNLL has them; without them for recurrent networks",
      .data_sets = {data_set<NoOptions>(
          {.name = "sick",
           .description = "SICK (Marelli et al. 2014): how related two sentences are, 1 .. 5",
           .files = "train, dev and test, with a.toks, a.parents, … each",
           .folder = "sick",
           .probe = "train/a.toks"},
          NoTraits(), load_sick)},
      .setup = setup,
      .fit = [](auto& options, const auto& data,
                const NoTraits&) { options.num_words = data.num_words(); },
      .adjust = adjust,
      .predict = predict});
}

}  // namespace espalier::apps
