#include <cstdint>
#include <utility>

#include <espalier/apps/pictures/labelled_tree.h>
#include <espalier/apps/pictures/tree_drawing.h>
#include <espalier/apps/systems/answering.h>
#include <espalier/apps/systems/covered_text.h>
#include <espalier/apps/systems/json.h>
#include <espalier/apps/systems/make_system.h>
#include <espalier/apps/systems/systems.h>
#include <espalier/apps/systems/tree_reader.h>
#include <espalier/datasets/listops.h>
#include <espalier/datasets/sentiment_treebank.h>
#include <espalier/models/tree_batch.h>
#include <espalier/models/tree_classifier.h>
#include <espalier/ops/argmax.h>

// Constituency Tree-LSTMs that classify every node: ListOps, the Sentiment Treebank.
namespace espalier::apps {
namespace {

using models::TreeClassifier;

struct TreeTraits {
  TreeFormat format = TreeFormat::kBracketed;
  int unpredicted_class = -1;        // As in models::TreeClassifierOptions.
  Setup<TreeClassifier> setup = {};  // The defaults of Tai et al. 2015.
};

using Parts = SystemParts<TreeClassifier, Dataset<LabelledTree>, TreeTraits>;

struct ListOpsOptions {
  std::size_t train_size = 80'000;
  std::size_t max_length = 0;

  static std::vector<Option> fields(ListOpsOptions& o) {
    return {
        train_size_option(o.train_size),
        option("max_length", o.max_length,
               "Greatest length of an expression, in tokens, >= 4; 0: no limit", at_least(0, 1e6))};
  }
};

Parts::Data draw_listops(const ListOpsOptions& options, const std::filesystem::path&) {
  datasets::ListOpsOptions draw{.num_train = options.train_size};
  draw.num_dev = draw.num_test = eighth(options.train_size);
  if (options.max_length > 0 && options.max_length < 4) {
    throw UsageError(message("--max-length is ", options.max_length, ", expected 4 or more, or 0"));
  }
  if (options.max_length > 0) draw.max_length = options.max_length;
  return datasets::generate_listops(draw);
}

Parts::Data load_fine(const NoOptions&, const std::filesystem::path& folder) {
  return datasets::load_sentiment_treebank(folder, datasets::SentimentClasses::kFine);
}

Parts::Data load_binary(const NoOptions&, const std::filesystem::path& folder) {
  return datasets::load_sentiment_treebank(folder, datasets::SentimentClasses::kBinary);
}

DataSetInfo treebank(std::string_view name, std::string_view description) {
  return {.name = name,
          .description = description,
          .files = "train.txt, dev.txt and test.txt, PTB trees",
          .folder = "sst",
          .probe = "train.txt"};
}

std::vector<Parts::Set> data_sets() {
  const TreeTraits listops{
      .format = TreeFormat::kListOps,
      .setup = {.model = {.input_size = 32, .hidden_size = 64, .dropout = 0.0f},
                .training = {.recipe = {.learning_rate = 0.004, .l2 = 0.0, .adam = true},
                             .epochs = 6,
                             .batch_size = 50,
                             .rate_decay = 0.6}}};
  return {data_set<ListOpsOptions>(
              {.name = "listops",
               .description = "ListOps (Nangia and Bowman 2018): the value of nested list "
                              "operations, 10 classes"},
              listops, draw_listops),
          data_set<NoOptions>(
              treebank("sst",
                       "Stanford Sentiment Treebank (Socher et al. 2013): five classes of "
                       "sentiment"),
              TreeTraits(), load_fine),
          data_set<NoOptions>(
              treebank("sst-binary", "the same, positive or negative, without neutral sentences"),
              TreeTraits{.unpredicted_class = 1}, load_binary)};
}

using TrainedTrees = Trained<TreeClassifier, TreeTraits>;

// `probabilities` has a row for each node.
FloatJson prediction(const TextTree& text, MatrixView probabilities,
                     const std::vector<std::string>& classes) {
  const auto labels = argmax_rows(probabilities);
  const auto label = [&](NodeId v) { return classes[static_cast<std::size_t>(labels[v])]; };
  const CoveredText covered(text);
  FloatJson nodes = FloatJson::array();
  for (NodeId v = 0; v < text.tree.tree.num_nodes(); ++v) {
    nodes.push_back({{"node", v},
                     {"words", {covered.begin(v), covered.end(v)}},
                     {"text", covered.of(v)},
                     {"label", label(v)},
                     {"probabilities", probabilities.row(v)}});
  }
  const NodeId root = text.tree.tree.root();
  return {{"label", label(root)},
          {"probabilities", probabilities.row(root)},
          {"nodes", std::move(nodes)}};
}

void predict(const TrainedTrees& trained, datasets::LineReader& lines, std::ostream& out) {
  TreeReader reader(lines, trained.traits.format, trained.model.vocabulary);
  answer_in_batches<TextTree>(
      [&] { return reader.next(); },
      [&](const std::vector<TextTree>& texts) {
        std::vector<const LabelledTree*> trees;
        for (const TextTree& text : texts) trees.push_back(&text.tree);
        const models::TreeBatch batch(trees);
        const Tensor probabilities = trained.model.network.probabilities(batch);
        for (std::size_t i = 0; i < texts.size(); ++i) {
          const MatrixView rows =
              probabilities.view().slice(batch.first_node[i], batch.first_node[i + 1]);
          out << prediction(texts[i], rows, trained.model.classes).dump() << '\n';
        }
        check_written(out);
      });
}

std::string draw(const TrainedTrees& trained, datasets::LineReader& lines,
                 const DrawOptions& options) {
  TreeReader reader(lines, trained.traits.format, trained.model.vocabulary);
  const TextTree text = example_at<TextTree>(lines, options.line, [&] { return reader.next(); });
  const std::size_t num_shown =
      num_drawn(text.tree.tree.num_nodes(), options, "a tree", "the nodes nearest to the root");
  const LabelledTree* const tree = &text.tree;
  const Tensor probabilities = trained.model.network.probabilities(models::TreeBatch({&tree, 1}));
  const std::string dot = labelled_tree_dot(text, trained.traits.format, probabilities.view(),
                                            trained.model.classes, num_shown);
  return options.dot ? dot : dot_to_svg(dot);
}

}  // namespace

System tree_system() {
  return make_system<TreeClassifier>(Parts{
      .models = {"tree-lstm"},
      .description = "constituency Tree-LSTM: a class for every node (Tai et al. 2015)",
      .metrics = "accuracy at the roots, macro_f1 there, node_accuracy at all labelled nodes",
      .examples = "a binary tree in brackets, \"(3 (2 It) (4 (2 's) (4 good)))\", whose labels do "
                  "not matter; of listops \"[MAX 2 9 [MIN 4 7 ] 0 ]\" or a published line",
      .data_sets = data_sets(),
      .setup =
          [](std::string_view, const Parts::Set& set) {
            Setup<TreeClassifier> setup = set.traits.setup;
            setup.training.takes = {.vectors = true, .embedding_rate = true};
            return setup;
          },
      .fit =
          [](auto& options, const auto& data, const TreeTraits& traits) {
            options.num_words = data.num_words();
            options.num_classes = data.num_classes();
            options.unpredicted_class = traits.unpredicted_class;
          },
      .predict = predict,
      .draw = draw});
}

}  // namespace espalier::apps
