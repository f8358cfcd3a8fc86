#include <espalier/layers/recurrence.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/ops/kernels.h>
#include <espalier/ops/parallel.h>

namespace espalier {
namespace {

// Memory that a tile takes and forgets; each thread has its own and keeps it.
class Scratch {
 public:
  static Scratch& mine() {
    thread_local Scratch scratch;
    return scratch;
  }

  void reset() {
    if (chunks_.size() > 1) {  // The last chunk alone would have been enough for all.
      std::swap(chunks_.front(), chunks_.back());
      chunks_.resize(1);
    }
    used_ = 0;
  }

  float* take(std::size_t size) {
    size = (size + 15) / 16 * 16;  // Whole cache lines.
    if (chunks_.empty() || used_ + size > chunks_.back().size()) {
      const std::size_t held = chunks_.empty() ? kFirstChunk : chunks_.back().size();
      chunks_.push_back(Tensor::uninitialized({2 * held + size}));
      used_ = 0;
    }
    used_ += size;
    return chunks_.back().data() + used_ - size;
  }

 private:
  static constexpr std::size_t kFirstChunk = 1 << 17;

  PoolVector<Tensor> chunks_;
  std::size_t used_ = 0;  // Of the last chunk.
};

constexpr std::size_t kLeastShare =
    32;  // Rows: thinner tiles cost more than a second thread gains.

}  // namespace

// --- Tile ---------------------------------------------------------------------------------------

Tile::Tile(Sweep& sweep, std::size_t level, RowRange rows)
    : sweep_(sweep), level_(level), rows_(rows) {
  Scratch::mine().reset();
  if (sweep_.keep_fields_) return;
  // Nobody will ask for the fields again: they live in scratch memory.
  for (const std::size_t width : sweep_.layout_.node_fields) {
    fields_.push_back(scratch(size(), width));
  }
  for (std::size_t use = 0; use < sweep_.layout_.relations.size(); ++use) {
    for (const std::size_t width : sweep_.layout_.relations[use].fields) {
      edge_fields_.push_back(scratch(num_edges(use), width));
    }
  }
}

NodeId Tile::node(NodeId row) const { return sweep_.schedule_.nodes()[row]; }

const ScheduledRelation& Tile::relation(std::size_t use) const { return sweep_.relation(use); }

float* Tile::state(std::size_t part, NodeId row) const {
  assert(rows_.begin <= row && row < rows_.end);
  return sweep_.state_row(part, row);
}

const float* Tile::source_state(std::size_t use, std::size_t part, EdgeId edge) const {
  const ScheduledRelation& r = relation(use);
  const NodeId source = r.predecessors[edge];
  if (r.reads == Reads::kNewStates) return sweep_.state_row(part, source);
  return sweep_.old_states_[part].value().row(node(source)).data();
}

MutableMatrixView Tile::field(std::size_t field) const {
  if (!sweep_.keep_fields_) return fields_[field];
  return sweep_.fields_[field].view().slice(rows_.begin, rows_.end);
}

MutableMatrixView Tile::edge_field(std::size_t use, std::size_t field) const {
  if (sweep_.keep_fields_) {
    const EdgeId first = first_edge(use);
    return sweep_.uses_[use].fields[field].view().slice(first, first + num_edges(use));
  }
  for (std::size_t u = 0; u < use; ++u) field += sweep_.layout_.relations[u].fields.size();
  return edge_fields_[field];
}

MutableMatrixView Tile::gradient(std::size_t part) const { return gradients_[part]; }

MutableMatrixView Tile::edge_gradients(std::size_t use, std::size_t part) const {
  Sweep::Use& u = sweep_.uses_[use];
  Sweep::PartGradient& p = u.parts[part];
  assert(p.reads);
  if (p.kind == EdgeGradient::kShared) return p.rows.view().slice(rows_.begin, rows_.end);
  Tensor& rows = p.kind == EdgeGradient::kField ? u.fields[p.field] : p.rows;
  const EdgeId first = first_edge(use);
  return rows.view().slice(first, first + num_edges(use));
}

MutableMatrixView Tile::scratch(std::size_t rows, std::size_t cols) const {
  return {Scratch::mine().take(rows * cols), rows, cols};
}

// --- Sweep --------------------------------------------------------------------------------------

Sweep::Sweep(std::shared_ptr<RecurrentCell> cell, const Schedule& schedule,
             std::span<const Variable> old_states, bool keep_fields, const SweepOptions& options)
    : cell_(std::move(cell)),
      schedule_(schedule),
      layout_(cell_->layout()),
      options_(options),
      keep_fields_(keep_fields),
      old_states_(old_states.begin(), old_states.end()) {
  if (options_.tile_rows == 0) throw OptionError("tile_rows is 0, expected 1 or more");
  if (layout_.state.empty() || !layout_.state[0].output) {
    throw OptionError("the first part of a cell's state is no output");
  }
  const std::size_t n = schedule_.num_nodes();
  for (const RelationUse& layout : layout_.relations) {
    Use use;
    use.relation = &schedule_.relation(layout.relation);
    use.parts.resize(layout_.state.size());
    for (const PartUse& p : layout.parts) {
      use.parts[p.part] = {.reads = true, .kind = p.gradient, .field = p.field, .rows = {}};
      if (use.relation->reads == Reads::kNewStates) continue;
      if (old_states_.size() != layout_.state.size()) {
        throw ShapeError(message("relation \"", layout.relation, "\" reads old states, ",
                                 layout_.state.size(), " tensors; ", old_states_.size(), " given"));
      }
      check_shape(old_states_[p.part].shape(), {n, layout_.state[p.part].width}, "old states");
    }
    uses_.push_back(std::move(use));
  }
}

Sweep::~Sweep() = default;

float* Sweep::state_row(std::size_t part, NodeId row) {
  return states_[part].view.row(layout_.state[part].output ? schedule_.nodes()[row] : row);
}

void Sweep::allocate(MutableStridedView first_part) {
  const std::size_t n = schedule_.num_nodes();
  for (const StatePart& part : layout_.state) {
    if (states_.empty()) {
      states_.push_back({.view = first_part, .own = {}});
      continue;
    }
    Tensor own = Tensor::uninitialized({n, part.width});
    const MutableStridedView view{own.data(), n, part.width, part.width};
    states_.push_back({.view = view, .own = std::move(own)});
  }
  if (!keep_fields_) return;
  for (const std::size_t width : layout_.node_fields) {
    fields_.push_back(Tensor::uninitialized({n, width}));
  }
  for (std::size_t u = 0; u < uses_.size(); ++u) {
    for (const std::size_t width : layout_.relations[u].fields) {
      uses_[u].fields.push_back(
          Tensor::uninitialized({uses_[u].relation->predecessors.size(), width}));
    }
  }
}

// How many shares the lanes are cut into for the threads; 1 if they are too few or too unequal.
std::size_t Sweep::num_shares() const {
  const std::size_t lanes = schedule_.num_lanes();
  const std::size_t shares = std::min(lanes, static_cast<std::size_t>(num_threads()));
  for (std::size_t s = 0; s < shares; ++s) {
    const std::size_t size = schedule_.lane_size(s * lanes / shares, (s + 1) * lanes / shares);
    if (2 * size * shares > 3 * std::size_t{schedule_.num_nodes()}) return 1;
  }
  return shares;
}

// The rows of one level in even tiles: side by side, or one after the other.
template <class Visit>
void Sweep::for_each_tile(std::size_t level, RowRange range, bool parallel, const Visit& visit) {
  const std::size_t least = parallel ? static_cast<std::size_t>(num_threads()) : 1;
  const std::size_t wanted = std::max((range.size() + options_.tile_rows - 1) / options_.tile_rows,
                                      std::min<std::size_t>(least, range.size() / kLeastShare));
  const std::size_t tiles = std::max<std::size_t>(wanted, range.size() > 0 ? 1 : 0);
  const auto visit_tile = [&](std::size_t t) {
    const auto row = [&](std::size_t k) {
      return range.begin + static_cast<NodeId>(k * range.size() / tiles);
    };
    Tile tile(*this, level, {row(t), row(t + 1)});
    visit(tile);
  };
  if (parallel) {
    parallel_blocks(tiles, visit_tile);
  } else {
    for (std::size_t t = 0; t < tiles; ++t) visit_tile(t);
  }
}

// The first wavefront, by far the widest, is cut evenly among the threads. In the others lanes need
// no barrier between wavefronts: each thread sweeps a share of them from end to end; but where
// there are no good shares, the tiles of each wavefront are cut among the threads too.
template <class Visit>
void Sweep::sweep(bool forward, const Visit& visit) {
  const std::size_t levels = schedule_.num_wavefronts();
  if (levels == 0) return;
  const std::size_t lanes = schedule_.num_lanes();
  const std::size_t shares = num_shares();
  const auto first_wavefront = [&] {
    for_each_tile(0, schedule_.wavefront(0), /*parallel=*/true, visit);
  };
  if (forward) first_wavefront();
  parallel_blocks(shares, [&](std::size_t share) {
    for (std::size_t i = 1; i < levels; ++i) {
      const std::size_t level = forward ? i : levels - i;
      const RowRange range =
          schedule_.range(level, share * lanes / shares, (share + 1) * lanes / shares);
      for_each_tile(level, range, /*parallel=*/shares == 1, visit);
    }
  });
  if (!forward) first_wavefront();
}

void Sweep::forward(MutableStridedView first_part) {
  allocate(first_part);
  cell_->begin(*this);
  sweep(true, [this](Tile& tile) { cell_->forward(tile); });
}

// visit(gradient) for every edge that reads a row, by the row that reads.
template <class Visit>
void Sweep::for_each_reader(const Use& use, std::size_t part, NodeId row,
                            const Visit& visit) const {
  const PartGradient& p = use.parts[part];
  const Tensor& gradients = p.kind == EdgeGradient::kField ? use.fields[p.field] : p.rows;
  const ScheduledRelation& relation = *use.relation;
  for (EdgeId i = relation.reader_offsets[row]; i < relation.reader_offsets[row + 1]; ++i) {
    const bool shared = p.kind == EdgeGradient::kShared;
    visit(gradients.row(shared ? relation.reading_rows[i] : relation.readers[i]).data());
  }
}

void Sweep::gather_gradients(Tile& tile) {
  const Kernels& k = kernels();
  for (std::size_t part = 0; part < layout_.state.size(); ++part) {
    const std::size_t width = layout_.state[part].width;
    const MutableMatrixView sums = tile.scratch(tile.size(), width);
    const StridedView& outer = output_gradients_[part];
    for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
      float* const sum = sums.data + (row - tile.rows().begin) * width;
      bool started = outer.data != nullptr;
      if (started) std::copy_n(outer.row(tile.node(row)), width, sum);
      for (const Use& use : uses_) {
        if (use.relation->reads == Reads::kOldStates || !use.parts[part].reads) continue;
        for_each_reader(use, part, row, [&](const float* gradient) {
          if (started) {
            k.add(width, gradient, sum);
          } else {
            std::copy_n(gradient, width, sum);
            started = true;
          }
        });
      }
      if (!started) std::fill_n(sum, width, 0.0f);
      if (options_.observe) options_.observe(part, tile.node(row), {sum, width});
    }
    tile.gradients_.push_back(sums);
  }
}

// What flowed through the edges of relations that read old states, summed by source.
void Sweep::send_old_gradients() {
  constexpr std::size_t kBlockRows = 64;
  for (const Use& use : uses_) {
    if (use.relation->reads == Reads::kNewStates) continue;
    for (std::size_t part = 0; part < layout_.state.size(); ++part) {
      if (!use.parts[part].reads || !old_states_[part].requires_gradient()) continue;
      Tensor& sums = old_states_[part].mutable_gradient();
      parallel_rows(schedule_.num_nodes(), kBlockRows, [&](std::size_t begin, std::size_t end) {
        for (auto row = static_cast<NodeId>(begin); row < end; ++row) {
          float* const sum = sums.row(schedule_.nodes()[row]).data();
          for_each_reader(use, part, row, [&](const float* gradient) {
            kernels().add(sums.cols(), gradient, sum);
          });
        }
      });
    }
  }
}

void Sweep::backward(std::span<const StridedView> gradients) {
  for (const StatePart& part : layout_.state) {
    output_gradients_.push_back(part.output ? gradients.front() : StridedView());
    if (part.output) gradients = gradients.subspan(1);
  }
  for (Use& use : uses_) {
    for (std::size_t part = 0; part < use.parts.size(); ++part) {
      PartGradient& p = use.parts[part];
      if (!p.reads || p.kind == EdgeGradient::kField) continue;
      const std::size_t rows = p.kind == EdgeGradient::kShared ? std::size_t{schedule_.num_nodes()}
                                                               : use.relation->predecessors.size();
      p.rows = Tensor::uninitialized({rows, layout_.state[part].width});
    }
  }
  sweep(false, [this](Tile& tile) {
    gather_gradients(tile);
    cell_->backward(tile);
  });
}

void Sweep::append_outputs(PoolVector<Tensor>& outputs) const {
  for (std::size_t part = 1; part < layout_.state.size(); ++part) {
    if (layout_.state[part].output) outputs.push_back(states_[part].own.alias());
  }
}

void Sweep::finish() {
  send_old_gradients();
  cell_->finish(*this);
}

// --- The entry on the record --------------------------------------------------------------------

namespace {

// One of several runs, and which of their results together are its own.
struct RecordedRun {
  std::shared_ptr<Sweep> sweep;
  bool records = false;          // Does it go backward?
  std::size_t first_column = 0;  // Of the joined first parts.
  std::size_t first_output = 0, num_outputs = 0;
};
using RecordedRuns = PoolVector<RecordedRun>;

// The gradients of a run's output parts; empty if none reached it or none is wanted.
PoolVector<StridedView> gradients_of(const RecordedRun& run,
                                     std::span<const Tensor* const> gradients) {
  if (!run.records) return {};
  PoolVector<StridedView> own(1 + run.num_outputs);
  const std::size_t width = run.sweep->layout().state[0].width;
  if (gradients[0] != nullptr) own[0] = {gradients[0]->view(), run.first_column, width};
  for (std::size_t i = 0; i < run.num_outputs; ++i) {
    const Tensor* const gradient = gradients[run.first_output + i];
    if (gradient != nullptr) own[1 + i] = gradient->view();
  }
  const auto is_missing = [](const StridedView& gradient) { return gradient.data == nullptr; };
  if (std::ranges::all_of(own, is_missing)) own.clear();
  return own;
}

// Gradients of what runs share are added in the order of the runs, so that bits do not depend on
// which ends first.
void run_backward(const RecordedRuns& runs, std::span<const Tensor* const> gradients) {
  PoolVector<PoolVector<StridedView>> own;
  for (const RecordedRun& run : runs) own.push_back(gradients_of(run, gradients));
  parallel_blocks(runs.size(), [&](std::size_t r) {
    if (!own[r].empty()) runs[r].sweep->backward(own[r]);
  });
  for (std::size_t r = 0; r < runs.size(); ++r) {
    if (!own[r].empty()) runs[r].sweep->finish();
  }
}

// The runs, with their places among all columns of the joined first parts.
RecordedRuns make_sweeps(std::span<const Recurrence> runs) {
  RecordedRuns made;
  std::size_t column = 0;
  for (const Recurrence& run : runs) {
    if (run.schedule.num_nodes() != runs[0].schedule.num_nodes()) {
      throw GraphError(message("runs side by side over ", runs[0].schedule.num_nodes(), " and ",
                               run.schedule.num_nodes(), " nodes"));
    }
    const bool records = recording(run.inputs) || recording(run.old_states);
    made.push_back(
        {.sweep = std::allocate_shared<Sweep>(PoolAllocator<Sweep>(), run.cell, run.schedule,
                                              run.old_states, records, run.options),
         .records = records,
         .first_column = column});
    column += made.back().sweep->layout().state[0].width;
  }
  return made;
}

}  // namespace

JoinedStates run_side_by_side(std::span<const Recurrence> runs) {
  assert(!runs.empty());
  PoolVector<Variable> inputs;
  for (const Recurrence& run : runs) {
    inputs.insert(inputs.end(), run.inputs.begin(), run.inputs.end());
    inputs.insert(inputs.end(), run.old_states.begin(), run.old_states.end());
  }
  const std::size_t n = runs[0].schedule.num_nodes();
  RecordedRuns made = make_sweeps(runs);
  const auto width = [](const RecordedRun& run) { return run.sweep->layout().state[0].width; };
  const std::size_t columns = made.back().first_column + width(made.back());
  PoolVector<Tensor> outputs;
  outputs.push_back(Tensor::uninitialized({n, columns}));
  float* const joined = outputs[0].data();
  parallel_blocks(made.size(), [&](std::size_t r) {
    const RecordedRun& run = made[r];
    run.sweep->forward({joined + run.first_column, n, width(run), columns});
  });
  for (RecordedRun& run : made) {
    run.first_output = outputs.size();
    run.sweep->append_outputs(outputs);
    run.num_outputs = outputs.size() - run.first_output;
  }
  // Cells read their states backward, also where the caller has kept none.
  PoolVector<Variable> results = Recorder::record(
      outputs, inputs,
      [made, first = outputs[0].alias()](std::span<const Tensor* const> gradients) {
        run_backward(made, gradients);
      });
  JoinedStates states{.first = results[0], .others = {}};
  for (const RecordedRun& run : made) {
    const auto first = results.begin() + static_cast<std::ptrdiff_t>(run.first_output);
    states.others.emplace_back(first, first + static_cast<std::ptrdiff_t>(run.num_outputs));
  }
  return states;
}

PoolVector<Variable> run_recurrence(std::shared_ptr<RecurrentCell> cell, const Schedule& schedule,
                                    std::span<const Variable> inputs,
                                    std::span<const Variable> old_states,
                                    const SweepOptions& options) {
  Recurrence run{.cell = std::move(cell),
                 .schedule = schedule,
                 .inputs = {inputs.begin(), inputs.end()},
                 .old_states = {old_states.begin(), old_states.end()},
                 .options = options};
  JoinedStates states = run_side_by_side({&run, 1});
  PoolVector<Variable> outputs = {std::move(states.first)};
  outputs.insert(outputs.end(), states.others[0].begin(), states.others[0].end());
  return outputs;
}

}  // namespace espalier
