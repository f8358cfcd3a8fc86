// The kernels of gru_kernels.h for one instruction set.

#include <cstddef>

#include <espalier/layers/internal/gru_kernels.h>
#include <espalier/ops/internal/simd.h>

namespace espalier {
namespace {

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
void step_of(std::size_t n, const GRUStep& s) {
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
void step_backward_of(std::size_t n, const GRUStepBackward& s) {
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

void step(std::size_t n, GRUUpdate update, const GRUStep& s) {
  (update == GRUUpdate::kKeepByZ ? step_of<GRUUpdate::kKeepByZ> : step_of<GRUUpdate::kWriteByZ>)(n,
                                                                                                 s);
}

void step_backward(std::size_t n, GRUUpdate update, const GRUStepBackward& s) {
  (update == GRUUpdate::kKeepByZ ? step_backward_of<GRUUpdate::kKeepByZ>
                                 : step_backward_of<GRUUpdate::kWriteByZ>)(n, s);
}

void reset(std::size_t n, const float* h_before, float* r, float* z, float* reset_h) {
  for_each<3, 3>(n, {h_before, r, z}, {r, z, reset_h}, [](auto& in, auto& out) {
    out[0] = sigmoid_of(in[1]);
    out[1] = sigmoid_of(in[2]);
    out[2] = out[0] * in[0];
  });
}

template <GRUUpdate kUpdate>
void candidate_of(std::size_t n, const float* z, const float* h_before, float* candidate,
                  float* h) {
  for_each<3, 2>(n, {z, h_before, candidate}, {candidate, h}, [](auto& in, auto& out) {
    out[0] = tanh_of(in[2]);
    out[1] = mixed_by<kUpdate>(in[0], in[1], out[0]);
  });
}

template <GRUUpdate kUpdate>
void candidate_backward_of(std::size_t n, const float* dh, const float* h_before, float* z,
                           float* candidate, float* dh_before) {
  for_each<4, 3>(n, {dh, h_before, z, candidate}, {z, candidate, dh_before},
                 [](auto& in, auto& out) {
                   out[0] = d_z<kUpdate>(in[0] * (in[1] - in[3]), in[2]);
                   out[1] = in[0] * written_by<kUpdate>(in[2]) * slope_of_tanh(in[3]);
                   out[2] = in[0] * kept_by<kUpdate>(in[2]);
                 });
}

void candidate(std::size_t n, GRUUpdate update, const float* z, const float* h_before,
               float* candidate, float* h) {
  (update == GRUUpdate::kKeepByZ
       ? candidate_of<GRUUpdate::kKeepByZ>
       : candidate_of<GRUUpdate::kWriteByZ>)(n, z, h_before, candidate, h);
}

void candidate_backward(std::size_t n, GRUUpdate update, const float* dh, const float* h_before,
                        float* z, float* candidate, float* dh_before) {
  (update == GRUUpdate::kKeepByZ
       ? candidate_backward_of<GRUUpdate::kKeepByZ>
       : candidate_backward_of<GRUUpdate::kWriteByZ>)(n, dh, h_before, z, candidate, dh_before);
}

void reset_backward(std::size_t n, const float* d_reset_h, const float* h_before, float* r,
                    float* dh_before) {
  for_each<4, 2>(n, {d_reset_h, h_before, r, dh_before}, {r, dh_before}, [](auto& in, auto& out) {
    out[0] = in[0] * in[1] * slope_of_sigmoid(in[2]);
    out[1] = xsimd::fma(in[0], in[2], in[3]);
  });
}

constexpr GRUKernels table(const char* instruction_set) {
  return {.instruction_set = instruction_set,
          .step = step,
          .step_backward = step_backward,
          .reset = reset,
          .candidate = candidate,
          .candidate_backward = candidate_backward,
          .reset_backward = reset_backward};
}

}  // namespace
}  // namespace espalier
