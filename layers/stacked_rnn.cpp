#include <espalier/layers/stacked_rnn.h>

#include <optional>
#include <string>

#include <espalier/base/error.h>
#include <espalier/layers/initialize.h>
#include <espalier/ops/rows.h>

namespace espalier {
namespace {

// The sequences that are not empty, and the nodes at which reading them begins and ends.
struct Ends {
  PoolVector<NodeId> sequences, first, last;

  Ends(const SequenceBatch& batch, Direction direction) {
    const PoolVector<NodeId> begins = batch.first_read(direction);
    const PoolVector<NodeId> ends = batch.last_read(direction);
    for (NodeId s = 0; s < batch.num_sequences(); ++s) {
      if (begins[s] == kNoNode) continue;
      sequences.push_back(s);
      first.push_back(begins[s]);
      last.push_back(ends[s]);
    }
  }
};

// Row s of the result is that of sequence s's last node, or its initial row if it is empty.
Variable last_rows(const Variable& states, const Variable& initial, const SequenceBatch& batch,
                   const Ends& ends) {
  if (ends.sequences.size() == batch.num_sequences()) return gather_rows(states, ends.last);
  const Variable before =
      initial.defined() ? initial : Variable(Tensor::zeros({batch.num_sequences(), states.cols()}));
  PoolVector<std::uint32_t> rows(batch.num_sequences());
  for (NodeId s = 0; s < batch.num_sequences(); ++s) rows[s] = batch.num_nodes() + s;
  for (std::size_t i = 0; i < ends.sequences.size(); ++i) rows[ends.sequences[i]] = ends.last[i];
  return gather_rows(concat_rows({states, before}), rows);
}

// What the first nodes read: the rows of the sequences that have one.
Variable first_rows(const Variable& initial, const SequenceBatch& batch, std::size_t size,
                    const Ends& ends) {
  if (!initial.defined()) return {};
  check_shape(initial.shape(), {batch.num_sequences(), size}, "initial states of the sequences");
  if (ends.sequences.size() == batch.num_sequences()) return initial;
  return gather_rows(initial, ends.sequences);
}

// PyTorch's ending of the names of a layer's parameters.
std::string ending(std::size_t layer, bool backward) {
  return message("_l", layer, backward ? "_reverse" : "");
}

}  // namespace

Variable StackedStates::summary() const {
  if (directions_ == 1) return last.back().h;
  return concat_columns({last[last.size() - 2].h, last.back().h});
}

std::vector<SequenceStates> detach(const std::vector<SequenceStates>& states) {
  std::vector<SequenceStates> constants;
  for (const SequenceStates& s : states) {
    constants.push_back({.h = s.h.defined() ? s.h.detach() : Variable(),
                         .c = s.c.defined() ? s.c.detach() : Variable()});
  }
  return constants;
}

StackedRNN::StackedRNN(std::size_t input_size, const StackedRNNOptions& options,
                       const MakeLayer& make, Rng& rng)
    : options_(options), dropout_(options.dropout) {
  const std::size_t num_layers = positive_size(options.num_layers, "num_layers");
  for (std::size_t k = 0; k < num_layers; ++k) {
    const std::size_t size = k == 0 ? input_size : output_size();
    for (std::size_t d = 0; d < num_directions(); ++d) {
      layers_.push_back(make(size, rng));
      add_module_with_ending(ending(k, d == 1), *layers_.back());
    }
  }
}

StackedStates StackedRNN::forward(const NodeInputs& x, const SequenceBatch& sequences, Rng& rng,
                                  const std::vector<SequenceStates>& initial) const {
  if (!initial.empty() && initial.size() != layers_.size()) {
    throw ShapeError(message(initial.size(), " initial states, expected ", layers_.size(),
                             ", one for each layer and direction"));
  }
  StackedStates result;
  result.directions_ = num_directions();
  constexpr Direction kDirections[] = {Direction::kForward, Direction::kBackward};
  std::vector<std::pair<Schedule, Ends>> plans;
  for (std::size_t d = 0; d < num_directions(); ++d) {
    plans.emplace_back(schedule(sequences, kDirections[d]), Ends(sequences, kDirections[d]));
  }
  for (std::size_t i = 0; i < layers_.size(); i += num_directions()) {
    const NodeInputs input = i == 0 ? x : dropout_.forward(result.h, rng);
    PoolVector<Variable> outputs;
    for (std::size_t d = 0; d < num_directions(); ++d) {
      const RecurrentLayer& layer = *layers_[i + d];
      const auto& [order, ends] = plans[d];
      const SequenceStates before = initial.empty() ? SequenceStates() : initial[i + d];
      const NodeStates states =
          layer.forward(input, order,
                        {.h = first_rows(before.h, sequences, layer.output_size(), ends),
                         .c = first_rows(before.c, sequences, layer.output_size(), ends),
                         .nodes = ends.first});
      outputs.push_back(states.h);
      result.last.push_back(
          {.h = last_rows(states.h, before.h, sequences, ends),
           .c = layer.has_cell() ? last_rows(states.c, before.c, sequences, ends) : Variable()});
    }
    result.h = outputs.size() == 1 ? outputs[0] : concat_columns(outputs);
  }
  return result;
}

}  // namespace espalier
