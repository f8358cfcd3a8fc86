#include <espalier/apps/similarity_system.h>

#include <utility>

#include <nlohmann/json.hpp>

#include <espalier/apps/answering.h>
#include <espalier/apps/model_experiment.h>
#include <espalier/apps/model_parts.h>
#include <espalier/apps/recurrent_settings.h>
#include <espalier/base/error.h>
#include <espalier/datasets/sick.h>
#include <espalier/models/similarity.h>

namespace espalier::apps {
namespace {

struct SentencePair {
  LabelledTree a, b;
};

// {"words": [...], "heads": [...]}; without heads each word but the last hangs under the next.
LabelledTree read_sentence(const nlohmann::json& json, const Vocabulary& vocabulary) {
  const auto words = json.at("words").get<std::vector<std::string>>();
  std::vector<NodeId> parents(words.size());
  const auto heads = json.value("heads", std::vector<std::int64_t>());
  if (!heads.empty() && heads.size() != words.size()) {
    throw GraphError(
        message(heads.size(), " heads of ", words.size(), " words, expected one for each"));
  }
  for (std::size_t v = 0; v < words.size(); ++v) {
    const bool is_last = v + 1 == words.size();
    const auto above = heads.empty() ? (is_last ? 0 : static_cast<std::int64_t>(v) + 2) : heads[v];
    if (above < 0 || std::cmp_greater(above, words.size())) {
      throw GraphError(
          message("word ", v + 1, " has head ", above, ", expected 0 to ", words.size()));
    }
    parents[v] = above == 0 ? kNoNode : static_cast<NodeId>(above - 1);
  }
  LabelledTree tree{Tree::from_parents(parents), {}, {}};
  for (const std::string& word : words) tree.words.push_back(vocabulary.find(word));
  tree.labels.assign(words.size(), kNoLabel);
  return tree;
}

std::optional<SentencePair> read_pair(datasets::LineReader& lines, const Vocabulary& vocabulary) {
  const std::optional<std::string_view> line = lines.next();
  if (!line) return std::nullopt;
  try {
    const auto json = nlohmann::json::parse(*line);
    return SentencePair{read_sentence(json.at("a"), vocabulary),
                        read_sentence(json.at("b"), vocabulary)};
  } catch (const nlohmann::json::exception& error) {
    throw ParseError(lines.where(), message("no pair of sentences in JSON: ", error.what()));
  } catch (const GraphError& error) {
    throw ParseError(lines.where(), error.what());
  }
}

class SimilarityModel final : public TrainedModel {
 public:
  SimilarityModel(Vocabulary vocabulary, models::Similarity similarity)
      : vocabulary_(std::move(vocabulary)), similarity_(std::move(similarity)) {}

  training::Metrics evaluate(const DataOptions& options, std::string_view split) const override {
    datasets::Sick sick = datasets::load_sick(data_folder(options));
    const std::vector<std::uint32_t> numbers = renumbering(sick.vocabulary, vocabulary_);
    std::vector<ScoredPair>& pairs = split_of(sick, split);
    for (ScoredPair& pair : pairs) {
      for (LabelledTree* tree : {&pair.a, &pair.b}) {
        for (std::uint32_t& word : tree->words) word = numbers[word];
      }
    }
    return training::evaluate(similarity_, pairs);
  }

  void predict(datasets::LineReader& lines, std::ostream& out) const override {
    answer_in_batches<SentencePair>(
        [&] { return read_pair(lines, vocabulary_); },
        [&](const std::vector<SentencePair>& pairs) {
          std::vector<const LabelledTree*> a, b;
          for (const SentencePair& pair : pairs) {
            a.push_back(&pair.a);
            b.push_back(&pair.b);
          }
          for (const float score : similarity_.predict(a, b)) {
            out << nlohmann::ordered_json{{"score", score}}.dump() << '\n';
          }
          check_written(out);
        });
  }
  const models::Similarity& similarity() const { return similarity_; }

 private:
  Vocabulary vocabulary_;
  models::Similarity similarity_;
};

}  // namespace

std::vector<std::string_view> SimilaritySystem::unused_settings(std::string_view model) const {
  if (model != "tree-similarity") return unused_recurrent_settings(model, {"--baselines"});
  return {"--baselines", "--layers",      "--bidirectional", "--peephole",
          "--coupled",   "--forget-bias", "--chrono",        "--dropout"};
}

std::unique_ptr<Experiment> SimilaritySystem::prepare(std::string_view model,
                                                      const DataOptions& options,
                                                      const Settings& settings, Rng& rng,
                                                      std::ostream& notes) const {
  datasets::Sick sick = datasets::load_sick(data_folder(options));
  const auto vectors = load_vectors(settings, sick.vocabulary, notes);
  const bool tree = model == "tree-similarity";
  models::SimilarityOptions built{
      .num_words = static_cast<int>(sick.vocabulary.size()),
      .input_size = input_size(settings, vectors, 300),
      .reader = tree ? models::SentenceReader::kTree : models::SentenceReader::kSequence,
      .hidden_size = settings.hidden_size.value_or(150)};
  if (!tree) built.encoder = recurrent_options(model, settings, {.hidden_size = 150});
  training::Recipe recipe;  // Tai et al. 2015.
  recipe.embedding_learning_rate = vectors ? 0.0 : 0.1;
  override_recipe(settings, recipe);
  nlohmann::ordered_json described = configuration(model, options, espalier::to_json(built));
  described["words"] = sick.vocabulary.words();
  auto experiment = std::make_unique<ModelExperiment<datasets::Sick, models::Similarity>>(
      std::move(sick), built, recipe, described, rng);
  insert_vectors(vectors, experiment->model().embedding().table());
  experiment->batch_size = 25;
  experiment->epochs = 20;
  return experiment;
}

std::unique_ptr<TrainedModel> SimilaritySystem::load(const nlohmann::ordered_json& configuration,
                                                     const training::Checkpoint& checkpoint,
                                                     const std::string& source) const {
  const auto options =
      from_json<models::SimilarityOptions>(configuration.at("options").dump(), source);
  Rng rng(0);  // What it draws is replaced.
  auto model =
      std::make_unique<SimilarityModel>(words_of(configuration, "words", options.num_words, source),
                                        models::Similarity(options, rng));
  load_best(model->similarity().parameters(), checkpoint, source);
  return model;
}

}  // namespace espalier::apps
