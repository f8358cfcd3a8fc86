#include <espalier/models/node_classifier.h>

#include <memory>
#include <set>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include <espalier/base/error.h>
#include <espalier/models/graph_attention_network.h>
#include <espalier/models/graph_convolution_network.h>
#include <espalier/models/han.h>
#include <espalier/ops/gradient_check.h>
#include <espalier/training/trainer.h>

#include "tests/models/labelled_graphs.h"
#include "tests/support/errors.h"
#include "tests/support/threads.h"

namespace espalier::models {
namespace {

HANOptions han_options(const NodeGraph& graph, int num_classes) {
  return {.num_features = static_cast<int>(graph.features.num_features()),
          .num_classes = num_classes,
          .num_paths = static_cast<int>(graph.neighbours.size()),
          .heads = 2,
          .head_size = 4,
          .attention_size = 6,
          .dropout = 0.0f};
}

GraphConvolutionNetworkOptions gcn_options(const NodeGraph& graph, int num_classes,
                                           GraphFilter filter) {
  return {.num_features = static_cast<int>(graph.features.num_features()),
          .num_classes = num_classes,
          .hidden_size = 6,
          .filter = filter,
          .dropout = 0.0f};
}

GraphAttentionNetworkOptions gat_options(const NodeGraph& graph, int num_classes) {
  return {.num_features = static_cast<int>(graph.features.num_features()),
          .num_classes = num_classes,
          .heads = 2,
          .head_size = 3,
          .dropout = 0.0f};
}

class NodeClassifierTest : public testing::Test {
 protected:
  // Each with the filter of the graph that it reads, if that matters to it.
  using Models = std::vector<std::pair<std::unique_ptr<NodeClassifier>, GraphFilter>>;
  Models all_models(const NodeGraph& graph, int classes) {
    Models models;
    const auto add = [&](auto model, GraphFilter filter = GraphFilter::kFirstOrder) {
      models.emplace_back(std::move(model), filter);
    };
    for (const bool node : {true, false}) {
      for (const bool semantic : {true, false}) {
        HANOptions options = han_options(graph, classes);
        options.node_attention = node;
        options.semantic_attention = semantic;
        add(std::make_unique<HAN>(options, rng_));
      }
    }
    for (const GraphFilter filter : {GraphFilter::kFirstOrder, GraphFilter::kChebyshev}) {
      add(std::make_unique<GraphConvolutionNetwork>(gcn_options(graph, classes, filter), rng_),
          filter);
    }
    for (const int heads : {1, 2}) {
      GraphAttentionNetworkOptions options = gat_options(graph, classes);
      options.output_heads = heads;
      add(std::make_unique<GraphAttentionNetwork>(options, rng_));
    }
    return models;
  }
  // Prepared for whatever model, if its filter is this one.
  std::shared_ptr<const NodeGraph> graph_for(const LabelledGraph& data, GraphFilter filter) {
    return std::make_shared<const NodeGraph>(prepare(data, {.joined = true, .filter = filter}));
  }
  NodeBatch batch_of(const std::shared_ptr<const NodeGraph>& graph) {
    return {.graph = graph, .nodes = {0, 5, 7, 5}, .labels = {0, 2, 1, kNoLabel}};
  }

  Rng rng_{1};
};

TEST_F(NodeClassifierTest, GradientsOfEveryParameterMatchDifferences) {
  const LabelledGraph data = test::random_papers(18, 3, 2);
  for (const auto& [model, filter] : all_models(prepare(data), 3)) {
    const NodeBatch batch = batch_of(graph_for(data, filter));
    const auto loss = [&, &model = *model] { return model.loss(batch, rng_); };
    const GradientCheck check =
        check_gradients(loss, model->parameters(),
                        {.step = 1e-3f});  // Relus bend: the nearer, the less often between.
    EXPECT_TRUE(check.ok) << check.to_string();
  }
}

TEST_F(NodeClassifierTest, HasTheSameBitsAtAnyNumberOfThreads) {
  const LabelledGraph data = test::random_papers(300, 3, 2);
  for (const auto& [model, filter] : all_models(prepare(data), 3)) {
    const NodeBatch batch = batch_of(graph_for(data, filter));
    const auto parameters = model->parameters();
    std::vector<Tensor> expected;
    test::for_each_number_of_threads([&, &model = *model](int threads) {
      for (const NamedParameter& p : parameters) p.variable.clear_gradient();
      model.loss(batch, rng_).backward();
      for (std::size_t i = 0; i < parameters.size(); ++i) {
        const Tensor& gradient = parameters[i].variable.gradient();
        if (threads == 1) {
          expected.push_back(gradient.clone());
        } else {
          EXPECT_TRUE(bitwise_equal(gradient, expected[i])) << parameters[i].name;
        }
      }
    });
  }
}

TEST_F(NodeClassifierTest, LearnsClassesThatNeighboursTell) {
  const LabelledGraph data = test::random_papers(600, 3, 4);
  const auto graph = graph_for(data, GraphFilter::kFirstOrder);
  const Splits<NodeExamples> examples = node_examples(graph, data);
  const auto accuracy = [&](const auto& model) {
    const training::Trainer trainer({.batch_size = data.nodes.train.size(), .epochs = 60});
    training::ModelTask task(model, examples, std::decay_t<decltype(model)>::kRecipe, "{}");
    return trainer.fit(task).test.at("accuracy");
  };
  EXPECT_GT(accuracy(HAN(han_options(*graph, 3), rng_)), 0.85);
  EXPECT_GT(
      accuracy(GraphConvolutionNetwork(gcn_options(*graph, 3, GraphFilter::kFirstOrder), rng_)),
      0.85);
  GraphAttentionNetworkOptions gat = gat_options(*graph, 3);
  gat.dropout = 0.2f;
  EXPECT_GT(accuracy(GraphAttentionNetwork(gat, rng_)), 0.85);
}

TEST_F(NodeClassifierTest, ShowsWhatItLooksAt) {
  const NodeGraph graph = prepare(test::random_papers(30, 3, 5));
  const HAN model(han_options(graph, 3), rng_);
  EXPECT_EQ(model.embeddings(graph).shape(), (Shape{30, 8}));
  const Tensor beta = model.path_weights(graph);
  ASSERT_EQ(beta.shape(), (Shape{1, 2}));
  EXPECT_NEAR(beta.data()[0] + beta.data()[1], 1.0f, 1e-6f);
  EXPECT_EQ(model.neighbour_weights(graph, 1).shape(), (Shape{graph.neighbours[1].num_edges(), 2}));
}

TEST_F(NodeClassifierTest, PreparesAGraphOfOneKindByItsEdges) {
  LabelledGraph data = test::random_papers(9, 3, 6);
  data.meta_paths.clear();
  EXPECT_EQ(test::error_of<GraphError>([&] { prepare(data); }),
            "no edge type connects paper nodes; name a meta-path");
  const NodeGraph named = prepare(data, {.meta_paths = {"paper>venue>paper"}, .self_loops = false});
  EXPECT_EQ(named.names, std::vector<std::string>{"paper>venue>paper"});
  EXPECT_EQ(test::error_of<GraphError>([&] { prepare(data, {.meta_paths = {"paper>venue"}}); }),
            "meta-path \"paper>venue\" is from paper to venue, expected from paper to paper");
  const HAN two({.num_features = 8, .num_classes = 3, .num_paths = 2, .heads = 1, .head_size = 2},
                rng_);
  EXPECT_EQ(test::error_of<ShapeError>([&] { two.embeddings(named); }),
            "a graph with 1 meta-paths, expected 2");
}

// Neighbours by any way and in either direction; a node that is its own by one of them is not.
TEST_F(NodeClassifierTest, AConvolutionReadsTheUndirectedUnionOfTheWays) {
  LabelledGraph data = test::random_papers(4, 2, 1);
  const std::vector<Edge> cites = {{0, 1}, {1, 1}}, follows = {{0, 1}, {2, 0}};
  data.graph = HeteroGraph({{"paper", 4}},
                           {{"cites", "paper", "paper", Adjacency::from_edges(4, 4, cites)},
                            {"follows", "paper", "paper", Adjacency::from_edges(4, 4, follows)}});
  data.meta_paths = {"paper>(cites)paper", "paper>(follows)paper"};
  const auto graph = graph_for(data, GraphFilter::kFirstOrder);
  const std::vector<Edge> both = {{0, 1}, {0, 2}, {1, 0}, {2, 0}};
  const GraphOperator expected(Adjacency::from_edges(4, 4, both), GraphFilter::kFirstOrder);
  const Variable x(normal_tensor({4, 3}, 1.0f, rng_));
  EXPECT_TRUE(
      bitwise_equal(graph->convolution->matrix.times(x).value(), expected.times(x).value()));
}

TEST_F(NodeClassifierTest, AConvolutionWantsAGraphThatIsPreparedForIt) {
  const LabelledGraph data = test::random_papers(9, 3, 6);
  const NodeGraph graph = prepare(data);
  const GraphConvolutionNetwork model(gcn_options(graph, 3, GraphFilter::kChebyshev), rng_);
  EXPECT_EQ(test::error_of<ShapeError>([&] { model.embeddings(graph); }),
            "the graph is not prepared for the network's filter, expected that of prepare() with "
            "it");
  EXPECT_EQ(
      test::error_of<ShapeError>(
          [&] { model.embeddings(*graph_for(data, GraphFilter::kFirstOrder)); }),
      "the graph is not prepared for the network's filter, expected that of prepare() with it");
  EXPECT_EQ(model.embeddings(*graph_for(data, GraphFilter::kChebyshev)).shape(), (Shape{9, 6}));
}

TEST_F(NodeClassifierTest, FingerprintsTellGraphsSplitsAndPreparationsApart) {
  const LabelledGraph data = test::random_papers(30, 3, 5), other = test::random_papers(30, 3, 7);
  const auto of = [](const LabelledGraph& of_data, const NodeGraphOptions& options = {}) {
    const auto graph = std::make_shared<const NodeGraph>(prepare(of_data, options));
    return fingerprint(node_examples(graph, of_data));
  };
  LabelledGraph relabelled = test::random_papers(30, 3, 5), moved = test::random_papers(30, 3, 5);
  relabelled.labels[3] = 1;
  moved.nodes.test.push_back(moved.nodes.dev.back());
  moved.nodes.dev.pop_back();
  const std::set<std::string> all = {of(data),
                                     of(other),
                                     of(relabelled),
                                     of(moved),
                                     of(data, {.meta_paths = {"paper>author>paper"}}),
                                     of(data, {.normalize_features = true})};
  EXPECT_EQ(all.size(), 6u);
  EXPECT_EQ(of(data), of(test::random_papers(30, 3, 5)));
}

}  // namespace
}  // namespace espalier::models
