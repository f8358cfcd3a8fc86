#include <espalier/layers/internal/agc_cell.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <espalier/layers/internal/gated_kernels.h>
#include <espalier/ops/kernels.h>

namespace espalier {
namespace {

float sigmoid(float x) { return 1.0f / (1.0f + std::exp(-x)); }

}  // namespace

void AGCLSTM::Weights::append_variables(PoolVector<Variable>& variables) const {
  variables.push_back(recurrent.variable());
  if (!attention) return;
  for (const Variable& v :
       {attention->query.variable(), attention->states.variable(), attention->from_query.variable(),
        attention->bias, attention->score, attention->score_bias}) {
    variables.push_back(v);
  }
}

AGCCell::AGCCell(std::shared_ptr<const AGCLSTM::Weights> weights,
                 std::shared_ptr<const JointNeighbours> neighbours, bool feeds_attended,
                 const Variable& terms, const Schedule& schedule, const InitialJointStates& initial)
    : ChainCell(nullptr, neighbours->num_joints() * 4 * weights->hidden(), NodeInputs::given(terms),
                {}, schedule, std::array{initial.states.h, initial.states.c, initial.states.alpha},
                std::array{neighbours->num_joints() * weights->hidden(),
                           neighbours->num_joints() * weights->hidden(), neighbours->num_joints()},
                initial.frames),
      weights_(std::move(weights)),
      neighbours_(std::move(neighbours)),
      feeds_h_(feeds_attended || attention() == nullptr),
      joints_(neighbours_->num_joints()),
      hidden_(weights_->hidden()) {}

CellLayout AGCCell::layout() const {
  const std::size_t width = joints_ * hidden_;
  CellLayout layout{.state = {{width}, {width}},
                    .node_fields = {width},
                    .relations = {previous_use(feeds_h_ ? 2 : 3)},
                    .rows_per_node = joints_};
  if (const Attention* const attention = this->attention()) {
    layout.state.push_back({joints_});
    const std::size_t units = attention->size();
    for (const std::size_t field : {joints_ * units, hidden_, hidden_, units, units + 1}) {
      layout.node_fields.push_back(field);
    }
  }
  return layout;
}

// Weights are packed here, not by the first tile that asks.
void AGCCell::begin(Sweep& sweep) {
  ChainCell::begin(sweep);
  weights_->recurrent.forward();
  if (attention() == nullptr) return;
  attention()->query.forward();
  attention()->states.forward();
  attention()->from_query.forward();
}

void AGCCell::begin_backward(Sweep& sweep) {
  ChainCell::begin_backward(sweep);
  weights_->recurrent.backward();
  if (attention() == nullptr) return;
  attention()->query.backward();
  attention()->states.backward();
  attention()->from_query.backward();
}

// What a row reads of the frame before: H, or Ĥ, in `memory`.
const float* AGCCell::fed(const Tile& tile, NodeId row, float* memory) const {
  const float* const h = previous(tile, kH, row);
  if (feeds_h_) return h;
  const float* const alpha = previous(tile, kAlpha, row);
  for (std::size_t n = 0; n < joints_; ++n) {
    const float share = 1.0f / (1.0f + alpha[n]);
    for (std::size_t j = 0; j < hidden_; ++j) memory[n * hidden_ + j] = share * h[n * hidden_ + j];
  }
  return memory;
}

void AGCCell::forward(const Tile& tile) {
  const std::size_t rows = tile.size() * joints_;
  const MutableMatrixView h_hat = tile.scratch(rows, hidden_);
  const MutableMatrixView recurrent = tile.scratch(rows, 4 * hidden_);
  if (reads(tile)) {
    const std::size_t gathered = neighbours_->num_groups() * hidden_;
    const MutableMatrixView neighbours = tile.scratch(rows, gathered);
    for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
      const std::size_t r = row - tile.rows().begin;
      neighbours_->gather(hidden_, fed(tile, row, h_hat.row(r * joints_).data()),
                          neighbours.row(r * joints_).data());
    }
    weights_->recurrent.forward().multiply(neighbours, recurrent);
  } else {
    std::ranges::fill(recurrent.flat(), 0.0f);
  }
  step(tile, recurrent, h_hat);
  if (attention() != nullptr) {
    attend(tile, h_hat);
    return;
  }
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    std::copy_n(h_hat.row((row - tile.rows().begin) * joints_).data(), joints_ * hidden_,
                tile.state(kH, row));
  }
}

void AGCCell::step(const Tile& tile, MatrixView recurrent, MutableMatrixView h_hat) {
  const Rows rows = start(tile);
  const MutableMatrixView tanh_c = tile.field(kTanhC);
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    const float* const c_before = previous(tile, kC, row);
    for (std::size_t n = 0; n < joints_; ++n) {
      const float* const term = rows.term(row) + 4 * n * hidden_;
      const float* const before = recurrent.row(r * joints_ + n).data();
      float* const gates = rows.gates(row) + 4 * n * hidden_;
      const ForgottenCell cell{.input = term + hidden_,
                               .recurrent = before + hidden_,
                               .c = c_before + n * hidden_,
                               .f = gates + hidden_};
      gated_kernels().step(hidden_,
                           {.candidate = Candidate::kTanh,
                            .output = CellOutput::kGated,
                            .input = {term, term + 2 * hidden_, term + 3 * hidden_},
                            .recurrent = {before, before + 2 * hidden_, before + 3 * hidden_},
                            .gates = {gates, gates + 2 * hidden_, gates + 3 * hidden_},
                            .cells = &cell,
                            .num_cells = 1,
                            .c = tile.state(kC, row) + n * hidden_,
                            .tanh_c = tanh_c.row(r).data() + n * hidden_,
                            .h = h_hat.row(r * joints_ + n).data()});
    }
  }
}

void AGCCell::attend(const Tile& tile, MatrixView h_hat) {
  const Attention& attention = *this->attention();
  const std::size_t units = attention.size();
  const MutableMatrixView sums = tile.scratch(tile.size(), hidden_);
  std::ranges::fill(sums.flat(), 0.0f);
  for (std::size_t i = 0; i < h_hat.rows; ++i) {
    kernels().add(hidden_, h_hat.row(i).data(), sums.row(i / joints_).data());
  }
  const MutableMatrixView query = tile.field(kQuery);
  attention.query.forward().multiply(sums, query);
  for (float& q : query.flat()) q = std::max(q, 0.0f);
  const MutableMatrixView of_query = tile.scratch(tile.size(), units);
  attention.from_query.forward().multiply(query, of_query, attention.bias.value().data());
  const MutableMatrixView all_units = by_joint(tile.field(kUnits));
  attention.states.forward().multiply(h_hat, all_units);

  const float* const score = attention.score.value().data();
  const float score_bias = attention.score_bias.value().item();
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    for (std::size_t n = 0; n < joints_; ++n) {
      const std::size_t i = r * joints_ + n;
      float* const of_joint = all_units.row(i).data();
      kernels().add(units, of_query.row(r).data(), of_joint);
      kernels().tanh(units, of_joint, of_joint);
      const float alpha = sigmoid(kernels().dot(units, score, of_joint) + score_bias);
      tile.state(kAlpha, row)[n] = alpha;
      float* const h = tile.state(kH, row) + n * hidden_;
      for (std::size_t j = 0; j < hidden_; ++j) h[j] = (1.0f + alpha) * h_hat.row(i)[j];
    }
  }
}

// Ĥ of the tile's rows, by joint.
MutableMatrixView AGCCell::unattended(const Tile& tile) const {
  const MutableMatrixView h_hat = tile.scratch(tile.size() * joints_, hidden_);
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const float* const h = tile.state(kH, row);
    const float* const alpha = tile.state(kAlpha, row);
    for (std::size_t n = 0; n < joints_; ++n) {
      const float share = 1.0f / (1.0f + alpha[n]);
      float* const to = h_hat.row((row - tile.rows().begin) * joints_ + n).data();
      for (std::size_t j = 0; j < hidden_; ++j) to[j] = share * h[n * hidden_ + j];
    }
  }
  return h_hat;
}

void AGCCell::backward(const Tile& tile) {
  const MutableMatrixView dh = by_joint(tile.gradient(kH));
  if (attention() != nullptr) attend_backward(tile, unattended(tile), dh);
  const MutableMatrixView d_gates = step_backward(tile, dh);
  if (reads(tile)) feed_backward(tile, d_gates);
}

// The gradient of H, by joint, becomes that of Ĥ.
void AGCCell::attend_backward(const Tile& tile, MatrixView h_hat, MutableMatrixView dh) {
  const Attention& attention = *this->attention();
  const std::size_t units = attention.size();
  score_backward(tile, h_hat, dh);
  const MatrixView d_units = by_joint(tile.field(kUnits));
  const MutableMatrixView unit_sums = tile.field(kUnitSum);
  std::ranges::fill(unit_sums.flat(), 0.0f);
  for (std::size_t i = 0; i < d_units.rows; ++i) {
    kernels().add(units, d_units.row(i).data(), unit_sums.row(i / joints_).data());
  }
  attention.states.backward().multiply(d_units, dh, nullptr, Store::kAdd);
  const MutableMatrixView dq = tile.field(kQueryGradient);
  attention.from_query.backward().multiply(unit_sums, dq);
  const MatrixView query = tile.field(kQuery);
  for (std::size_t j = 0; j < dq.flat().size(); ++j) {
    if (!(query.data[j] > 0.0f)) dq.data[j] = 0.0f;
  }
  const MutableMatrixView d_sums = tile.scratch(tile.size(), hidden_);
  attention.query.backward().multiply(dq, d_sums);
  for (std::size_t i = 0; i < dh.rows; ++i) {
    kernels().add(hidden_, d_sums.row(i / joints_).data(), dh.row(i).data());
  }
}

// From H and alpha to the attention's units, and to Ĥ as far as H is a multiple of it.
void AGCCell::score_backward(const Tile& tile, MatrixView h_hat, MutableMatrixView dh) {
  const std::size_t units = attention()->size();
  const float* const score = attention()->score.value().data();
  const MutableMatrixView all_units = by_joint(tile.field(kUnits));
  const MutableMatrixView d_score = tile.field(kScoreGradient);
  const MutableMatrixView d_alpha = tile.gradient(kAlpha);
  std::ranges::fill(d_score.flat(), 0.0f);
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    for (std::size_t n = 0; n < joints_; ++n) {
      const std::size_t i = r * joints_ + n;
      const float alpha = tile.state(kAlpha, row)[n];
      const float flows =
          d_alpha.row(r)[n] + kernels().dot(hidden_, dh.row(i).data(), h_hat.row(i).data());
      const float d = flows * alpha * (1.0f - alpha);
      kernels().add_scaled(units, d, all_units.row(i).data(), d_score.row(r).data());
      d_score.row(r)[units] += d;
      kernels().tanh_dot_backward(units, d, score, all_units.row(i).data());
      for (float& value : dh.row(i)) value *= 1.0f + alpha;
    }
  }
}

// The gates' pre-activations' gradients, by joint; they are left in the gates' rows too.
MutableMatrixView AGCCell::step_backward(const Tile& tile, MatrixView dh) {
  const Rows rows = this->rows(tile);
  const MutableMatrixView tanh_c = tile.field(kTanhC), dc = tile.gradient(kC);
  const MutableMatrixView dc_before = previous_gradient(tile, kC);
  const MutableMatrixView d_gates = tile.scratch(tile.size() * joints_, 4 * hidden_);
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    const float* const c_before = previous(tile, kC, row);
    for (std::size_t n = 0; n < joints_; ++n) {
      float* const gates = rows.gates(row) + 4 * n * hidden_;
      float* const copies = d_gates.row(r * joints_ + n).data();
      const std::size_t at = n * hidden_;
      const ForgottenCellBackward cell{.c = c_before + at,
                                       .f = gates + hidden_,
                                       .copy = copies + hidden_,
                                       .d_c = dc_before.row(r).data() + at};
      gated_kernels().step_backward(hidden_,
                                    {.candidate = Candidate::kTanh,
                                     .output = CellOutput::kGated,
                                     .dh = dh.row(r * joints_ + n).data(),
                                     .dc = dc.row(r).data() + at,
                                     .c = nullptr,
                                     .tanh_c = tanh_c.row(r).data() + at,
                                     .h = nullptr,
                                     .gates = {gates, gates + 2 * hidden_, gates + 3 * hidden_},
                                     .copies = {copies, copies + 2 * hidden_, copies + 3 * hidden_},
                                     .cells = &cell,
                                     .num_cells = 1,
                                     .d_forget_input = nullptr});
    }
  }
  if (reads(tile)) keep_initial_gradient(tile, kC, dc_before);
  return d_gates;
}

// To what was read of the frames before.
void AGCCell::feed_backward(const Tile& tile, MatrixView d_gates) {
  const std::size_t gathered = neighbours_->num_groups() * hidden_;
  const MutableMatrixView d_neighbours = tile.scratch(tile.size() * joints_, gathered);
  weights_->recurrent.backward().multiply(d_gates, d_neighbours);
  const MutableMatrixView dh = previous_gradient(tile, kH);
  const MutableMatrixView d_alpha =
      feeds_h_ ? MutableMatrixView() : previous_gradient(tile, kAlpha);
  std::ranges::fill(dh.flat(), 0.0f);
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    float* const to = dh.row(r).data();
    neighbours_->add_scattered(hidden_, d_neighbours.row(r * joints_).data(), to);
    if (feeds_h_) continue;
    const float* const h = previous(tile, kH, row);
    const float* const alpha = previous(tile, kAlpha, row);
    for (std::size_t n = 0; n < joints_; ++n) {
      const float share = 1.0f / (1.0f + alpha[n]);
      const std::size_t at = n * hidden_;
      d_alpha.row(r)[n] = -share * share * kernels().dot(hidden_, to + at, h + at);
      for (std::size_t j = 0; j < hidden_; ++j) to[at + j] *= share;
    }
  }
  keep_initial_gradient(tile, kH, dh);
  if (!feeds_h_) keep_initial_gradient(tile, kAlpha, d_alpha);
}

}  // namespace espalier
