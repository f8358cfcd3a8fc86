#pragma once

#include <espalier/apps/system.h>

namespace espalier::apps {

/// How related two sentences are, by their dependency trees or their words in order.
class SimilaritySystem final : public System {
 public:
  std::vector<std::string_view> models() const override {
    return {"tree-similarity", "rnn", "lstm", "gru"};
  }
  std::vector<std::string_view> datasets() const override { return {"sick"}; }
  std::string_view description() const override {
    return "relatedness of two sentences, by Child-Sum Tree-LSTMs over dependency trees (Tai et "
           "al. 2015) or recurrent networks over the words";
  }
  std::string_view metrics() const override {
    return "pearson, which chooses the best epoch, spearman, mse";
  }
  std::string_view examples() const override {
    return "a JSON object: {\"a\": {\"words\": [...], \"heads\": [...]}, \"b\": ...}, heads from "
           "1, 0 for the root, as CoNLL has them; without them for recurrent networks";
  }
  std::vector<std::string_view> unused_settings(std::string_view model) const override;
  std::unique_ptr<Experiment> prepare(std::string_view model, const DataOptions& data,
                                      const Settings& settings, Rng& rng,
                                      std::ostream& notes) const override;
  std::unique_ptr<TrainedModel> load(const nlohmann::ordered_json& configuration,
                                     const training::Checkpoint& checkpoint,
                                     const std::string& source) const override;
};

}  // namespace espalier::apps
