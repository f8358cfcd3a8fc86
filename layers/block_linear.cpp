#include <espalier/layers/block_linear.h>

#include <algorithm>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/base/memory.h>
#include <espalier/layers/internal/scratch.h>
#include <espalier/ops/matmul.h>
#include <espalier/ops/parallel.h>

namespace espalier {
namespace {

constexpr std::size_t kTileRows = PackedMatrix::kStepRows;

using Blocks = std::vector<LinearBlock>;

void check(const Variable& x, std::span<const LinearBlock> blocks, const Variable& bias) {
  check_shape(bias.shape(), {bias.value().size()}, "bias of a linear map");
  std::vector<int> given(bias.value().size(), 0);
  for (const LinearBlock& block : blocks) {
    std::size_t outputs = 0;
    for (const ColumnRun& run : block.to) {
      outputs += run.count;
      if (run.first > given.size() || run.count > given.size() - run.first) {
        throw ShapeError(message("a block gives outputs ", run.first, " .. ",
                                 run.first + run.count - 1, ", expected those of a bias of ",
                                 given.size()));
      }
      for (std::size_t i = 0; i < run.count; ++i) ++given[run.first + i];
    }
    if (outputs != block.weight.outputs() || block.columns.size() != block.weight.inputs()) {
      throw ShapeError(message("a block reads ", block.columns.size(), " columns and gives ",
                               outputs, ", expected [", block.weight.outputs(), ", ",
                               block.weight.inputs(), "] as its weight is"));
    }
    for (const std::size_t column : block.columns) {
      if (column < x.cols()) continue;
      throw ShapeError(
          message("a block reads column ", column, ", expected one of 0 .. ", x.cols() - 1));
    }
  }
  const auto wrong = std::ranges::find_if(given, [](int times) { return times != 1; });
  if (wrong == given.end()) return;
  throw ShapeError(
      message("output ", wrong - given.begin(), " is that of ", *wrong, " blocks, expected one"));
}

// Scratch memory of this thread, given back at the end.
class Rows {
 public:
  Rows() : before_(detail::Scratch::mine().mark()) {}
  ~Rows() { detail::Scratch::mine().release_to(before_); }
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

  MutableMatrixView take(std::size_t rows, std::size_t cols) {
    return {detail::Scratch::mine().take(rows * cols), rows, cols};
  }

 private:
  detail::ScratchMark before_;
};

// The columns that a block reads, of rows begin .. begin + to.rows - 1.
void gather(MatrixView x, std::size_t begin, const LinearBlock& block, MutableMatrixView to) {
  for (std::size_t r = 0; r < to.rows; ++r) {
    const float* const from = x.data + (begin + r) * x.cols;
    for (std::size_t i = 0; i < to.cols; ++i) to.data[r * to.cols + i] = from[block.columns[i]];
  }
}

// Calls move(a block's columns, y's columns, count) for each run of a row.
void for_each_run(const LinearBlock& block, float* of_block, float* of_row, const auto& move) {
  for (const ColumnRun& run : block.to) {
    move(of_block, of_row + run.first, run.count);
    of_block += run.count;
  }
}

void add_block(MatrixView x, std::size_t begin, const LinearBlock& block, const float* bias,
               MutableMatrixView y) {
  Rows memory;
  const MutableMatrixView inputs = memory.take(y.rows, block.weight.inputs());
  const MutableMatrixView outputs = memory.take(y.rows, block.weight.outputs());
  gather(x, begin, block, inputs);
  block.weight.forward().multiply(inputs, outputs);
  for (std::size_t r = 0; r < y.rows; ++r) {
    float* const row = y.data + r * y.cols;
    for_each_run(block, outputs.data + r * outputs.cols, row,
                 [&](const float* from, float* to, std::size_t count) {
                   const float* const b = bias + (to - row);
                   for (std::size_t i = 0; i < count; ++i) to[i] = from[i] + b[i];
                 });
  }
}

// Rows of dx gain what flows back through a block.
void add_to_inputs(MatrixView dy, std::size_t begin, const LinearBlock& block,
                   MutableMatrixView dx) {
  Rows memory;
  const MutableMatrixView outputs = memory.take(dx.rows, block.weight.outputs());
  const MutableMatrixView inputs = memory.take(dx.rows, block.weight.inputs());
  for (std::size_t r = 0; r < dx.rows; ++r) {
    for_each_run(
        block, outputs.data + r * outputs.cols, const_cast<float*>(dy.data) + (begin + r) * dy.cols,
        [](float* to, const float* from, std::size_t count) { std::copy_n(from, count, to); });
  }
  block.weight.backward().multiply(outputs, inputs);
  for (std::size_t r = 0; r < dx.rows; ++r) {
    float* const to = dx.data + r * dx.cols;
    for (std::size_t i = 0; i < inputs.cols; ++i) {
      to[block.columns[i]] += inputs.data[r * inputs.cols + i];
    }
  }
}

void add_weight_gradients(const Variable& x, const Blocks& blocks, const Variable& bias,
                          MatrixView dy) {
  PoolVector<GradientProduct> products;
  PoolVector<Tensor> gathered;
  gathered.reserve(blocks.size());
  for (const LinearBlock& block : blocks) {
    if (!block.weight.variable().requires_gradient()) continue;
    Tensor& inputs =
        gathered.emplace_back(Tensor::uninitialized({x.rows(), block.weight.inputs()}));
    parallel_rows(x.rows(), kTileRows, [&](std::size_t begin, std::size_t end) {
      const MutableMatrixView rows = {inputs.data() + begin * inputs.cols(), end - begin,
                                      inputs.cols()};
      gather(x.value().view(), begin, block, rows);
    });
    float* sum = block.weight.variable().mutable_gradient().data();
    for (const ColumnRun& run : block.to) {
      products.push_back(
          {.a = StridedView(dy, run.first, run.count), .b = MatrixView(inputs.view()), .sum = sum});
      sum += run.count * inputs.cols();
    }
  }
  if (bias.requires_gradient()) {
    products.push_back(
        {.a = dy, .b = StridedView(), .column_sums = bias.mutable_gradient().data()});
  }
  add_gradient_products(products);
}

}  // namespace

Variable block_linear(const Variable& x, std::span<const LinearBlock> given, const Variable& bias) {
  check(x, given, bias);
  Blocks blocks(given.begin(), given.end());
  Tensor y = Tensor::uninitialized({x.rows(), bias.value().size()});
  const auto for_each_tile = [](Tensor& rows, const auto& work) {
    parallel_rows(rows.rows(), kTileRows, [&](std::size_t begin, std::size_t end) {
      work(begin, MutableMatrixView{rows.data() + begin * rows.cols(), end - begin, rows.cols()});
    });
  };
  for (const LinearBlock& block : blocks) block.weight.forward();  // Packed before, not inside.
  for_each_tile(y, [&](std::size_t begin, MutableMatrixView rows) {
    for (const LinearBlock& block : blocks) {
      add_block(x.value().view(), begin, block, bias.value().data(), rows);
    }
  });
  PoolVector<Variable> inputs = {x, bias};
  for (const LinearBlock& block : blocks) inputs.push_back(block.weight.variable());
  return Recorder::record(std::span(&y, 1), inputs,
                          [x, bias, blocks = std::move(blocks), for_each_tile](auto gradients) {
                            const MatrixView dy = gradients[0]->view();
                            add_weight_gradients(x, blocks, bias, dy);
                            if (!x.requires_gradient()) return;
                            for (const LinearBlock& block : blocks) block.weight.backward();
                            for_each_tile(x.mutable_gradient(),
                                          [&](std::size_t begin, MutableMatrixView rows) {
                                            for (const LinearBlock& block : blocks)
                                              add_to_inputs(dy, begin, block, rows);
                                          });
                          })
      .front();
}

}  // namespace espalier
