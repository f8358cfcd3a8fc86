// The kernels of kernels.h for one instruction set.

#include <cstddef>

#include <espalier/ops/internal/simd.h>
#include <espalier/ops/kernels.h>

namespace espalier {
namespace {

void sigmoid(std::size_t n, const float* x, float* y) {
  for_each<1, 1>(n, {x}, {y}, [](auto& in, auto& out) { out[0] = sigmoid_of(in[0]); });
}

void tanh(std::size_t n, const float* x, float* y) {
  for_each<1, 1>(n, {x}, {y}, [](auto& in, auto& out) { out[0] = tanh_of(in[0]); });
}

void exp(std::size_t n, const float* x, float* y) {
  for_each<1, 1>(n, {x}, {y}, [](auto& in, auto& out) { out[0] = xsimd::exp(in[0]); });
}

void tanh_backward(std::size_t n, const float* dy, const float* y, float* dx) {
  for_each<3, 1>(n, {dy, y, dx}, {dx}, [](auto& in, auto& out) {
    out[0] = xsimd::fma(in[0], slope_of_tanh(in[1]), in[2]);
  });
}

void tanh_dot_backward(std::size_t n, float d, const float* w, float* y) {
  const Batch factor(d);
  for_each<2, 1>(n, {w, y}, {y},
                 [&](auto& in, auto& out) { out[0] = factor * in[0] * slope_of_tanh(in[1]); });
}

void add(std::size_t n, const float* x, float* sum) {
  for_each<2, 1>(n, {x, sum}, {sum}, [](auto& in, auto& out) { out[0] = in[0] + in[1]; });
}

void add_scaled(std::size_t n, float factor, const float* x, float* sum) {
  const Batch scale(factor);
  for_each<2, 1>(n, {x, sum}, {sum},
                 [&](auto& in, auto& out) { out[0] = xsimd::fma(scale, in[0], in[1]); });
}

float dot(std::size_t n, const float* a, const float* b) {
  Batch sum(0.0f);
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    sum = xsimd::fma(Batch::load_unaligned(a + i), Batch::load_unaligned(b + i), sum);
  }
  if (i < n) sum = xsimd::fma(load_part(a + i, n - i), load_part(b + i, n - i), sum);
  alignas(64) float lanes[kLanes];
  sum.store_aligned(lanes);
  float total = 0.0f;
  for (const float lane : lanes) total += lane;
  return total;
}

void add_product(std::size_t n, const float* a, const float* b, float* sum) {
  for_each<3, 1>(n, {a, b, sum}, {sum},
                 [](auto& in, auto& out) { out[0] = xsimd::fma(in[0], in[1], in[2]); });
}

// One of an LSTM's four forms. What a form has no use for is given some other run to read, whose
// values nobody looks at.
template <bool kPeephole, bool kCoupled>
void lstm_step(std::size_t n, const LSTMStep& s) {
  const LSTMGates<const float>&x = s.input, &y = s.recurrent;
  const float* const none = x.f;
  const float* const in[] = {x.f,
                             x.u,
                             x.o,
                             y.f,
                             y.u,
                             y.o,
                             s.c_before,
                             kCoupled ? none : x.i,
                             kCoupled ? none : y.i,
                             kPeephole && !kCoupled ? s.peephole_i : none,
                             kPeephole ? s.peephole_f : none,
                             kPeephole ? s.peephole_o : none};
  const auto op = [](auto& in, auto& out) {
    const auto seen = [](const Batch& gate, const Batch& weight, const Batch& c) {
      return sigmoid_of(kPeephole ? xsimd::fma(weight, c, gate) : gate);
    };
    const Batch& c_before = in[6];
    const Batch f = seen(in[0] + in[3], in[10], c_before), u = tanh_of(in[1] + in[4]);
    const Batch i = kCoupled ? Batch(1.0f) - f : seen(in[7] + in[8], in[9], c_before);
    const Batch c = kCoupled ? xsimd::fma(f, c_before, i * u) : xsimd::fma(i, u, f * c_before);
    const Batch o = seen(in[2] + in[5], in[11], c), tanh_c = tanh_of(c);
    out[0] = f;
    out[1] = u;
    out[2] = o;
    out[3] = c;
    out[4] = tanh_c;
    out[5] = o * tanh_c;
    if constexpr (!kCoupled) out[6] = i;
  };
  const LSTMGates<float>& g = s.gates;
  if constexpr (kCoupled) {
    for_each<12, 6>(n, in, {g.f, g.u, g.o, s.c, s.tanh_c, s.h}, op);
  } else {
    for_each<12, 7>(n, in, {g.f, g.u, g.o, s.c, s.tanh_c, s.h, g.i}, op);
  }
}

template <bool kPeephole, bool kCoupled>
void lstm_step_backward(std::size_t n, const LSTMStepBackward& s) {
  const LSTMGates<float>&g = s.gates, &copy = s.copies;
  const float* const none = g.f;
  const float* const in[] = {s.dh,
                             s.dc,
                             s.c_before,
                             s.tanh_c,
                             g.f,
                             g.u,
                             g.o,
                             kCoupled ? none : g.i,
                             kPeephole && !kCoupled ? s.peephole_i : none,
                             kPeephole ? s.peephole_f : none,
                             kPeephole ? s.peephole_o : none};
  const auto op = [](auto& in, auto& out) {
    const Batch &dh = in[0], &c_before = in[2], &tanh_c = in[3], &f = in[4], &u = in[5], &o = in[6];
    const Batch i = kCoupled ? Batch(1.0f) - f : in[7];
    const Batch d_o = dh * tanh_c * slope_of_sigmoid(o);
    Batch dc = xsimd::fma(dh * o, slope_of_tanh(tanh_c), in[1]);
    if constexpr (kPeephole) dc = xsimd::fma(in[10], d_o, dc);
    const Batch d_f = dc * (kCoupled ? c_before - u : c_before) * slope_of_sigmoid(f);
    const Batch d_i = dc * u * slope_of_sigmoid(i);
    out[0] = out[3] = d_f;
    out[1] = out[4] = dc * i * slope_of_tanh(u);
    out[2] = out[5] = d_o;
    out[6] = dc * f;
    if constexpr (kPeephole) out[6] = xsimd::fma(in[9], d_f, out[6]);
    if constexpr (kPeephole && !kCoupled) out[6] = xsimd::fma(in[8], d_i, out[6]);
    if constexpr (!kCoupled) out[7] = out[8] = d_i;
  };
  if constexpr (kCoupled) {
    for_each<11, 7>(n, in, {g.f, g.u, g.o, copy.f, copy.u, copy.o, s.dc_before}, op);
  } else {
    for_each<11, 9>(n, in, {g.f, g.u, g.o, copy.f, copy.u, copy.o, s.dc_before, g.i, copy.i}, op);
  }
}

void lstm(std::size_t n, const LSTMStep& s) {
  const bool peephole = s.peephole_f != nullptr, coupled = s.gates.i == nullptr;
  const auto step = peephole ? (coupled ? lstm_step<true, true> : lstm_step<true, false>)
                             : (coupled ? lstm_step<false, true> : lstm_step<false, false>);
  step(n, s);
}

void lstm_backward(std::size_t n, const LSTMStepBackward& s) {
  const bool peephole = s.peephole_f != nullptr, coupled = s.gates.i == nullptr;
  const auto step =
      peephole ? (coupled ? lstm_step_backward<true, true> : lstm_step_backward<true, false>)
               : (coupled ? lstm_step_backward<false, true> : lstm_step_backward<false, false>);
  step(n, s);
}

// How much of the old state and of the candidate the new state of a GRU has.
template <GRUUpdate kUpdate>
Batch kept_by(const Batch& z) {
  return kUpdate == GRUUpdate::kKeepByZ ? z : Batch(1.0f) - z;
}
template <GRUUpdate kUpdate>
Batch written_by(const Batch& z) {
  return kUpdate == GRUUpdate::kKeepByZ ? Batch(1.0f) - z : z;
}

// The new state. Not n + kept * (h_before - n): a gate that is 1 or 0 must copy exactly.
template <GRUUpdate kUpdate>
Batch mixed_by(const Batch& z, const Batch& h_before, const Batch& n) {
  return xsimd::fma(kept_by<kUpdate>(z), h_before, written_by<kUpdate>(z) * n);
}

// d = dh * (h_before - n), what reaches the kept part.
template <GRUUpdate kUpdate>
Batch d_z(const Batch& d, const Batch& z) {
  return (kUpdate == GRUUpdate::kKeepByZ ? d : -d) * slope_of_sigmoid(z);
}

template <GRUUpdate kUpdate>
void gru_step(std::size_t n, const GRUStep& s) {
  for_each<7, 5>(
      n, {s.input_r, s.input_z, s.input_n, s.recurrent_r, s.recurrent_z, s.recurrent_n, s.h_before},
      {s.r, s.z, s.n, s.kept_n, s.h}, [](auto& in, auto& out) {
        out[0] = sigmoid_of(in[0] + in[3]);
        out[1] = sigmoid_of(in[1] + in[4]);
        out[2] = tanh_of(xsimd::fma(out[0], in[5], in[2]));
        out[3] = in[5];
        out[4] = mixed_by<kUpdate>(out[1], in[6], out[2]);
      });
}

template <GRUUpdate kUpdate>
void gru_step_backward(std::size_t n, const GRUStepBackward& s) {
  for_each<6, 7>(n, {s.dh, s.h_before, s.r, s.z, s.n, s.recurrent_n},
                 {s.r, s.z, s.n, s.d_recurrent_r, s.d_recurrent_z, s.d_recurrent_n, s.dh_before},
                 [](auto& in, auto& out) {
                   out[2] = in[0] * written_by<kUpdate>(in[3]) * slope_of_tanh(in[4]);
                   out[1] = out[4] = d_z<kUpdate>(in[0] * (in[1] - in[4]), in[3]);
                   out[0] = out[3] = out[2] * in[5] * slope_of_sigmoid(in[2]);
                   out[5] = out[2] * in[2];
                   out[6] = in[0] * kept_by<kUpdate>(in[3]);
                 });
}

void gru(std::size_t n, GRUUpdate update, const GRUStep& s) {
  (update == GRUUpdate::kKeepByZ ? gru_step<GRUUpdate::kKeepByZ>
                                 : gru_step<GRUUpdate::kWriteByZ>)(n, s);
}

void gru_backward(std::size_t n, GRUUpdate update, const GRUStepBackward& s) {
  (update == GRUUpdate::kKeepByZ ? gru_step_backward<GRUUpdate::kKeepByZ>
                                 : gru_step_backward<GRUUpdate::kWriteByZ>)(n, s);
}

void gru_reset(std::size_t n, const float* h_before, float* r, float* z, float* reset_h) {
  for_each<3, 3>(n, {h_before, r, z}, {r, z, reset_h}, [](auto& in, auto& out) {
    out[0] = sigmoid_of(in[1]);
    out[1] = sigmoid_of(in[2]);
    out[2] = out[0] * in[0];
  });
}

template <GRUUpdate kUpdate>
void candidate_step(std::size_t n, const float* z, const float* h_before, float* candidate,
                    float* h) {
  for_each<3, 2>(n, {z, h_before, candidate}, {candidate, h}, [](auto& in, auto& out) {
    out[0] = tanh_of(in[2]);
    out[1] = mixed_by<kUpdate>(in[0], in[1], out[0]);
  });
}

template <GRUUpdate kUpdate>
void candidate_step_backward(std::size_t n, const float* dh, const float* h_before, float* z,
                             float* candidate, float* dh_before) {
  for_each<4, 3>(n, {dh, h_before, z, candidate}, {z, candidate, dh_before},
                 [](auto& in, auto& out) {
                   out[0] = d_z<kUpdate>(in[0] * (in[1] - in[3]), in[2]);
                   out[1] = in[0] * written_by<kUpdate>(in[2]) * slope_of_tanh(in[3]);
                   out[2] = in[0] * kept_by<kUpdate>(in[2]);
                 });
}

void gru_candidate(std::size_t n, GRUUpdate update, const float* z, const float* h_before,
                   float* candidate, float* h) {
  (update == GRUUpdate::kKeepByZ
       ? candidate_step<GRUUpdate::kKeepByZ>
       : candidate_step<GRUUpdate::kWriteByZ>)(n, z, h_before, candidate, h);
}

void gru_candidate_backward(std::size_t n, GRUUpdate update, const float* dh, const float* h_before,
                            float* z, float* candidate, float* dh_before) {
  (update == GRUUpdate::kKeepByZ
       ? candidate_step_backward<GRUUpdate::kKeepByZ>
       : candidate_step_backward<GRUUpdate::kWriteByZ>)(n, dh, h_before, z, candidate, dh_before);
}

void gru_reset_backward(std::size_t n, const float* d_reset_h, const float* h_before, float* r,
                        float* dh_before) {
  for_each<4, 2>(n, {d_reset_h, h_before, r, dh_before}, {r, dh_before}, [](auto& in, auto& out) {
    out[0] = in[0] * in[1] * slope_of_sigmoid(in[2]);
    out[1] = xsimd::fma(in[0], in[2], in[3]);
  });
}

void adagrad(std::size_t n, float rate, float decay, float epsilon, const float* g, float* s,
             float* w) {
  for_each<3, 2>(n, {g, s, w}, {s, w}, [&](auto& in, auto& out) {
    const Batch gradient = xsimd::fma(Batch(decay), in[2], in[0]);
    out[0] = xsimd::fma(gradient, gradient, in[1]);
    out[1] = in[2] - Batch(rate) * gradient / (xsimd::sqrt(out[0]) + Batch(epsilon));
  });
}

constexpr Kernels table(const char* instruction_set) {
  return {.instruction_set = instruction_set,
          .sigmoid = sigmoid,
          .tanh = tanh,
          .exp = exp,
          .tanh_backward = tanh_backward,
          .tanh_dot_backward = tanh_dot_backward,
          .add = add,
          .add_scaled = add_scaled,
          .dot = dot,
          .add_product = add_product,
          .lstm = lstm,
          .lstm_backward = lstm_backward,
          .gru = gru,
          .gru_backward = gru_backward,
          .gru_reset = gru_reset,
          .gru_candidate = gru_candidate,
          .gru_candidate_backward = gru_candidate_backward,
          .gru_reset_backward = gru_reset_backward,
          .adagrad = adagrad};
}

}  // namespace
}  // namespace espalier
