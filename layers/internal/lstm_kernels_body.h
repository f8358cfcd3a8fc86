// The kernels of lstm_kernels.h for one instruction set.

#include <cstddef>

#include <espalier/layers/internal/lstm_kernels.h>
#include <espalier/ops/internal/simd.h>

namespace espalier {
namespace {

// One of an LSTM's four forms. What a form has no use for is given some other run to read, whose
// values nobody looks at.
template <bool kPeephole, bool kCoupled>
void step_of(std::size_t n, const LSTMStep& s) {
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
void step_backward_of(std::size_t n, const LSTMStepBackward& s) {
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

void step(std::size_t n, const LSTMStep& s) {
  const bool peephole = s.peephole_f != nullptr, coupled = s.gates.i == nullptr;
  const auto form = peephole ? (coupled ? step_of<true, true> : step_of<true, false>)
                             : (coupled ? step_of<false, true> : step_of<false, false>);
  form(n, s);
}

void step_backward(std::size_t n, const LSTMStepBackward& s) {
  const bool peephole = s.peephole_f != nullptr, coupled = s.gates.i == nullptr;
  const auto form =
      peephole ? (coupled ? step_backward_of<true, true> : step_backward_of<true, false>)
               : (coupled ? step_backward_of<false, true> : step_backward_of<false, false>);
  form(n, s);
}

constexpr LSTMKernels table(const char* instruction_set) {
  return {.instruction_set = instruction_set, .step = step, .step_backward = step_backward};
}

}  // namespace
}  // namespace espalier
