#include <string_view>
#include <utility>

#include <espalier/apps/systems/make_system.h>
#include <espalier/apps/systems/node_answers.h>
#include <espalier/apps/systems/node_sets.h>
#include <espalier/apps/systems/systems.h>
#include <espalier/models/graph_attention_network.h>
#include <espalier/models/graph_convolution_network.h>
#include <espalier/models/han.h>

// Classes of the nodes of a graph, by attention or convolution over their neighbours.
namespace espalier::apps {
namespace {

using models::GraphAttentionNetwork;
using models::GraphConvolutionNetwork;
using models::HAN;

template <class Model>
using Parts = SystemParts<Model, NodeData, NodeTraits>;
template <class Model>
using TrainedNodes = Trained<Model, NodeTraits>;

constexpr Takes kTakes = {.whole = true};

// Wang et al. 2019.
Setup<HAN> han_setup(std::string_view, const NodeSet&) {
  return {.model = {},
          .training = {.recipe = HAN::kRecipe,
                       .epochs = 200,
                       .patience = 100,
                       .batch_size = 0,
                       .takes = kTakes}};
}

// Velickovic et al. 2018.
Setup<GraphAttentionNetwork> gat_setup(std::string_view, const NodeSet&) {
  return {.model = {},
          .training = {.recipe = GraphAttentionNetwork::kRecipe,
                       .epochs = 1000,
                       .patience = 100,
                       .batch_size = 0,
                       .takes = kTakes}};
}

// Kipf and Welling 2017, but for the patience of 10 epochs, which can end at once.
template <GraphFilter kFilter>
Setup<GraphConvolutionNetwork> convolution_setup(std::string_view, const NodeSet&) {
  return {.model = {.filter = kFilter},
          .training = {.recipe = GraphConvolutionNetwork::kRecipe,
                       .epochs = 200,
                       .batch_size = 0,
                       .takes = kTakes}};
}

template <class Model>
PathWeights path_weights(const Model& model, const models::NodeGraph& graph) {
  if constexpr (requires { model.path_weights(graph); }) {
    return model.path_weights(graph);
  } else {
    return {};
  }
}

template <class Model>
NodeModel node_model(const Model& network, const std::vector<std::string>& classes,
                     const NodeData& data) {
  return {network, classes, data,
          [&network](const models::NodeGraph& graph) { return path_weights(network, graph); }};
}

std::vector<NodeAttention> attention(const HAN& model, const models::NodeGraph& graph) {
  std::vector<NodeAttention> ways;
  for (std::size_t p = 0; p < graph.neighbours.size(); ++p) {
    ways.push_back({graph.names[p], graph.neighbours[p], model.neighbour_weights(graph, p)});
  }
  return ways;
}
std::vector<NodeAttention> attention(const GraphAttentionNetwork& model,
                                     const models::NodeGraph& graph) {
  std::string all;
  for (const std::string& name : graph.names) all += (all.empty() ? "" : ", ") + name;
  std::vector<NodeAttention> ways;
  ways.push_back({all, *graph.joined, model.neighbour_weights(graph)});
  return ways;
}

template <class Model>
std::string draw(const TrainedNodes<Model>& trained, datasets::LineReader& lines,
                 const DrawOptions& options) {
  const Model& network = trained.model.network;
  const NodeModel model = node_model(network, trained.model.classes, *trained.traits.data);
  if (model.data.graph->uncomposed) {
    throw UsageError("a model of sampled neighbours draws nothing: their pairs are not kept");
  }
  const PathWeights weights = path_weights(network, *model.data.graph);
  if (!options.paths) {
    return draw_node(model, attention(network, *model.data.graph), weights, lines, options);
  }
  if (!weights.empty()) return draw_path_weights(model, weights, lines, options);
  throw UsageError("--paths is for han; gat attends to all neighbours alike, whatever their path");
}

template <class Model>
void answer(const TrainedNodes<Model>& trained, datasets::LineReader& lines, std::ostream& out,
            const std::filesystem::path& states) {
  answer_nodes(node_model(trained.model.network, trained.model.classes, *trained.traits.data),
               lines, out, states);
}

template <class Model>
training::Metrics measure(const TrainedNodes<Model>& trained, NodeData data, Split split) {
  const Model& network = trained.model.network;
  training::Metrics metrics = training::evaluate(network, data.of(split));
  metrics.merge(embedding_scores(node_model(network, trained.model.classes, data), split));
  return metrics;
}

// What all have in common. `graph` says how they want theirs prepared.
template <class Model>
Parts<Model> parts_of(std::string_view name, std::string_view description,
                      const models::NodeGraphOptions& graph,
                      Setup<Model> (*setup)(std::string_view, const NodeSet&)) {
  return {.models = {name},
          .description = description,
          .metrics =
              "accuracy, which chooses the best epoch, macro_f1, micro_f1 and loss; evaluate: of "
              "embeddings, too, knn20_macro_f1 ... knn80_micro_f1, kmeans_nmi and kmeans_ari",
          .examples = "the number of a node of the data set's graph, from 0",
          .data_sets = node_data_sets(graph),
          .setup = setup,
          .fit =
              [](auto& options, const NodeData& data, const NodeTraits&) {
                options.num_features = data.num_features();
                options.num_classes = data.num_classes();
                if constexpr (requires { options.num_paths; }) options.num_paths = data.num_paths();
              },
          .measure = measure<Model>,
          .keep_data =
              [](NodeTraits& traits, NodeData data) {
                traits.data = std::make_shared<const NodeData>(std::move(data));
              },
          .predict = [](const TrainedNodes<Model>& trained, datasets::LineReader& lines,
                        std::ostream& out) { answer(trained, lines, out, {}); },
          .predict_with_states = answer<Model>};
}

}  // namespace

System han_system() {
  auto parts = parts_of<HAN>("han",
                             "classes of a graph's nodes, by attention over neighbours along "
                             "meta-paths and over meta-paths (Wang et al. 2019)",
                             {}, han_setup);
  parts.draw = draw<HAN>;
  return make_system(std::move(parts));
}

System gat_system() {
  auto parts = parts_of<GraphAttentionNetwork>(
      "gat",
      "classes of a graph's nodes, by attention over neighbours (Velickovic et al. 2018), those "
      "along all meta-paths together",
      {.joined = true}, gat_setup);
  parts.draw = draw<GraphAttentionNetwork>;
  return make_system(std::move(parts));
}

System gcn_system() {
  constexpr auto kFilter = GraphFilter::kFirstOrder;
  return make_system(parts_of<GraphConvolutionNetwork>(
      "gcn",
      "classes of a graph's nodes, by convolution over neighbours (Kipf and Welling 2017), those "
      "along all meta-paths together, in either direction",
      {.filter = kFilter}, convolution_setup<kFilter>));
}

System chebnet_system() {
  constexpr auto kFilter = GraphFilter::kChebyshev;
  return make_system(parts_of<GraphConvolutionNetwork>(
      "chebnet",
      "the same by Chebyshev polynomials of the graph's Laplacian (Defferrard et al. 2016)",
      {.filter = kFilter}, convolution_setup<kFilter>));
}

}  // namespace espalier::apps
