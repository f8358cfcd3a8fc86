#include <espalier/apps/thread_model.h>

#include <cstdint>

#include <nlohmann/json.hpp>

#include <espalier/apps/answering.h>
#include <espalier/apps/model_parts.h>
#include <espalier/apps/thread_data.h>
#include <espalier/apps/thread_drawing.h>
#include <espalier/base/error.h>

namespace espalier::apps {
namespace {

// Writes each probability with as many digits as a float needs.
using Json = nlohmann::basic_json<nlohmann::ordered_map, std::vector, std::string, bool,
                                  std::int64_t, std::uint64_t, float>;

}  // namespace

models::ThreadMetrics thread_metrics(std::string_view dataset) {
  return dataset == "reddit" ? models::ThreadMetrics::kLevels : models::ThreadMetrics::kClasses;
}

training::Metrics ThreadModel::evaluate(const DataOptions& options, std::string_view split) const {
  datasets::ThreadDataset threads = load_thread_data(options);
  check_classes(classes_.size(), threads.classes.size(), options.dataset, source);
  std::vector<LabelledThread>& examples = split_of(threads, split);
  const std::vector<std::uint32_t> numbers = renumbering(threads.vocabulary, vocabulary_);
  for (LabelledThread& thread : examples) {
    for (std::uint32_t& word : thread.words) word = numbers[word];
  }
  return training::evaluate(classifier_, examples,
                            models::ThreadEvaluation(thread_metrics(options.dataset)));
}

// A line for each discussion: what it says of each comment, by id, in the order of time.
void ThreadModel::predict(datasets::LineReader& lines, std::ostream& out) const {
  answer_in_batches<TextThread>(
      [&] { return read_thread(lines, data, vocabulary_); },
      [&](const std::vector<TextThread>& texts) {
        for (const TextThread& text : texts) {
          const LabelledThread* const thread = &text.thread;
          const models::ThreadBatch batch = classifier_.batch(std::span(&thread, 1));
          const Tensor probabilities = classifier_.probabilities(batch);
          const auto labels = classifier_.classes(batch);
          Json comments = Json::array();
          for (NodeId v = 1; v < batch.num_nodes(); ++v) {
            comments.push_back({{"id", text.ids[v]},
                                {"label", classes_[static_cast<std::size_t>(labels[v])]},
                                {"probabilities", probabilities.row(v)}});
          }
          out << Json{{"comments", std::move(comments)}}.dump() << '\n';
        }
        check_written(out);
      });
}

std::string ThreadModel::draw(datasets::LineReader& lines, const DrawOptions& options) const {
  if (options.dot) throw UsageError("--dot is for trees; a discussion is drawn as SVG");
  const TextThread text = example_at<TextThread>(
      lines, options.line, [&] { return read_thread(lines, data, vocabulary_); });
  const LabelledThread* const thread = &text.thread;
  const models::ThreadBatch batch = classifier_.batch(std::span(&thread, 1));
  const Tensor probabilities = classifier_.probabilities(batch);
  const auto labels = classifier_.classes(batch);
  std::vector<DrawnComment> comments;
  for (NodeId v = 0; v < batch.num_nodes(); ++v) {
    const auto label = static_cast<std::size_t>(labels[v]);
    comments.push_back({text.texts[v], label, probabilities.at(v, label)});
  }
  return draw_thread(text.thread.graph, comments, classes_);
}

}  // namespace espalier::apps
