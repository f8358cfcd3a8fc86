// What is left of an AGC-LSTM's backward pass once all wavefronts are through: the gradients of its
// weights, some frames at a time, so that what they were multiplied with is never held whole.

#include <algorithm>
#include <utility>

#include <espalier/layers/internal/agc_cell.h>
#include <espalier/ops/parallel.h>

namespace espalier {
namespace {

constexpr std::size_t kFrames = 256;     // At a time: sums run in an order that depends on it.
constexpr std::size_t kBlockFrames = 4;  // A thread's share.

// Calls work(first, count) for so many frames at a time.
void for_some_frames(std::size_t num_frames, const auto& work) {
  for (std::size_t first = 0; first < num_frames; first += kFrames) {
    work(first, std::min(kFrames, num_frames - first));
  }
}

MatrixView rows_of(MatrixView all, std::size_t first, std::size_t count) {
  return all.slice(first, first + count);
}

}  // namespace

void AGCCell::finish(Sweep& sweep) {
  if (sweep.schedule().num_nodes() == 0) return;
  if (weights_->recurrent.variable().requires_gradient()) add_recurrent_gradient(sweep);
  if (attention() != nullptr) add_attention_gradients(sweep);
  add_input_gradients();
}

void AGCCell::add_recurrent_gradient(const Sweep& sweep) const {
  const std::size_t gathered = neighbours_->num_groups() * hidden_;
  const Tensor h = all_previous(sweep, kH);
  const Tensor alpha = feeds_h_ ? Tensor() : all_previous(sweep, kAlpha);
  const MatrixView gates = all_gates();
  Tensor neighbours = Tensor::uninitialized({std::min(kFrames, h.rows()) * joints_, gathered});
  for_some_frames(h.rows(), [&](std::size_t first, std::size_t count) {
    parallel_rows(count, kBlockFrames, [&](std::size_t begin, std::size_t end) {
      PoolVector<float> memory(joints_ * hidden_);
      for (std::size_t i = begin; i < end; ++i) {
        const float* fed = h.row(first + i).data();
        if (!feeds_h_) {
          for (std::size_t j = 0; j < memory.size(); ++j) {
            memory[j] = 1.0f / (1.0f + alpha.at(first + i, j / hidden_)) * fed[j];
          }
          fed = memory.data();
        }
        neighbours_->gather(hidden_, fed, neighbours.row(i * joints_).data());
      }
    });
    const MatrixView some = rows_of(gates, first, count);
    const GradientProduct product{.a = MatrixView{some.data, count * joints_, 4 * hidden_},
                                  .b = MatrixView{neighbours.data(), count * joints_, gathered},
                                  .sum = weights_->recurrent.variable().mutable_gradient().data()};
    add_gradient_products({&product, 1});
  });
}

void AGCCell::add_attention_gradients(const Sweep& sweep) const {
  const Attention& attention = *this->attention();
  const std::size_t units = attention.size();
  const std::size_t num_frames = sweep.schedule().num_nodes();
  const auto sum_of = [](const Variable& v) {
    return v.requires_gradient() ? v.mutable_gradient().data() : nullptr;
  };
  Tensor h_hat = Tensor::uninitialized({std::min(kFrames, num_frames) * joints_, hidden_});
  Tensor sums = Tensor::uninitialized({std::min(kFrames, num_frames), hidden_});
  Tensor d_scores = Tensor::zeros({units + 1});
  const StridedView h = sweep.states(kH), alpha = sweep.states(kAlpha);
  for_some_frames(num_frames, [&](std::size_t first, std::size_t count) {
    parallel_rows(count, kBlockFrames, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        const NodeId node = sweep.schedule().nodes()[first + i];
        std::ranges::fill(sums.row(i), 0.0f);
        for (std::size_t n = 0; n < joints_; ++n) {
          const float share = 1.0f / (1.0f + alpha.row(node)[n]);
          float* const to = h_hat.row(i * joints_ + n).data();
          for (std::size_t j = 0; j < hidden_; ++j) {
            to[j] = share * h.row(node)[n * hidden_ + j];
            sums.at(i, j) += to[j];
          }
        }
      }
    });
    const auto field = [&](Field which) { return rows_of(sweep.field(which), first, count); };
    const MatrixView d_units = {field(kUnits).data, count * joints_, units};
    const MatrixView all_h_hat = {h_hat.data(), count * joints_, hidden_};
    PoolVector<GradientProduct> products = {
        {.a = field(kScoreGradient), .b = StridedView(), .column_sums = d_scores.data()}};
    const auto add = [&](const Variable& matrix, MatrixView a, MatrixView b) {
      if (float* const sum = sum_of(matrix)) products.push_back({.a = a, .b = b, .sum = sum});
    };
    add(attention.states.variable(), d_units, all_h_hat);
    add(attention.query.variable(), field(kQueryGradient), {sums.data(), count, hidden_});
    add(attention.from_query.variable(), field(kUnitSum), field(kQuery));
    if (float* const sum = sum_of(attention.bias)) {
      products.push_back({.a = field(kUnitSum), .b = StridedView(), .column_sums = sum});
    }
    add_gradient_products(products);
  });
  if (attention.score.requires_gradient()) {
    Tensor d_score = Tensor::uninitialized({units});
    std::copy_n(d_scores.data(), units, d_score.data());
    attention.score.add_gradient(std::move(d_score));
  }
  if (float* const sum = sum_of(attention.score_bias)) sum[0] += d_scores.data()[units];
}

}  // namespace espalier
