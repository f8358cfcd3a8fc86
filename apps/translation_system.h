#pragma once

#include <espalier/apps/system.h>

namespace espalier::apps {

/// Encoder and decoder: one sequence said as another.
class TranslationSystem final : public System {
 public:
  std::vector<std::string_view> models() const override { return {"rnn", "lstm", "gru"}; }
  std::vector<std::string_view> datasets() const override { return {"dates"}; }
  std::string_view description() const override {
    return "encoder and decoder: reads a sequence, then says another (Cho et al. 2014; Sutskever "
           "et al. 2014)";
  }
  std::string_view metrics() const override {
    return "exact_match, which chooses the best epoch, and accuracy of the characters, taught";
  }
  std::string_view examples() const override {
    return "what is to be translated: the 3rd of May 2019";
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
