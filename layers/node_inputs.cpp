#include <espalier/layers/node_inputs.h>

#include <algorithm>
#include <numeric>

#include <espalier/base/error.h>
#include <espalier/ops/kernels.h>
#include <espalier/ops/parallel.h>

namespace espalier {
namespace {

constexpr std::size_t kBlockRows = 64;

NodeId num_inputs(const NodeInputs& inputs, const Schedule& schedule) {
  return inputs.is_partial ? static_cast<NodeId>(inputs.nodes.size()) : schedule.num_nodes();
}

}  // namespace

OrderedInputs::OrderedInputs(const NodeInputs& inputs, const Schedule& schedule,
                             std::size_t input_size, NodeOrder order)
    : x_(inputs.x) {
  const NodeId count = num_inputs(inputs, schedule);
  check_shape(x_.shape(), {count, input_size}, "inputs of the nodes");
  const bool by_node = order == NodeOrder::kByNode;

  PoolVector<NodeId> input_of_row(schedule.num_nodes(), kNoNode);
  for (NodeId i = 0; i < count; ++i) {
    const NodeId v = inputs.is_partial ? inputs.nodes[i] : i;
    if (v >= schedule.num_nodes()) {
      throw GraphError(message("input ", i, " is for node ", v, ", expected a node below ",
                               schedule.num_nodes()));
    }
    NodeId& input = input_of_row[by_node ? v : schedule.rows()[v]];
    if (input != kNoNode) {
      throw GraphError(message("node ", v, " has two inputs, ", input, " and ", i));
    }
    input = i;
  }

  rows_.reserve(count);
  sources_.reserve(count);
  for (NodeId row = 0; row < schedule.num_nodes(); ++row) {
    if (input_of_row[row] == kNoNode) continue;
    rows_.push_back(row);
    sources_.push_back(input_of_row[row]);
  }
  if (std::is_sorted(sources_.begin(), sources_.end())) {
    sources_.clear();
    return;
  }
  sorted_ = Tensor::uninitialized({count, input_size});
  parallel_rows(count, kBlockRows, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      std::copy_n(x_.value().row(sources_[i]).data(), input_size, sorted_.row(i).data());
    }
  });
}

OrderedInputs::OrderedInputs(Variable x, std::size_t input_size)
    : x_(std::move(x)), rows_(x_.rows()) {
  check_shape(x_.shape(), {x_.rows(), input_size}, "inputs of the nodes");
  std::iota(rows_.begin(), rows_.end(), NodeId{0});
}

std::pair<std::size_t, std::size_t> OrderedInputs::within(RowRange range) const {
  const auto first = std::lower_bound(rows_.begin(), rows_.end(), range.begin);
  const auto last = std::lower_bound(first, rows_.end(), range.end);
  return {static_cast<std::size_t>(first - rows_.begin()),
          static_cast<std::size_t>(last - rows_.begin())};
}

void OrderedInputs::add_gradient(Tensor gradient) const {
  if (sources_.empty()) {
    x_.add_gradient(std::move(gradient));
    return;
  }
  const bool covers_all = size() == x_.rows();  // Each of x's rows is one node's.
  if (x_.gradient().empty() && covers_all) {
    Tensor unsorted = Tensor::uninitialized(x_.shape());
    parallel_rows(size(), kBlockRows, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        std::copy_n(gradient.row(i).data(), gradient.cols(), unsorted.row(sources_[i]).data());
      }
    });
    x_.add_gradient(std::move(unsorted));
    return;
  }
  Tensor& sum = x_.mutable_gradient();
  parallel_rows(size(), kBlockRows, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      kernels().add(sum.cols(), gradient.row(i).data(), sum.row(sources_[i]).data());
    }
  });
}

}  // namespace espalier
