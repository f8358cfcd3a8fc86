#include <espalier/data/labelled_graph.h>

#include <algorithm>
#include <string_view>

#include <espalier/base/error.h>
#include <espalier/graph/meta_path.h>

namespace espalier {
namespace {

constexpr std::string_view kNames[] = {"train", "dev", "test"};

void check_labels(const LabelledGraph& data) {
  const NodeId n = data.num_targets();
  if (data.labels.size() != n) {
    throw GraphError(message(data.labels.size(), " labels of ", n, " nodes of type ", data.target,
                             ", expected one for each"));
  }
  for (NodeId v = 0; v < n; ++v) {
    const std::int32_t label = data.labels[v];
    if (label >= kNoLabel && label < data.num_classes()) continue;
    throw GraphError(message("node ", v, " has label ", label, ", expected a class below ",
                             data.num_classes(), ", or ", kNoLabel, " for none"));
  }
}

void check_splits(const LabelledGraph& data) {
  std::vector<int> split_of(data.num_targets(), -1);
  for (const Split split : {Split::kTrain, Split::kDev, Split::kTest}) {
    const auto s = static_cast<std::size_t>(split);
    for (const NodeId node : data.nodes.of(split)) {
      if (node >= data.num_targets()) {
        throw GraphError(message("the ", kNames[s], " split has node ", node, ", expected below ",
                                 data.num_targets()));
      }
      if (split_of[node] >= 0) {
        throw GraphError(message("node ", node, " is in the ", kNames[split_of[node]],
                                 " split and again in the ", kNames[s], " split"));
      }
      if (data.labels[node] == kNoLabel) {
        throw GraphError(message("node ", node, " of the ", kNames[s], " split has no label"));
      }
      split_of[node] = static_cast<int>(s);
    }
  }
}

void check_features(const LabelledGraph& data) {
  if (data.features.is_one_hot()) return;
  const std::size_t rows =
      data.features.dense.empty() ? data.features.sparse.num_rows() : data.features.dense.rows();
  if (rows == data.num_targets()) return;
  throw GraphError(message("features of ", rows, " nodes, expected ", data.num_targets(),
                           ", those of type ", data.target));
}

}  // namespace

void check(const LabelledGraph& data) {
  check_labels(data);
  check_splits(data);
  check_features(data);
  for (const std::string& text : data.meta_paths) {
    const MetaPath path(text, data.graph);
    if (path.source() == data.target && path.target() == data.target) continue;
    throw GraphError(message("meta-path \"", text, "\" is from ", path.source(), " to ",
                             path.target(), ", expected from ", data.target, " to ", data.target));
  }
}

}  // namespace espalier
