#include <espalier/ops/arithmetic.h>

#include <type_traits>

#include <espalier/base/error.h>
#include <espalier/ops/internal/map.h>
#include <espalier/ops/internal/sums.h>
#include <espalier/ops/parallel.h>

namespace espalier {
namespace {

using detail::map;

// How one side lies along the result: element (r, c) is at r * row_step + c * col_step.
struct Side {
  std::size_t row_step = 0;
  std::size_t col_step = 0;  // 0 or 1.
};

bool is_row(const Shape& s) {
  return s.rank() >= 1 && s.num_elements() == s[s.rank() - 1] &&
         (s.rank() == 1 || (s.rank() == 2 && s[0] == 1));
}

bool is_column(const Shape& s) { return s.rank() == 2 && s[1] == 1; }

// Is `small` the shape `large` but for its last size, 1?
bool is_column_of(const Shape& small, const Shape& large) {
  if (small.rank() != large.rank() || small.rank() < 2 || small[small.rank() - 1] != 1) {
    return false;
  }
  for (std::size_t i = 0; i + 1 < small.rank(); ++i) {
    if (small[i] != large[i]) return false;
  }
  return true;
}

struct Broadcast {
  Shape shape;
  std::size_t rows = 0, cols = 0;
  Side a, b;

  Broadcast(const Shape& a_shape, const Shape& b_shape, const char* what) {
    const bool a_is_larger = a_shape.rank() == b_shape.rank()
                                 ? a_shape.num_elements() >= b_shape.num_elements()
                                 : a_shape.rank() > b_shape.rank();
    const auto along_a = [&] {
      const bool fits = repeat(b_shape, a_shape, b);
      if (fits) a = {cols, 1};
      return fits;
    };
    const auto along_b = [&] {
      const bool fits = repeat(a_shape, b_shape, a);
      if (fits) b = {cols, 1};
      return fits;
    };
    if (a_shape == b_shape) {
      set_shape(a_shape);
      a = b = {cols, 1};
    } else if (a_is_larger ? along_a() || along_b() : along_b() || along_a()) {
      return;
    } else if (is_column(a_shape) && is_row(b_shape)) {
      set_shape({a_shape[0], b_shape.num_elements()});
      a = {1, 0};
      b = {0, 1};
    } else if (is_row(a_shape) && is_column(b_shape)) {
      set_shape({b_shape[0], a_shape.num_elements()});
      a = {0, 1};
      b = {1, 0};
    } else {
      throw ShapeError(message(what, ": shapes ", a_shape.to_string(), " and ", b_shape.to_string(),
                               ", expected the same, or a row, a column or a scalar on one side"));
    }
  }

  bool is_flat() const { return is_whole(a) && is_whole(b); }
  bool is_whole(const Side& side) const { return side.row_step == cols && side.col_step == 1; }

 private:
  void set_shape(const Shape& s) {
    shape = s;
    cols = s.rank() == 0 ? 1 : s[s.rank() - 1];
    rows = 1;
    for (std::size_t i = 0; i + 1 < s.rank(); ++i) rows *= s[i];
  }

  bool repeat(const Shape& small, const Shape& large, Side& side) {
    if (small.num_elements() == 1) {
      side = {0, 0};
    } else if (is_row(small) && large.rank() >= 1 &&
               small.num_elements() == large[large.rank() - 1]) {
      side = {0, 1};
    } else if (is_column_of(small, large)) {
      side = {1, 0};
    } else {
      return false;
    }
    set_shape(large);
    return true;
  }
};

// Calls body(a_step, b_step) with the steps within a row as constants, for loops that vectorise.
template <class Body>
auto with_steps(const Broadcast& w, const Body& body) {
  using Zero = std::integral_constant<std::size_t, 0>;
  using One = std::integral_constant<std::size_t, 1>;
  if (w.a.col_step == 1) return w.b.col_step == 1 ? body(One(), One()) : body(One(), Zero());
  return w.b.col_step == 1 ? body(Zero(), One()) : body(Zero(), Zero());
}

// The tensor of f(i, a, b) over the result's elements, i = 0, 1, ...
template <class Function>
Tensor map(const Broadcast& w, const float* a, const float* b, Function f) {
  Tensor y = Tensor::uninitialized(w.shape);
  float* const out = y.data();
  if (w.is_flat()) {
    parallel_rows(y.size(), detail::kSumBlock, [=](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) out[i] = f(i, a[i], b[i]);
    });
    return y;
  }
  with_steps(w, [&](auto a_step, auto b_step) {
    parallel_rows(w.rows, detail::sum_block_rows(w.cols), [&](std::size_t begin, std::size_t end) {
      for (std::size_t r = begin; r < end; ++r) {
        const float* const a_r = a + r * w.a.row_step;
        const float* const b_r = b + r * w.b.row_step;
        const std::size_t first = r * w.cols;
        for (std::size_t c = 0; c < w.cols; ++c) {
          out[first + c] = f(first + c, a_r[c * a_step], b_r[c * b_step]);
        }
      }
    });
  });
  return y;
}

// The same, summed over the repetitions of `side`, which has `shape`.
template <class Function>
Tensor map_and_sum(const Broadcast& w, const float* a, const float* b, const Side& side,
                   const Shape& shape, Function f) {
  if (w.is_whole(side)) return map(w, a, b, f);
  return with_steps(w, [&](auto a_step, auto b_step) {
    // Element (r, c).
    const auto at = [&](std::size_t r, std::size_t c) {
      return f(r * w.cols + c, a[r * w.a.row_step + c * a_step], b[r * w.b.row_step + c * b_step]);
    };
    const auto row_sum = [&](std::size_t r) {
      return detail::sum_of(w.cols, [&](std::size_t c) { return at(r, c); });
    };
    const std::size_t block_rows = detail::sum_block_rows(w.cols);
    if (side.col_step == 1) {
      return detail::sum_of_rows(w.rows, shape, [&](std::size_t r, float* sum) {
        for (std::size_t c = 0; c < w.cols; ++c) sum[c] += at(r, c);
      });
    }
    if (side.row_step == 1) {
      Tensor sums = Tensor::uninitialized(shape);
      parallel_rows(w.rows, block_rows, [&](std::size_t begin, std::size_t end) {
        for (std::size_t r = begin; r < end; ++r) sums.data()[r] = static_cast<float>(row_sum(r));
      });
      return sums;
    }
    const double sum =
        detail::sum_of_blocks(w.rows, block_rows, [&](std::size_t begin, std::size_t end) {
          double total = 0;
          for (std::size_t r = begin; r < end; ++r) total += row_sum(r);
          return total;
        });
    return Tensor::filled(shape, static_cast<float>(sum));
  });
}

// The operation f(a, b); da(g, a, b) is what gradient g of the result gives to a, db to b.
template <class Function, class DerivativeA, class DerivativeB>
Variable record_binary(const char* what, const Variable& a, const Variable& b, Function f,
                       DerivativeA da, DerivativeB db) {
  const Broadcast w(a.shape(), b.shape(), what);
  Tensor y = map(w, a.value().data(), b.value().data(),
                 [f](std::size_t, float a_i, float b_i) { return f(a_i, b_i); });
  return record(std::move(y), {a, b}, [a, b, w, da, db](const Tensor& gradient) {
    const float* const g = gradient.data();
    const auto add_gradient = [&](const Variable& x, const Side& side, auto derivative) {
      if (!x.requires_gradient()) return;
      x.add_gradient(map_and_sum(
          w, a.value().data(), b.value().data(), side, x.shape(),
          [=](std::size_t i, float a_i, float b_i) { return derivative(g[i], a_i, b_i); }));
    };
    add_gradient(a, w.a, da);
    add_gradient(b, w.b, db);
  });
}

// The operation f(x); derivative(g, x) is what gradient g of the result gives to x.
template <class Function, class Derivative>
Variable record_unary(const Variable& x, Function f, Derivative derivative) {
  return record(map(x.shape(), f, x.value().data()), {x}, [x, derivative](const Tensor& gradient) {
    x.add_gradient(map(x.shape(), derivative, gradient.data(), x.value().data()));
  });
}

}  // namespace

Variable add(const Variable& a, const Variable& b) {
  const auto same = [](float g, float, float) { return g; };
  return record_binary(
      "add", a, b, [](float u, float v) { return u + v; }, same, same);
}

Variable subtract(const Variable& a, const Variable& b) {
  return record_binary(
      "subtract", a, b, [](float u, float v) { return u - v; },
      [](float g, float, float) { return g; }, [](float g, float, float) { return -g; });
}

Variable multiply(const Variable& a, const Variable& b) {
  return record_binary(
      "multiply", a, b, [](float u, float v) { return u * v; },
      [](float g, float, float v) { return g * v; }, [](float g, float u, float) { return g * u; });
}

Variable divide(const Variable& a, const Variable& b) {
  return record_binary(
      "divide", a, b, [](float u, float v) { return u / v; },
      [](float g, float, float v) { return g / v; },
      [](float g, float u, float v) { return -g * (u / v) / v; });
}

Variable add(const Variable& x, float number) {
  return record_unary(
      x, [=](float v) { return v + number; }, [](float g, float) { return g; });
}

Variable subtract(float number, const Variable& x) {
  return record_unary(
      x, [=](float v) { return number - v; }, [](float g, float) { return -g; });
}

Variable scale(const Variable& x, float factor) {
  return record_unary(
      x, [=](float v) { return factor * v; }, [=](float g, float) { return factor * g; });
}

Variable divide(const Variable& x, float number) {
  return record_unary(
      x, [=](float v) { return v / number; }, [=](float g, float) { return g / number; });
}

Variable divide(float number, const Variable& x) {
  return record_unary(
      x, [=](float v) { return number / v; },
      [=](float g, float v) { return -g * (number / v) / v; });
}

}  // namespace espalier
