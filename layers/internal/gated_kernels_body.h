// The kernels of gated_kernels.h for one instruction set.

#include <cstddef>

#include <espalier/layers/internal/gated_kernels.h>
#include <espalier/ops/internal/simd.h>

namespace espalier {
namespace {

// load(run) and store(batch, run) of kLanes elements from element i on, or of the `rest` last ones.
template <bool kWhole>
struct Lanes {
  std::size_t i;
  std::size_t rest;

  [[gnu::always_inline]] Batch load(const float* run) const {
    return kWhole ? Batch::load_unaligned(run + i) : load_part(run + i, rest);
  }
  [[gnu::always_inline]] void store(const Batch& x, float* run) const {
    if constexpr (kWhole) {
      x.store_unaligned(run + i);
    } else {
      store_part(x, run + i, rest);
    }
  }
};

// visit(lanes) for the vectors of a run of n elements.
template <class Visit>
inline void for_each_lanes(std::size_t n, const Visit& visit) {
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) visit(Lanes<true>{i, kLanes});
  if (i < n) visit(Lanes<false>{i, n - i});
}

// kCells, if not negative, is the number of cells: then their runs' addresses stay in registers.
template <Candidate kCandidate, CellOutput kOutput, int kCells, bool kPeephole = false,
          bool kCoupled = false>
void step_of(std::size_t n, const GatedStep& s) {
  const std::size_t num_cells = kCells < 0 ? s.num_cells : static_cast<std::size_t>(kCells);
  for_each_lanes(n, [&](const auto& at) {
    const auto sum = [&](const float* a, const float* b) { return at.load(a) + at.load(b); };
    const auto seen = [&](const Batch& gate, const float* weight, const Batch& cell) {
      return sigmoid_of(kPeephole ? xsimd::fma(at.load(weight), cell, gate) : gate);
    };
    Batch c(0.0f), f(0.0f), c_before(0.0f);
    for (std::size_t k = 0; k < num_cells; ++k) {
      const ForgottenCell& cell = s.cells[k];
      c_before = at.load(cell.c);
      f = seen(sum(cell.input, cell.recurrent), s.peephole.f, c_before);
      c = k == 0 ? f * c_before : xsimd::fma(f, c_before, c);
      at.store(f, cell.f);
    }
    Batch i = Batch(1.0f) - f;
    if constexpr (!kCoupled) i = seen(sum(s.input.i, s.recurrent.i), s.peephole.i, c_before);
    const Batch pre_u = sum(s.input.u, s.recurrent.u);
    const Batch u = kCandidate == Candidate::kTanh ? tanh_of(pre_u) : pre_u;
    c = xsimd::fma(i, u, c);
    Batch o(0.0f);
    if constexpr (kOutput != CellOutput::kUngated) {
      o = seen(sum(s.input.o, s.recurrent.o), s.peephole.o, c);
    }
    if constexpr (!kCoupled) at.store(i, s.gates.i);
    at.store(u, s.gates.u);
    if constexpr (kOutput != CellOutput::kUngated) at.store(o, s.gates.o);
    at.store(c, s.c);
    const Batch t = tanh_of(kOutput == CellOutput::kInside ? o * c : c);
    if constexpr (kOutput == CellOutput::kGated) {
      at.store(t, s.tanh_c);
      at.store(o * t, s.h);
    } else {
      at.store(t, s.h);
    }
  });
}

template <Candidate kCandidate, CellOutput kOutput, int kCells, bool kPeephole = false,
          bool kCoupled = false>
void step_backward_of(std::size_t n, const GatedStepBackward& s) {
  const std::size_t num_cells = kCells < 0 ? s.num_cells : static_cast<std::size_t>(kCells);
  for_each_lanes(n, [&](const auto& at) {
    const Batch dh = at.load(s.dh), u = at.load(s.gates.u);
    Batch i;
    if constexpr (kCoupled) {
      i = Batch(1.0f) - at.load(s.cells[0].f);
    } else {
      i = at.load(s.gates.i);
    }
    Batch dc = at.load(s.dc);
    if constexpr (kOutput == CellOutput::kUngated) {
      dc = xsimd::fma(dh, slope_of_tanh(at.load(s.h)), dc);
    } else {
      const Batch o = at.load(s.gates.o);
      Batch d_o;
      if constexpr (kOutput == CellOutput::kGated) {
        const Batch t = at.load(s.tanh_c);
        d_o = dh * t * slope_of_sigmoid(o);
        dc = xsimd::fma(dh * o, slope_of_tanh(t), dc);
      } else {
        const Batch d_inside = dh * slope_of_tanh(at.load(s.h));
        d_o = d_inside * at.load(s.c) * slope_of_sigmoid(o);
        dc = xsimd::fma(d_inside, o, dc);
      }
      if constexpr (kPeephole) dc = xsimd::fma(at.load(s.peephole.o), d_o, dc);
      at.store(d_o, s.gates.o);
      at.store(d_o, s.copies.o);
    }
    const Batch d_i = dc * u * slope_of_sigmoid(i);
    const Batch d_u = kCandidate == Candidate::kTanh ? dc * i * slope_of_tanh(u) : dc * i;
    if constexpr (!kCoupled) {
      at.store(d_i, s.gates.i);
      at.store(d_i, s.copies.i);
    }
    at.store(d_u, s.gates.u);
    at.store(d_u, s.copies.u);
    Batch d_input(0.0f);
    for (std::size_t k = 0; k < num_cells; ++k) {
      const ForgottenCellBackward& cell = s.cells[k];
      const Batch f = at.load(cell.f);
      const Batch opened = kCoupled ? at.load(cell.c) - u : at.load(cell.c);
      const Batch d_f = dc * opened * slope_of_sigmoid(f);
      Batch d_c = dc * f;
      if constexpr (kPeephole) d_c = xsimd::fma(at.load(s.peephole.f), d_f, d_c);
      if constexpr (kPeephole && !kCoupled) d_c = xsimd::fma(at.load(s.peephole.i), d_i, d_c);
      at.store(d_f, cell.f);
      at.store(d_f, cell.copy);
      at.store(d_c, cell.d_c);
      d_input = d_input + d_f;
    }
    if (s.d_forget_input != nullptr) at.store(d_input, s.d_forget_input);
  });
}

// visit.operator()<candidate, output, number of cells, peepholes, coupled>() for the form of a
// step.
template <class Step, class Visit>
void for_form(const Step& s, const Visit& visit) {
  const auto with_output = [&]<Candidate kCandidate, CellOutput kOutput>() {
    switch (s.num_cells) {
      case 0:
        return visit.template operator()<kCandidate, kOutput, 0, false, false>();
      case 1:
        return visit.template operator()<kCandidate, kOutput, 1, false, false>();
      case 2:
        return visit.template operator()<kCandidate, kOutput, 2, false, false>();
      default:
        return visit.template operator()<kCandidate, kOutput, -1, false, false>();
    }
  };
  const auto with_candidate = [&]<Candidate kCandidate>() {
    switch (s.output) {
      case CellOutput::kGated:
        return with_output.template operator()<kCandidate, CellOutput::kGated>();
      case CellOutput::kUngated:
        return with_output.template operator()<kCandidate, CellOutput::kUngated>();
      case CellOutput::kInside:
        return with_output.template operator()<kCandidate, CellOutput::kInside>();
    }
  };
  const bool peephole = s.peephole.f != nullptr, coupled = s.gates.i == nullptr;
  const auto with_one_cell = [&]<bool kPeephole, bool kCoupled>() {
    visit.template operator()<Candidate::kTanh, CellOutput::kGated, 1, kPeephole, kCoupled>();
  };
  if (peephole && coupled) {
    with_one_cell.template operator()<true, true>();
  } else if (peephole) {
    with_one_cell.template operator()<true, false>();
  } else if (coupled) {
    with_one_cell.template operator()<false, true>();
  } else if (s.candidate == Candidate::kTanh) {
    with_candidate.template operator()<Candidate::kTanh>();
  } else {
    with_candidate.template operator()<Candidate::kLinear>();
  }
}

void step(std::size_t n, const GatedStep& s) {
  for_form(
      s, [&]<Candidate kCandidate, CellOutput kOutput, int kCells, bool... kMore>() {
        step_of<kCandidate, kOutput, kCells, kMore...>(n, s);
      });
}

void step_backward(std::size_t n, const GatedStepBackward& s) {
  for_form(
      s, [&]<Candidate kCandidate, CellOutput kOutput, int kCells, bool... kMore>() {
        step_backward_of<kCandidate, kOutput, kCells, kMore...>(n, s);
      });
}

void read_out(std::size_t n, const float* c, float* o, float* t, float* h) {
  for_each<2, 3>(n, {c, o}, {o, t, h}, [](auto& in, auto& out) {
    out[0] = sigmoid_of(in[1]);
    out[1] = tanh_of(in[0]);
    out[2] = out[0] * out[1];
  });
}

void read_out_backward(std::size_t n, const float* dh, const float* t, float* o, float* dc) {
  for_each<4, 2>(n, {dh, t, o, dc}, {o, dc}, [](auto& in, auto& out) {
    out[0] = in[0] * in[1] * slope_of_sigmoid(in[2]);
    out[1] = xsimd::fma(in[0] * in[2], slope_of_tanh(in[1]), in[3]);
  });
}

constexpr GatedKernels table(const char* instruction_set) {
  return {.instruction_set = instruction_set,
          .step = step,
          .step_backward = step_backward,
          .read_out = read_out,
          .read_out_backward = read_out_backward};
}

}  // namespace
}  // namespace espalier
