#include <espalier/graph/joint_partition.h>

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <espalier/base/error.h>

namespace espalier {
namespace {

// Who is within reach of a joint, and how far.
std::vector<int> distances_from(const Tree& bones, NodeId joint) {
  std::vector<int> distances(bones.num_nodes(), -1);
  std::vector<NodeId> reached = {joint};
  distances[joint] = 0;
  for (std::size_t i = 0; i < reached.size(); ++i) {
    const auto reach = [&](NodeId next) {
      if (next == kNoNode || distances[next] >= 0) return;
      distances[next] = distances[reached[i]] + 1;
      reached.push_back(next);
    };
    reach(bones.parent(reached[i]));
    for (const NodeId child : bones.children(reached[i])) reach(child);
  }
  return distances;
}

Adjacency normalized(NodeId num_joints, const std::vector<Edge>& edges) {
  constexpr double kEmpty = 0.001;
  std::vector<double> degrees(num_joints, kEmpty);
  for (const Edge& edge : edges) degrees[edge.source] += 1.0;
  std::vector<float> weights;
  for (const Edge& edge : edges) {
    weights.push_back(
        static_cast<float>(1.0 / std::sqrt(degrees[edge.source] * degrees[edge.target])));
  }
  return Adjacency::from_edges(num_joints, num_joints, edges, weights);
}

}  // namespace

std::vector<Adjacency> joint_partitions(const Tree& bones, JointPartition partition, int reach) {
  const int most = std::max(1, static_cast<int>(bones.num_nodes()) - 1);
  if (reach < 1 || reach > most) {
    throw GraphError(message("a reach of ", reach, " bones, expected 1 .. ", most));
  }
  const std::size_t num_groups = partition == JointPartition::kUniform    ? 1
                                 : partition == JointPartition::kDistance ? std::size_t(reach) + 1
                                                                          : 3;
  const std::vector<int> depths = distances_from(bones, bones.root());
  const auto group_of = [&](NodeId i, NodeId j, int distance) -> std::size_t {
    if (partition == JointPartition::kUniform) return 0;
    if (partition == JointPartition::kDistance) return static_cast<std::size_t>(distance);
    return depths[j] == depths[i] ? 0 : depths[j] < depths[i] ? 1 : 2;
  };
  std::vector<std::vector<Edge>> edges(num_groups);
  for (NodeId i = 0; i < bones.num_nodes(); ++i) {
    const std::vector<int> distances = distances_from(bones, i);
    for (NodeId j = 0; j < bones.num_nodes(); ++j) {
      if (distances[j] <= reach) edges[group_of(i, j, distances[j])].push_back({i, j});
    }
  }
  std::vector<Adjacency> groups;
  for (const auto& group : edges) groups.push_back(normalized(bones.num_nodes(), group));
  return groups;
}

}  // namespace espalier
