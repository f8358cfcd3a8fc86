#pragma once

#include <espalier/apps/system.h>

namespace espalier::apps {

/// Character language models.
class LanguageSystem final : public System {
 public:
  std::vector<std::string_view> models() const override { return {"rnn", "lstm", "gru"}; }
  std::vector<std::string_view> datasets() const override { return {"text"}; }
  std::string_view description() const override {
    return "language model, a character at a time; `espalier generate` lets it write";
  }
  std::string_view metrics() const override {
    return "perplexity per character, the lower the better, chooses the best epoch; "
           "bits_per_character";
  }
  std::string_view examples() const override { return "a text, of which it says how likely it is"; }
  std::vector<std::string_view> unused_settings(std::string_view model) const override;
  std::unique_ptr<Experiment> prepare(std::string_view model, const DataOptions& data,
                                      const Settings& settings, Rng& rng,
                                      std::ostream& notes) const override;
  std::unique_ptr<TrainedModel> load(const nlohmann::ordered_json& configuration,
                                     const training::Checkpoint& checkpoint,
                                     const std::string& source) const override;
};

}  // namespace espalier::apps
