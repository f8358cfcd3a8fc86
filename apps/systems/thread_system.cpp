#include <cstdint>
#include <span>
#include <utility>

#include <espalier/apps/pictures/thread_drawing.h>
#include <espalier/apps/systems/answering.h>
#include <espalier/apps/systems/json.h>
#include <espalier/apps/systems/make_system.h>
#include <espalier/apps/systems/systems.h>
#include <espalier/apps/systems/threads.h>
#include <espalier/datasets/generated_threads.h>
#include <espalier/models/thread_classifier.h>

// Labels of the comments of discussions, by a Graph-Structured LSTM.
namespace espalier::apps {
namespace {

using datasets::ThreadDataset;
using models::ThreadClassifier;
using models::ThreadStates;

struct ThreadTraits {
  models::ThreadMetrics metrics = models::ThreadMetrics::kClasses;
  Setup<ThreadClassifier> setup = {};
};

using Parts = SystemParts<ThreadClassifier, ThreadDataset, ThreadTraits>;
using TrainedThreads = Trained<ThreadClassifier, ThreadTraits>;

struct GeneratedOptions {
  std::size_t train_size = 0;
  datasets::ThreadRule rule = datasets::ThreadRule::kBefore;

  static std::vector<Option> fields(GeneratedOptions& o) {
    return {option("train_size", o.train_size,
                   "Discussions to draw for training; dev and test have an eighth each; 0: 2000, "
                   "with 200 and 500",
                   at_least(0, kMaxExamples)),
            choice("rule", o.rule,
                   "Labels are made of comments before, or before and after (before-and-after)",
                   {"before", "before-and-after"})};
  }
};

ThreadDataset draw_threads(const GeneratedOptions& options, const std::filesystem::path&) {
  datasets::GeneratedThreadsOptions draw{.rule = options.rule};
  if (options.train_size > 0) {
    draw.num_train = options.train_size;
    draw.num_dev = draw.num_test = eighth(options.train_size);
  }
  return datasets::generate_threads(draw);
}

std::vector<Parts::Set> data_sets() {
  const Takes takes{.vectors = true, .embedding_rate = true, .baselines = true};
  const ThreadTraits generated{
      .setup = {.model = {.word_size = 16, .hidden_size = 64},
                .training = {.recipe = {.learning_rate = 0.005, .l2 = 0.0, .adam = true},
                             .epochs = 20,
                             .batch_size = 16,
                             .clip = 5.0,
                             .takes = takes}}};
  const ThreadTraits reddit{
      .metrics = models::ThreadMetrics::kLevels,
      .setup = {.model = {.word_size = 100, .hidden_size = 100, .dropout = 0.3f},
                .training = {.recipe = {.learning_rate = 0.001, .l2 = 0.0, .adam = true},
                             .epochs = 12,
                             .batch_size = 16,
                             .clip = 5.0,
                             .takes = takes}}};
  return {
      data_set<GeneratedOptions>(
          {.name = "threads",
           .description = "generated discussions whose labels need the comments around, 4 classes"},
          generated, draw_threads),
      data_set<RedditThreadsOptions>(
          {.name = "reddit",
           .description = "discussions on Reddit: the karma of each comment, 8 levels (after "
                          "Zayats and Ostendorf 2018)",
           .files = "train.jsonl.gz, dev.jsonl.gz and test.jsonl.gz",
           .folder = "reddit",
           .probe = "train.jsonl.gz"},
          reddit, load_reddit_threads)};
}

// A line for each discussion: what it says of each comment, by id, in the order of time.
void predict(const TrainedThreads& trained, datasets::LineReader& lines, std::ostream& out) {
  const ThreadClassifier& classifier = trained.model.network;
  answer_in_batches<TextThread>(
      [&] {
        return read_thread(lines, classifier.options().num_features, trained.model.vocabulary);
      },
      [&](const std::vector<TextThread>& texts) {
        for (const TextThread& text : texts) {
          const LabelledThread* const thread = &text.thread;
          const models::ThreadBatch batch = classifier.batch(std::span(&thread, 1));
          const Tensor probabilities = classifier.probabilities(batch);
          const auto labels = classifier.classes(batch);
          FloatJson comments = FloatJson::array();
          for (NodeId v = 1; v < batch.num_nodes(); ++v) {
            comments.push_back(
                {{"id", text.ids[v]},
                 {"label", trained.model.classes[static_cast<std::size_t>(labels[v])]},
                 {"probabilities", probabilities.row(v)}});
          }
          out << FloatJson{{"comments", std::move(comments)}}.dump() << '\n';
        }
        check_written(out);
      });
}

std::string draw(const TrainedThreads& trained, datasets::LineReader& lines,
                 const DrawOptions& options) {
  if (options.dot) throw UsageError("--dot is for trees; a discussion is drawn as SVG");
  const ThreadClassifier& classifier = trained.model.network;
  const TextThread text = example_at<TextThread>(lines, options.line, [&] {
    return read_thread(lines, classifier.options().num_features, trained.model.vocabulary);
  });
  const std::size_t num_shown = num_drawn(text.thread.graph.num_nodes(), options, "a discussion",
                                          "the post and the oldest comments");
  const LabelledThread* const thread = &text.thread;
  const models::ThreadBatch batch = classifier.batch(std::span(&thread, 1));
  const Tensor probabilities = classifier.probabilities(batch);
  const auto labels = classifier.classes(batch);
  std::vector<DrawnComment> comments;
  for (NodeId v = 0; v < num_shown; ++v) {
    const auto label = static_cast<std::size_t>(labels[v]);
    comments.push_back({text.texts[v], label, probabilities.at(v, label)});
  }
  return draw_thread(text.thread.graph, comments, trained.model.classes);
}

// Throws UsageError at what is said of states that there are none of.
void adjust(Setup<ThreadClassifier>& setup, const DataRequest<ThreadDataset>&, const Run& run) {
  if (setup.model.states != ThreadStates::kNone) return;
  for (const char* flag : {"edges", "tanh-candidate", "trained-null"}) {
    if (!run.said.contains(flag)) continue;
    throw UsageError(
        message("--", flag, " does nothing with --states none, expected other states"));
  }
}

Parts parts() {
  return {.models = {"graph-lstm-reply"},
          .description =
              "labels of the comments of a discussion, by a Graph-Structured LSTM along "
              "replies and siblings (Zayats and Ostendorf 2018)",
          .metrics =
              "threads: accuracy, which chooses the best epoch, macro_f1, weighted_f1 of "
              "the classes; reddit: accuracy, macro_f1 and weighted_f1, which chooses, of "
              "\"above level 0, 1, ...\"",
          .examples =
              "a discussion: a JSON array of records {\"id\": ..., \"parent_id\": "
              "\"t1_...\" or null for the post, \"created_utc\": ..., \"body\": ..., "
              "\"author\": ...}",
          .data_sets = data_sets(),
          .setup = [](std::string_view, const Parts::Set& set) { return set.traits.setup; },
          .fit =
              [](auto& options, const auto& data, const ThreadTraits&) {
                options.num_words = data.num_words();
                options.num_classes = data.num_classes();
                options.num_features = static_cast<int>(data.feature_names.size());
              },
          .adjust = adjust,
          .evaluation =
              [](const ThreadTraits& traits) { return models::ThreadEvaluation(traits.metrics); },
          .predict = predict,
          .draw = draw};
}

// What the paper compares with: the model without some of its parts.
void add_baselines(Experiment& experiment, const Loaded<ThreadDataset, ThreadTraits>& loaded,
                   std::string_view model, const Setup<ThreadClassifier>& setup, const Run& run) {
  const auto add = [&](const char* name, ThreadStates states, ReplyEdges edges) {
    if (setup.model.states == states && setup.model.edges == edges) return;
    Setup<ThreadClassifier> without = setup;
    without.model.states = states;
    without.model.edges = edges;
    experiment.baselines.emplace_back(name, experiment_on(loaded, parts(), model, without, run));
  };
  add("each comment by itself", ThreadStates::kNone, ReplyEdges::kBoth);
  add("forward alone", ThreadStates::kForward, ReplyEdges::kBoth);
  add("backward alone", ThreadStates::kBackward, ReplyEdges::kBoth);
  add("without temporal edges", ThreadStates::kBoth, ReplyEdges::kHierarchical);
  add("a chain in time", ThreadStates::kBoth, ReplyEdges::kChain);
}

}  // namespace

System thread_system() {
  return make_system<ThreadClassifier, ThreadDataset, ThreadTraits>(parts(), add_baselines);
}

}  // namespace espalier::apps
