#include <espalier/layers/forward_cell.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/base/memory.h>
#include <espalier/ops/kernels.h>
#include <espalier/ops/parallel.h>
#include <espalier/ops/rows.h>

namespace espalier {
namespace detail {

namespace {

enum class Gathering { kInput, kOne, kSum, kMean, kEach };

// Columns that one task adds up, so that a sum's order does not depend on the threads.
constexpr std::size_t kBlockColumns = 64;

}  // namespace

// A run of a cell, forward and then backward.
class WavefrontRun {
 public:
  WavefrontRun(const ForwardCell& cell, const Schedule& schedule, const ForwardCellInputs& inputs,
               bool records);

  void forward();
  void backward(std::span<const Tensor* const> gradients);
  std::vector<Tensor> states() const {
    std::vector<Tensor> all;
    for (const Tensor& state : states_) all.push_back(state.alias());
    return all;
  }

 private:
  friend class espalier::Wavefront;

  // What was read in a wavefront: a variable that begins the record of that wavefront.
  struct Read {
    Gathering gathering;
    const ScheduledRelation* relation;  // Null for an input.
    std::size_t number;                 // Of the part, or of the input.
    Variable variable;
  };
  struct Level {
    std::vector<Read> reads;
    std::vector<Variable> outputs;
    std::vector<std::pair<const ScheduledRelation*, std::vector<EdgeId>>> offsets;
  };

  Variable leaf(Tensor value) const {
    return records_ ? Variable::parameter(std::move(value)) : Variable(std::move(value));
  }
  RowRange rows(std::size_t level) const { return schedule_.wavefront(level); }
  EdgeId first_edge(std::size_t level, const ScheduledRelation& relation) const {
    return relation.offsets[rows(level).begin];
  }
  std::size_t width(std::size_t part) const;
  const float* source(const ScheduledRelation& relation, std::size_t part, EdgeId edge) const;
  Variable read(std::size_t level, Gathering gathering, const ScheduledRelation* relation,
                std::size_t number);
  Tensor gather(std::size_t level, const Read& read) const;
  std::span<const EdgeId> offsets(std::size_t level, const ScheduledRelation& relation);
  void check_outputs(std::size_t level) const;
  void check_record(const Variable& output) const;
  void send(std::size_t level, const Read& read, std::vector<Tensor>& sums,
            std::vector<Tensor>& old_sums, std::vector<Tensor>& input_gradients) const;

  ForwardCell cell_;
  Schedule schedule_;
  ForwardCellInputs inputs_;
  bool records_;
  std::uint64_t begin_ = 0;       // Operations of the cell have greater numbers.
  std::vector<Variable> shared_;  // What stands for the shared ones inside.
  std::vector<Tensor> states_;    // In node order.
  std::vector<Level> levels_;     // While recording all, else the last alone.
  Tensor zeros_;
};

WavefrontRun::WavefrontRun(const ForwardCell& cell, const Schedule& schedule,
                           const ForwardCellInputs& inputs, bool records)
    : cell_(cell), schedule_(schedule), inputs_(inputs), records_(records) {
  const std::size_t n = schedule_.num_nodes();
  if (cell_.state.empty()) throw OptionError("a cell's state has no parts, expected one or more");
  std::size_t widest = 0;
  for (const std::size_t width : cell_.state) {
    if (width == 0) throw OptionError("a part of a cell's state has width 0, expected 1 or more");
    widest = std::max(widest, width);
    states_.push_back(Tensor::uninitialized({n, width}));
  }
  zeros_ = Tensor::zeros({widest});
  for (std::size_t i = 0; i < inputs_.inputs.size(); ++i) {
    const Variable& input = inputs_.inputs[i];
    check_shape(input.shape(), {n, input.cols()}, message("input ", i, " of a cell").c_str());
  }
  if (inputs_.old_states.empty()) inputs_.old_states.resize(cell_.state.size());
  if (inputs_.old_states.size() != cell_.state.size()) {
    throw ShapeError(message(inputs_.old_states.size(), " old states, expected ",
                             cell_.state.size(), ", one for each part of the state"));
  }
  for (std::size_t part = 0; part < cell_.state.size(); ++part) {
    if (!inputs_.old_states[part].defined()) continue;
    check_shape(inputs_.old_states[part].shape(), {n, cell_.state[part]}, "old states");
  }
  for (const Variable& shared : inputs_.shared) shared_.push_back(leaf(shared.value().alias()));
}

std::size_t WavefrontRun::width(std::size_t part) const {
  if (part < cell_.state.size()) return cell_.state[part];
  throw OptionError(message("a cell asks for state part ", part, " of ", cell_.state.size()));
}

const float* WavefrontRun::source(const ScheduledRelation& relation, std::size_t part,
                                  EdgeId edge) const {
  const NodeId node = schedule_.nodes()[relation.predecessors[edge]];
  if (relation.reads == Reads::kNewStates) return states_[part].row(node).data();
  const Variable& old = inputs_.old_states[part];
  return old.defined() ? old.value().row(node).data() : zeros_.data();
}

// --- Forward ------------------------------------------------------------------------------------

Tensor WavefrontRun::gather(std::size_t level, const Read& read) const {
  const auto range = rows(level);
  const auto begin = range.begin, end = range.end;  // By name: clang 14 captures no bindings.
  const std::size_t size = end - begin;
  const bool is_input = read.gathering == Gathering::kInput;
  const std::size_t cols = is_input ? inputs_.inputs[read.number].cols() : cell_.state[read.number];
  const bool by_edge = read.gathering == Gathering::kEach;
  const std::size_t num_rows =
      by_edge ? read.relation->offsets[end] - read.relation->offsets[begin] : size;
  Tensor to = Tensor::uninitialized({num_rows, cols});
  constexpr std::size_t kBlockRows = 64;
  parallel_rows(num_rows, kBlockRows, [&](std::size_t first, std::size_t last) {
    for (std::size_t r = first; r < last; ++r) {
      float* const row = to.row(r).data();
      if (is_input) {
        const NodeId node = schedule_.nodes()[begin + r];
        std::ranges::copy(inputs_.inputs[read.number].value().row(node), row);
        continue;
      }
      if (by_edge) {
        std::copy_n(source(*read.relation, read.number, read.relation->offsets[begin] + r), cols,
                    row);
        continue;
      }
      const EdgeId from = read.relation->offsets[begin + r];
      const EdgeId to_edge = read.relation->offsets[begin + r + 1];
      if (from == to_edge) {
        std::fill_n(row, cols, 0.0f);
        continue;
      }
      std::copy_n(source(*read.relation, read.number, from), cols, row);
      for (EdgeId e = from + 1; e < to_edge; ++e) {
        kernels().add(cols, source(*read.relation, read.number, e), row);
      }
      if (read.gathering != Gathering::kMean) continue;
      const float share = 1.0f / static_cast<float>(to_edge - from);
      for (std::size_t i = 0; i < cols; ++i) row[i] *= share;
    }
  });
  return to;
}

// The same is read once.
Variable WavefrontRun::read(std::size_t level, Gathering gathering,
                            const ScheduledRelation* relation, std::size_t number) {
  std::vector<Read>& reads = levels_.back().reads;
  for (const Read& read : reads) {
    if (read.gathering == gathering && read.relation == relation && read.number == number) {
      return read.variable;
    }
  }
  Read made{.gathering = gathering, .relation = relation, .number = number, .variable = {}};
  made.variable = leaf(gather(level, made));
  reads.push_back(made);
  return made.variable;
}

std::span<const EdgeId> WavefrontRun::offsets(std::size_t level,
                                              const ScheduledRelation& relation) {
  auto& known = levels_.back().offsets;
  for (const auto& [of, offsets] : known) {
    if (of == &relation) return offsets;
  }
  const auto range = rows(level);
  const auto begin = range.begin, end = range.end;
  std::vector<EdgeId> own;
  for (NodeId row = begin; row <= end; ++row) {
    own.push_back(relation.offsets[row] - relation.offsets[begin]);
  }
  return known.emplace_back(&relation, std::move(own)).second;
}

void WavefrontRun::check_outputs(std::size_t level) const {
  const std::vector<Variable>& outputs = levels_.back().outputs;
  if (outputs.size() != cell_.state.size()) {
    throw OptionError(message("a cell returns ", outputs.size(), " parts of a state, expected ",
                              cell_.state.size()));
  }
  for (std::size_t part = 0; part < outputs.size(); ++part) {
    const Shape expected{rows(level).size(), cell_.state[part]};
    if (outputs[part].defined() && outputs[part].shape() == expected) continue;
    throw ShapeError(message("wavefront ", level, ": a cell returns state part ", part, " as ",
                             outputs[part].defined() ? outputs[part].shape().to_string()
                                                     : std::string("an undefined variable"),
                             ", expected ", expected.to_string()));
  }
}

// What the cell computes from must begin inside: else its backward pass would go through, and use
// up, a record that is not its own.
void WavefrontRun::check_record(const Variable& output) const {
  if (!computed_since(output, begin_)) {
    throw Error(
        "a cell uses a variable that was computed outside of it; pass it as one of `shared`");
  }
}

void WavefrontRun::forward() {
  begin_ = last_operation();
  for (std::size_t level = 0; level < schedule_.num_wavefronts(); ++level) {
    if (!records_) levels_.clear();
    levels_.emplace_back();
    levels_.back().outputs = cell_.forward(Wavefront(*this, level));
    check_outputs(level);
    const auto range = rows(level);
    const auto begin = range.begin, end = range.end;
    for (std::size_t part = 0; part < states_.size(); ++part) {
      const Variable& output = levels_.back().outputs[part];
      if (records_) check_record(output);
      for (NodeId row = begin; row < end; ++row) {
        std::ranges::copy(output.value().row(row - begin),
                          states_[part].row(schedule_.nodes()[row]).data());
      }
    }
  }
}

// --- Backward -----------------------------------------------------------------------------------

// Adds the gradient of what was read to those of its sources, in the order of the edges.
void WavefrontRun::send(std::size_t level, const Read& read, std::vector<Tensor>& sums,
                        std::vector<Tensor>& old_sums, std::vector<Tensor>& input_gradients) const {
  const Tensor& gradient = read.variable.gradient();
  const auto range = rows(level);
  const auto begin = range.begin, end = range.end;
  if (read.gathering == Gathering::kInput) {
    Tensor& to = input_gradients[read.number];
    for (NodeId row = begin; row < end && !to.empty(); ++row) {
      float* const sum = to.row(schedule_.nodes()[row]).data();
      if (!gradient.empty()) kernels().add(to.cols(), gradient.row(row - begin).data(), sum);
    }
    return;
  }
  const bool old = read.relation->reads == Reads::kOldStates;
  Tensor& to = old ? old_sums[read.number] : sums[read.number];
  if (gradient.empty() || to.empty()) return;
  const ScheduledRelation& relation = *read.relation;
  parallel_rows(to.cols(), kBlockColumns, [&](std::size_t first, std::size_t last) {
    for (NodeId row = begin; row < end; ++row) {
      const EdgeId from = relation.offsets[row], until = relation.offsets[row + 1];
      const float share =
          read.gathering == Gathering::kMean ? 1.0f / static_cast<float>(until - from) : 1.0f;
      for (EdgeId e = from; e < until; ++e) {
        const std::size_t r =
            read.gathering == Gathering::kEach ? e - relation.offsets[begin] : row - begin;
        float* const sum = to.row(schedule_.nodes()[relation.predecessors[e]]).data();
        kernels().add_scaled(last - first, share, gradient.row(r).data() + first, sum + first);
      }
    }
  });
}

void WavefrontRun::backward(std::span<const Tensor* const> gradients) {
  std::vector<Tensor> sums, old_sums, input_gradients;
  for (std::size_t part = 0; part < states_.size(); ++part) {
    sums.push_back(gradients[part] == nullptr ? Tensor::zeros(states_[part].shape())
                                              : gradients[part]->clone());
    const Variable& old = inputs_.old_states[part];
    old_sums.push_back(old.requires_gradient() ? Tensor::zeros(old.shape()) : Tensor());
  }
  for (const Variable& input : inputs_.inputs) {
    input_gradients.push_back(input.requires_gradient() ? Tensor::zeros(input.shape()) : Tensor());
  }
  for (std::size_t level = schedule_.num_wavefronts(); level-- > 0;) {
    Level& of_level = levels_[level];
    const auto range = rows(level);
    const auto begin = range.begin, end = range.end;
    std::vector<Tensor> seeds;
    for (std::size_t part = 0; part < states_.size(); ++part) {
      seeds.push_back(gather_rows(MatrixView(sums[part].view()),
                                  schedule_.nodes().subspan(begin, end - begin)));
    }
    espalier::backward(of_level.outputs, seeds);
    for (const Read& read : of_level.reads) send(level, read, sums, old_sums, input_gradients);
    of_level = {};
  }
  for (std::size_t i = 0; i < inputs_.inputs.size(); ++i) {
    if (inputs_.inputs[i].requires_gradient()) {
      inputs_.inputs[i].add_gradient(std::move(input_gradients[i]));
    }
  }
  for (std::size_t part = 0; part < states_.size(); ++part) {
    if (!old_sums[part].empty()) inputs_.old_states[part].add_gradient(std::move(old_sums[part]));
  }
  for (std::size_t i = 0; i < shared_.size(); ++i) {
    if (!inputs_.shared[i].requires_gradient() || shared_[i].gradient().empty()) continue;
    inputs_.shared[i].add_gradient(shared_[i].gradient().clone());
  }
}

}  // namespace detail

// --- Wavefront ----------------------------------------------------------------------------------

using detail::Gathering;

std::size_t Wavefront::size() const { return run_.rows(level_).size(); }

NodeId Wavefront::node(std::size_t row) const {
  return run_.schedule_.nodes()[run_.rows(level_).begin + row];
}

Variable Wavefront::input(std::size_t i) const {
  if (i >= run_.inputs_.inputs.size()) {
    throw OptionError(message("a cell asks for input ", i, " of ", run_.inputs_.inputs.size()));
  }
  return run_.read(level_, Gathering::kInput, nullptr, i);
}

Variable Wavefront::shared(std::size_t i) const {
  if (i >= run_.shared_.size()) {
    throw OptionError(message("a cell asks for shared variable ", i, " of ", run_.shared_.size()));
  }
  return run_.shared_[i];
}

Variable Wavefront::one(std::string_view relation, std::size_t part) const {
  const ScheduledRelation& r = run_.schedule_.relation(relation);
  run_.width(part);
  const auto [begin, end] = run_.rows(level_);
  for (NodeId row = begin; row < end; ++row) {
    if (r.of(row).size() <= 1) continue;
    throw GraphError(message("node ", run_.schedule_.nodes()[row], " has ", r.of(row).size(),
                             " predecessors in \"", relation, "\", expected at most one"));
  }
  return run_.read(level_, Gathering::kOne, &r, part);
}

Variable Wavefront::sum(std::string_view relation, std::size_t part) const {
  run_.width(part);
  return run_.read(level_, Gathering::kSum, &run_.schedule_.relation(relation), part);
}

Variable Wavefront::mean(std::string_view relation, std::size_t part) const {
  run_.width(part);
  return run_.read(level_, Gathering::kMean, &run_.schedule_.relation(relation), part);
}

Variable Wavefront::each(std::string_view relation, std::size_t part) const {
  run_.width(part);
  return run_.read(level_, Gathering::kEach, &run_.schedule_.relation(relation), part);
}

std::span<const EdgeId> Wavefront::offsets(std::string_view relation) const {
  return run_.offsets(level_, run_.schedule_.relation(relation));
}

Variable Wavefront::to_edges(const Variable& rows, std::string_view relation) const {
  check_shape(rows.shape(), {size(), rows.cols()}, "rows of a wavefront's nodes");
  const std::span<const EdgeId> ends = offsets(relation);
  std::vector<std::uint32_t> row_of_edge;
  row_of_edge.reserve(ends.back());
  for (std::uint32_t r = 0; r < size(); ++r) row_of_edge.resize(ends[r + 1], r);
  return gather_rows(rows, row_of_edge);
}

std::vector<Variable> run_forward_cell(const ForwardCell& cell, const Schedule& schedule,
                                       const ForwardCellInputs& inputs,
                                       std::span<const NamedParameter> parameters) {
  std::vector<Variable> variables;
  for (const auto* some : {&inputs.inputs, &inputs.shared, &inputs.old_states}) {
    variables.insert(variables.end(), some->begin(), some->end());
  }
  for (const NamedParameter& p : parameters) variables.push_back(p.variable);
  const auto run =
      std::make_shared<detail::WavefrontRun>(cell, schedule, inputs, records(variables));
  run->forward();
  std::vector<Tensor> states = run->states();
  const auto results = Recorder::record(
      states, variables,
      [run](std::span<const Tensor* const> gradients) { run->backward(gradients); });
  return {results.begin(), results.end()};
}

}  // namespace espalier
