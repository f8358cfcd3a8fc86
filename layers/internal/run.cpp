#include <espalier/layers/internal/run.h>

#include <algorithm>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/ops/kernels.h>
#include <espalier/ops/parallel.h>

namespace espalier::detail {
namespace {

// Rows of work: thinner tiles cost more than a second thread gains.
constexpr std::size_t kLeastShare = 32;

void check_number(std::string_view relation, const char* what, std::size_t number,
                  std::size_t limit) {
  if (number < limit) return;
  throw OptionError(message("a cell's use of the relation \"", relation, "\" names ", what, ' ',
                            number, ", expected less than ", limit));
}

}  // namespace

Run::Run(std::shared_ptr<RecurrentCell> cell, const Schedule& schedule,
         std::span<const Variable> old_states, bool keep_fields, const SweepOptions& options)
    : cell_(std::move(cell)),
      schedule_(schedule),
      layout_(cell_->layout()),
      options_(options),
      keep_fields_(keep_fields),
      tile_nodes_(0),
      old_states_(old_states.begin(), old_states.end()) {
  check_layout();
  tile_nodes_ = std::max<std::size_t>(1, options_.tile_rows / layout_.rows_per_node);
  if (old_states_.empty()) old_states_.resize(layout_.state.size());
  if (old_states_.size() != layout_.state.size()) {
    throw ShapeError(message(old_states_.size(), " old states, expected ", layout_.state.size(),
                             ", one for each part of the state"));
  }
  std::size_t widest = 0;
  for (std::size_t part = 0; part < layout_.state.size(); ++part) {
    const std::size_t width = layout_.state[part].width;
    widest = std::max(widest, width);
    if (!old_states_[part].defined()) continue;
    check_shape(old_states_[part].shape(), {schedule_.num_nodes(), width}, "old states");
  }
  zeros_ = Tensor::zeros({widest});
  for (const RelationUse& use : layout_.relations) uses_.push_back(make_use(use));
}

void Run::check_layout() const {
  if (options_.tile_rows == 0) throw OptionError("tile_rows is 0, expected 1 or more");
  if (layout_.rows_per_node == 0) {
    throw OptionError("a cell's rows_per_node is 0, expected 1 or more");
  }
  if (layout_.state.empty() || !layout_.state[0].output) {
    throw OptionError("the first part of a cell's state is no output");
  }
  for (const RelationUse& use : layout_.relations) {
    for (const PartUse& read : use.parts) {
      check_number(use.relation, "state part", read.part, layout_.state.size());
      if (read.joined && read.gradient != EdgeGradient::kShared) {
        throw OptionError(message("a cell's use of the relation \"", use.relation,
                                  "\" joins gradients that are not shared by the edges"));
      }
      if (read.gradient != EdgeGradient::kField) continue;
      check_number(use.relation, "edge field", read.field, use.fields.size());
      const std::size_t width = use.fields[read.field], expected = layout_.state[read.part].width;
      if (width == expected) continue;
      throw OptionError(message("a cell's use of the relation \"", use.relation,
                                "\" puts gradients of width ", expected, " in edge field ",
                                read.field, " of width ", width));
    }
  }
}

Run::Use Run::make_use(const RelationUse& layout) const {
  Use use;
  use.relation = &schedule_.relation(layout.relation);
  for (const PartUse& part : layout.parts) {
    if (part.reads == Reads::kNewStates && use.relation->reads == Reads::kOldStates) {
      throw GraphError(message("relation \"", layout.relation,
                               "\" reads old states, expected one that reads new states"));
    }
    use.reads.push_back({.part = part.part,
                         .old = part.reads == Reads::kOldStates,
                         .kind = part.gradient,
                         .field = part.field,
                         .joined = part.joined,
                         .own = {},
                         .rows = {}});
  }
  return use;
}

const float* Run::source_row(const Read& read, NodeId source) {
  if (!read.old) return state_row(read.part, source);
  const Variable& old = old_states_[read.part];
  return old.defined() ? old.value().row(schedule_.nodes()[source]).data() : zeros_.data();
}

void Run::allocate(MutableStridedView first_part) {
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
std::size_t Run::num_shares() const {
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
void Run::for_each_tile(std::size_t level, RowRange range, bool parallel, const Visit& visit) {
  const std::size_t least = parallel ? static_cast<std::size_t>(num_threads()) : 1;
  const std::size_t work = range.size() * layout_.rows_per_node;
  const std::size_t wanted =
      std::max((range.size() + tile_nodes_ - 1) / tile_nodes_, std::min(least, work / kLeastShare));
  const std::size_t tiles =
      std::min<std::size_t>(std::max<std::size_t>(wanted, 1), std::size_t{range.size()});
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
void Run::sweep(bool forward, const Visit& visit) {
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

void Run::forward(MutableStridedView first_part) {
  allocate(first_part);
  Sweep whole(*this);
  cell_->begin(whole);
  sweep(true, [this](Tile& tile) { cell_->forward(tile); });
  for (std::size_t part = 1; part < layout_.state.size(); ++part) {
    if (!layout_.state[part].output && !layout_.state[part].kept) states_[part] = {};
  }
  cell_->end_forward(whole);
}

// visit(gradient) for every edge that reads a row, by the row that reads.
template <class Visit>
void Run::for_each_reader(const Use& use, const Read& read, NodeId row, const Visit& visit) const {
  const StridedView gradients = gradient_rows(use, read);
  const ScheduledRelation& relation = *use.relation;
  const bool shared = read.kind == EdgeGradient::kShared;
  for (EdgeId i = relation.reader_offsets[row]; i < relation.reader_offsets[row + 1]; ++i) {
    visit(gradients.row(shared ? relation.reading_rows[i] : relation.readers[i]));
  }
}

void Run::gather_gradients(Tile& tile) {
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
        for (const Read& read : use.reads) {
          if (read.old || read.part != part) continue;
          for_each_reader(use, read, row, [&](const float* gradient) {
            if (started) {
              k.add(width, gradient, sum);
            } else {
              std::copy_n(gradient, width, sum);
              started = true;
            }
          });
        }
      }
      if (!started) std::fill_n(sum, width, 0.0f);
      if (options_.observe) options_.observe(part, tile.node(row), {sum, width});
    }
    tile.gradients_.push_back(sums);
  }
}

// What flowed to old states, summed by source.
void Run::send_old_gradients() {
  constexpr std::size_t kBlockRows = 64;
  for (const Use& use : uses_) {
    for (const Read& read : use.reads) {
      const Variable& old = old_states_[read.part];
      if (!read.old || !old.requires_gradient()) continue;
      Tensor& sums = old.mutable_gradient();
      parallel_rows(schedule_.num_nodes(), kBlockRows, [&](std::size_t begin, std::size_t end) {
        for (auto row = static_cast<NodeId>(begin); row < end; ++row) {
          float* const sum = sums.row(schedule_.nodes()[row]).data();
          for_each_reader(use, read, row, [&](const float* gradient) {
            kernels().add(sums.cols(), gradient, sum);
          });
        }
      });
    }
  }
}

void Run::allocate_gradients() {
  const std::size_t n = schedule_.num_nodes();
  std::size_t joined_width = 0;
  for (Use& use : uses_) {
    for (Read& read : use.reads) {
      const std::size_t width = layout_.state[read.part].width;
      if (read.joined) joined_width += width;
      if (read.joined || read.kind == EdgeGradient::kField) continue;
      const std::size_t rows =
          read.kind == EdgeGradient::kShared ? n : use.relation->predecessors.size();
      read.own = Tensor::uninitialized({rows, width});
      read.rows = MatrixView(read.own.view());
    }
  }
  joined_gradients_ = Tensor::uninitialized({n, joined_width});
  std::size_t column = 0;
  for (Use& use : uses_) {
    for (Read& read : use.reads) {
      if (!read.joined) continue;
      const std::size_t width = layout_.state[read.part].width;
      read.rows = StridedView(joined_gradients_.view(), column, width);
      column += width;
    }
  }
}

void Run::backward(std::span<const StridedView> gradients) {
  for (const StatePart& part : layout_.state) {
    output_gradients_.push_back(part.output ? gradients.front() : StridedView());
    if (part.output) gradients = gradients.subspan(1);
  }
  allocate_gradients();
  Sweep whole(*this);
  cell_->begin_backward(whole);
  sweep(false, [this](Tile& tile) {
    gather_gradients(tile);
    cell_->backward(tile);
  });
}

void Run::append_outputs(PoolVector<Tensor>& outputs) const {
  for (std::size_t part = 1; part < layout_.state.size(); ++part) {
    if (layout_.state[part].output) outputs.push_back(states_[part].own.alias());
  }
}

void Run::finish() {
  send_old_gradients();
  Sweep whole(*this);
  cell_->finish(whole);
}

}  // namespace espalier::detail
