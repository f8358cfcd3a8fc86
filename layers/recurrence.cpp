#include <espalier/layers/recurrence.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/layers/internal/run.h>
#include <espalier/layers/internal/scratch.h>
#include <espalier/ops/parallel.h>

namespace espalier {
namespace {

// An entry of what the layout declares.
template <class Entries>
auto& declared(Entries& entries, std::size_t number, const char* what) {
  if (number >= entries.size()) [[unlikely]] {
    throw OptionError(message("a cell asks for ", what, ' ', number, " of ", entries.size(),
                              " that its layout declares"));
  }
  return entries[number];
}

}  // namespace

// --- Tile ---------------------------------------------------------------------------------------

Tile::Tile(detail::Run& run, std::size_t level, RowRange rows)
    : run_(run), before_(detail::Scratch::mine().mark()), level_(level), rows_(rows) {
  if (run_.keep_fields_) return;
  // Nobody will ask for the fields again: they live in scratch memory.
  for (const std::size_t width : run_.layout_.node_fields) {
    fields_.push_back(scratch(size(), width));
  }
  for (std::size_t use = 0; use < run_.layout_.relations.size(); ++use) {
    for (const std::size_t width : run_.layout_.relations[use].fields) {
      edge_fields_.push_back(scratch(num_edges(use), width));
    }
  }
}

Tile::~Tile() { detail::Scratch::mine().release_to(before_); }

NodeId Tile::node(NodeId row) const { return run_.schedule_.nodes()[row]; }

const ScheduledRelation& Tile::relation(std::size_t use) const {
  return *declared(run_.uses_, use, "relation").relation;
}

float* Tile::state(std::size_t part, NodeId row) const {
  assert(rows_.begin <= row && row < rows_.end);
  declared(run_.states_, part, "state part");
  return run_.state_row(part, row);
}

const float* Tile::source_state(std::size_t use, std::size_t read, EdgeId edge) const {
  const detail::Run::Use& u = declared(run_.uses_, use, "relation");
  return run_.source_row(declared(u.reads, read, "read"), u.relation->predecessors[edge]);
}

MutableMatrixView Tile::field(std::size_t field) const {
  if (!run_.keep_fields_) return declared(fields_, field, "field");
  return declared(run_.fields_, field, "field").view().slice(rows_.begin, rows_.end);
}

MutableMatrixView Tile::edge_field(std::size_t use, std::size_t field) const {
  declared(declared(run_.layout_.relations, use, "relation").fields, field, "edge field");
  if (run_.keep_fields_) {
    const EdgeId first = first_edge(use);
    return run_.uses_[use].fields[field].view().slice(first, first + num_edges(use));
  }
  for (std::size_t u = 0; u < use; ++u) field += run_.layout_.relations[u].fields.size();
  return edge_fields_[field];
}

MutableMatrixView Tile::gradient(std::size_t part) const {
  return declared(gradients_, part, "state part");
}

MutableMatrixView Tile::edge_gradients(std::size_t use, std::size_t read) const {
  detail::Run::Use& u = declared(run_.uses_, use, "relation");
  detail::Run::Read& r = declared(u.reads, read, "read");
  assert(!r.joined);
  if (r.kind == EdgeGradient::kShared) return r.own.view().slice(rows_.begin, rows_.end);
  Tensor& rows = r.kind == EdgeGradient::kField ? u.fields[r.field] : r.own;
  const EdgeId first = first_edge(use);
  return rows.view().slice(first, first + num_edges(use));
}

MutableMatrixView Tile::joined_gradients() const {
  return run_.joined_gradients_.view().slice(rows_.begin, rows_.end);
}

MutableMatrixView Tile::scratch(std::size_t rows, std::size_t cols) const {
  return {detail::Scratch::mine().take(rows * cols), rows, cols};
}

// --- Sweep --------------------------------------------------------------------------------------

const Schedule& Sweep::schedule() const { return run_.schedule_; }

bool Sweep::keeps_fields() const { return run_.keep_fields_; }

const ScheduledRelation& Sweep::relation(std::size_t use) const {
  return *declared(run_.uses_, use, "relation").relation;
}

StridedView Sweep::states(std::size_t part) const {
  return declared(run_.states_, part, "state part").view;
}

MatrixView Sweep::field(std::size_t field) const {
  return std::as_const(declared(run_.fields_, field, "field")).view();
}

MatrixView Sweep::edge_field(std::size_t use, std::size_t field) const {
  return std::as_const(declared(declared(run_.uses_, use, "relation").fields, field, "edge field"))
      .view();
}

StridedView Sweep::edge_gradients(std::size_t use, std::size_t read) const {
  const detail::Run::Use& u = declared(run_.uses_, use, "relation");
  return run_.gradient_rows(u, declared(u.reads, read, "read"));
}

// --- The entry on the record --------------------------------------------------------------------

namespace {

// One of several runs, and which of their results together are its own.
struct RecordedRun {
  std::shared_ptr<detail::Run> run;
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
  const std::size_t width = run.run->layout().state[0].width;
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
    if (!own[r].empty()) runs[r].run->backward(own[r]);
  });
  for (std::size_t r = 0; r < runs.size(); ++r) {
    if (!own[r].empty()) runs[r].run->finish();
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
    const bool keeps = records(run.inputs) || records(run.old_states);
    made.push_back(
        {.run = std::allocate_shared<detail::Run>(PoolAllocator<detail::Run>(), run.cell,
                                                  run.schedule, run.old_states, keeps, run.options),
         .records = keeps,
         .first_column = column});
    column += made.back().run->layout().state[0].width;
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
  const auto width = [](const RecordedRun& run) { return run.run->layout().state[0].width; };
  const std::size_t columns = made.back().first_column + width(made.back());
  PoolVector<Tensor> outputs;
  outputs.push_back(Tensor::uninitialized({n, columns}));
  float* const joined = outputs[0].data();
  parallel_blocks(made.size(), [&](std::size_t r) {
    const RecordedRun& run = made[r];
    run.run->forward({joined + run.first_column, n, width(run), columns});
  });
  for (RecordedRun& run : made) {
    run.first_output = outputs.size();
    run.run->append_outputs(outputs);
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
