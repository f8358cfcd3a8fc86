#include <espalier/layers/internal/initial_rows.h>

#include <algorithm>
#include <utility>

#include <espalier/base/error.h>

namespace espalier {
namespace {

NodeId num_outer(const Schedule& schedule) {
  return schedule.num_nodes() == 0 ? 0 : schedule.wavefront(0).size();
}

PoolVector<NodeId> order_by_row(std::span<const NodeId> nodes, const Schedule& schedule) {
  PoolVector<NodeId> of_row(num_outer(schedule), kNoNode);
  for (NodeId i = 0; i < nodes.size(); ++i) {
    if (nodes[i] >= schedule.num_nodes()) {
      throw GraphError(message("initial state ", i, " is for node ", nodes[i],
                               ", expected a node below ", schedule.num_nodes()));
    }
    const NodeId row = schedule.rows()[nodes[i]];
    if (row >= of_row.size()) {
      throw GraphError(message("initial state ", i, " is for node ", nodes[i],
                               ", which has a predecessor; expected a node without one"));
    }
    if (of_row[row] != kNoNode) {
      throw GraphError(
          message("node ", nodes[i], " has two initial states, ", of_row[row], " and ", i));
    }
    of_row[row] = i;
  }
  return of_row;
}

}  // namespace

InitialRows::InitialRows(std::span<const Variable> parts, std::span<const std::size_t> widths,
                         std::span<const NodeId> nodes, const Schedule& schedule)
    : parts_(parts.begin(), parts.end()),
      zeros_(Tensor::zeros({*std::ranges::max_element(widths)})) {
  bool any = false;
  for (std::size_t part = 0; part < parts.size(); ++part) {
    if (!parts[part].defined()) continue;
    any = true;
    check_shape(parts[part].shape(), {nodes.size(), widths[part]}, "initial states");
  }
  if (any) of_row_ = order_by_row(nodes, schedule);
}

const float* InitialRows::row(std::size_t part, NodeId row) const {
  const bool any = !of_row_.empty() && parts_[part].defined();
  const NodeId i = any ? of_row_[row] : kNoNode;
  return i == kNoNode ? zeros_.data() : parts_[part].value().row(i).data();
}

void InitialRows::begin_gradients() {
  if (empty()) return;
  for (const Variable& part : parts_) {
    gradients_.push_back(part.requires_gradient() ? Tensor::zeros(part.shape()) : Tensor());
  }
}

void InitialRows::keep_gradient(std::size_t part, NodeId first, StridedView gradient) {
  if (gradients_.empty() || gradients_[part].empty()) return;
  for (std::size_t r = 0; r < gradient.rows; ++r) {
    const NodeId i = of_row_[first + r];
    if (i == kNoNode) continue;
    std::copy_n(gradient.row(r), gradient.cols, gradients_[part].row(i).data());
  }
}

void InitialRows::add_gradients() {
  for (std::size_t part = 0; part < gradients_.size(); ++part) {
    if (!gradients_[part].empty()) parts_[part].add_gradient(std::move(gradients_[part]));
  }
}

void check_one_predecessor(const Schedule& schedule) {
  const ScheduledRelation& previous = schedule.relation("previous");
  for (NodeId row = 0; row < schedule.num_nodes(); ++row) {
    const std::size_t count = previous.of(row).size();
    if (count == (row < num_outer(schedule) ? 0u : 1u)) continue;
    throw GraphError(message("node ", schedule.nodes()[row], " has ", count,
                             " predecessors in \"previous\", expected at most one, and no other "
                             "relation that orders the nodes"));
  }
}

}  // namespace espalier
