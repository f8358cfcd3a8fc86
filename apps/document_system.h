#pragma once

#include <espalier/apps/system.h>

namespace espalier::apps {

/// Classifiers of documents: hierarchical attention, and the two baselines that it has to beat.
class DocumentSystem final : public System {
 public:
  std::vector<std::string_view> models() const override {
    return {"document-han", "averaged-embedding", "bag-of-words"};
  }
  std::vector<std::string_view> datasets() const override {
    return {"planted-documents", "reviews", "reviews-polarity"};
  }
  std::string_view description() const override {
    return "hierarchical attention network (Yang et al. 2016), mean of word vectors (Iyyer et al. "
           "2015), logistic regression on words";
  }
  std::string_view metrics() const override {
    return "accuracy, which chooses the best epoch, and macro_f1";
  }
  std::string_view examples() const override {
    return "a document; of reviews as it was written, of planted-documents and reviews-polarity "
           "words separated by spaces, and sentences by \" | \"";
  }
  std::vector<std::string_view> unused_settings(std::string_view model) const override {
    std::vector<std::string_view> unused = {"--layers",  "--bidirectional", "--peephole",
                                            "--coupled", "--forget-bias",   "--chrono"};
    if (model == "bag-of-words") {
      unused.insert(unused.end(), {"--hidden", "--input-size", "--dropout", "--vectors"});
    }
    return unused;
  }
  std::unique_ptr<Experiment> prepare(std::string_view model, const DataOptions& data,
                                      const Settings& settings, Rng& rng,
                                      std::ostream& notes) const override;
  std::unique_ptr<TrainedModel> load(const nlohmann::ordered_json& configuration,
                                     const training::Checkpoint& checkpoint,
                                     const std::string& source) const override;
};

}  // namespace espalier::apps
