#pragma once

#include <espalier/apps/system.h>

namespace espalier::apps {

/// Constituency Tree-LSTMs that classify every node: ListOps, the Sentiment Treebank.
class TreeSystem final : public System {
 public:
  std::vector<std::string_view> models() const override { return {"tree-lstm"}; }
  std::vector<std::string_view> datasets() const override {
    return {"listops", "sst", "sst-binary"};
  }
  std::string_view description() const override {
    return "constituency Tree-LSTM: a class for every node (Tai et al. 2015)";
  }
  std::string_view metrics() const override {
    return "accuracy at the roots, macro_f1 there, node_accuracy at all labelled nodes";
  }
  std::string_view examples() const override {
    return "a binary tree in brackets, \"(3 (2 It) (4 (2 's) (4 good)))\", whose labels do not "
           "matter; of listops \"[MAX 2 9 [MIN 4 7 ] 0 ]\" or a published line";
  }
  std::vector<std::string_view> unused_settings(std::string_view) const override {
    return {"--layers",      "--bidirectional", "--peephole", "--coupled",
            "--forget-bias", "--chrono",        "--baselines"};
  }
  std::unique_ptr<Experiment> prepare(std::string_view model, const DataOptions& data,
                                      const Settings& settings, Rng& rng,
                                      std::ostream& notes) const override;
  std::unique_ptr<TrainedModel> load(const nlohmann::ordered_json& configuration,
                                     const training::Checkpoint& checkpoint,
                                     const std::string& source) const override;
};

}  // namespace espalier::apps
