#pragma once

#include <espalier/apps/system.h>

namespace espalier::apps {

/// Labels of the comments of discussions.
class ThreadSystem final : public System {
 public:
  std::vector<std::string_view> models() const override { return {"graph-lstm-reply"}; }
  std::vector<std::string_view> datasets() const override { return {"threads", "reddit"}; }
  std::string_view description() const override {
    return "labels of the comments of a discussion, by a Graph-Structured LSTM along replies and "
           "siblings (Zayats and Ostendorf 2018)";
  }
  std::string_view metrics() const override {
    return "threads: accuracy, which chooses the best epoch, macro_f1, weighted_f1 of the classes; "
           "reddit: accuracy, macro_f1 and weighted_f1, which chooses, of \"above level 0, 1, "
           "...\"";
  }
  std::string_view examples() const override {
    return "a discussion: a JSON array of records {\"id\": ..., \"parent_id\": \"t1_...\" or null "
           "for the post, \"created_utc\": ..., \"body\": ..., \"author\": ...}";
  }
  std::vector<std::string_view> unused_settings(std::string_view model) const override;
  bool reads_threads() const override { return true; }
  std::unique_ptr<Experiment> prepare(std::string_view model, const DataOptions& data,
                                      const Settings& settings, Rng& rng,
                                      std::ostream& notes) const override;
  std::unique_ptr<TrainedModel> load(const nlohmann::ordered_json& configuration,
                                     const training::Checkpoint& checkpoint,
                                     const std::string& source) const override;
};

}  // namespace espalier::apps
