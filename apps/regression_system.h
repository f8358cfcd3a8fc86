#pragma once

#include <espalier/apps/system.h>

namespace espalier::apps {

/// Recurrent networks that say a number for a sequence of numbers: the adding problem.
class RegressionSystem final : public System {
 public:
  std::vector<std::string_view> models() const override { return {"rnn", "lstm", "gru"}; }
  std::vector<std::string_view> datasets() const override { return {"adding"}; }
  std::string_view description() const override {
    return "recurrent network that says a number at the end of a sequence";
  }
  std::string_view metrics() const override {
    return "mse on dev, the lower the better, chooses the best epoch; pearson";
  }
  std::string_view examples() const override {
    return "a JSON array of steps, each an array of its features: [[0.5, 0], [0.25, 1], ...]";
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
