#pragma once

#include <espalier/apps/system.h>

namespace espalier::apps {

/// Recurrent networks that classify each step of a sequence, or the sequence as a whole.
class SequenceSystem final : public System {
 public:
  std::vector<std::string_view> models() const override { return {"rnn", "lstm", "gru"}; }
  std::vector<std::string_view> datasets() const override {
    return {"copy", "planted-documents", "reviews", "reviews-polarity"};
  }
  std::string_view description() const override {
    return "recurrent network that classifies each step (copy), or a document as one sequence of "
           "words";
  }
  std::string_view metrics() const override {
    return "accuracy, which chooses the best epoch, and macro_f1, over what is labelled";
  }
  std::string_view examples() const override {
    return "of copy the symbols, separated by spaces; else a document, as document-han does";
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
