#include <espalier/layers/stacked_rnn.h>

#include <array>
#include <optional>
#include <string>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/layers/initialize.h>
#include <espalier/ops/parallel.h>
#include <espalier/ops/rows.h>

namespace espalier {
namespace {

// The sequences that are not empty, and the nodes at which reading them begins and ends.
struct Ends {
  PoolVector<NodeId> sequences, first, last;

  Ends(const SequenceBatch& batch, Direction direction) {
    const std::span<const NodeId> begins = batch.first_read(direction);
    const std::span<const NodeId> ends = batch.last_read(direction);
    for (NodeId s = 0; s < batch.num_sequences(); ++s) {
      if (begins[s] == kNoNode) continue;
      sequences.push_back(s);
      first.push_back(begins[s]);
      last.push_back(ends[s]);
    }
  }
};

// How one direction is read.
struct Plan {
  Plan(Schedule order_, Ends ends_) : order(std::move(order_)), ends(std::move(ends_)) {}

  Schedule order;
  Ends ends;
};

// Row s of the result is that of sequence s's last node, or its initial row if it is empty: of
// columns first_column .. first_column + size - 1 of `states`.
Variable last_rows(const Variable& states, std::size_t first_column, std::size_t size,
                   const Variable& initial, const SequenceBatch& batch, const Ends& ends) {
  Variable last = gather_rows(states, ends.last);
  if (size < states.cols()) last = columns(last, first_column, size);
  if (ends.sequences.size() == batch.num_sequences()) return last;
  const Variable before =
      initial.defined() ? initial : Variable(Tensor::zeros({batch.num_sequences(), size}));
  const auto num_read = static_cast<std::uint32_t>(ends.sequences.size());
  PoolVector<std::uint32_t> rows(batch.num_sequences());
  for (NodeId s = 0; s < batch.num_sequences(); ++s) rows[s] = num_read + s;
  for (std::uint32_t i = 0; i < num_read; ++i) rows[ends.sequences[i]] = i;
  return gather_rows(concat_rows({last, before}), rows);
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
  std::array<std::optional<Plan>, 2> plans;
  parallel_blocks(num_directions(), [&](std::size_t d) {
    plans[d].emplace(schedule(sequences, kDirections[d]), Ends(sequences, kDirections[d]));
  });
  for (std::size_t i = 0; i < layers_.size(); i += num_directions()) {
    const NodeInputs input = i == 0 ? x : dropout_.forward(result.h, rng);
    const auto before = [&](std::size_t d) {
      return initial.empty() ? SequenceStates() : initial[i + d];
    };
    std::vector<Recurrence> runs;
    for (std::size_t d = 0; d < num_directions(); ++d) {
      const RecurrentLayer& layer = *layers_[i + d];
      const auto& [order, ends] = *plans[d];
      runs.push_back(
          layer.recurrence(input, order,
                           {.h = first_rows(before(d).h, sequences, layer.output_size(), ends),
                            .c = first_rows(before(d).c, sequences, layer.output_size(), ends),
                            .nodes = ends.first}));
    }
    const JoinedStates states = run_side_by_side(runs);
    result.h = states.first;
    for (std::size_t d = 0; d < num_directions(); ++d) {
      const std::size_t size = layers_[i]->output_size();
      const Ends& ends = plans[d]->ends;
      SequenceStates last;
      last.h = last_rows(states.first, d * size, size, before(d).h, sequences, ends);
      if (layers_[i]->has_cell()) {
        last.c = last_rows(states.others[d][0], 0, size, before(d).c, sequences, ends);
      }
      result.last.push_back(std::move(last));
    }
  }
  return result;
}

}  // namespace espalier
