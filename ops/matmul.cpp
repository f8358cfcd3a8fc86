#include <espalier/ops/matmul.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <tbb/task_arena.h>
#include <oneapi/dnnl/dnnl.hpp>

#include <espalier/base/error.h>
#include <espalier/ops/kernels.h>
#include <espalier/ops/parallel.h>

// oneDNN built on OpenMP (Debian's) asks it for the number of threads; each thread has its own.
extern "C" void omp_set_num_threads(int) __attribute__((weak));

namespace espalier {
namespace {

using dnnl::memory;

// Never destroyed, as all that is shared here: threads may end after static objects.
dnnl::engine& cpu() {
  static auto* const engine = new dnnl::engine(dnnl::engine::kind::cpu, 0);
  return *engine;
}

memory::dim dim(std::size_t n) { return static_cast<memory::dim>(n); }

memory::desc plain(std::size_t rows, std::size_t cols) {
  return {{dim(rows), dim(cols)}, memory::data_type::f32, memory::format_tag::ab};
}

struct ProductShape {
  std::size_t rows, k, n;
  bool bias, add;

  std::uint64_t key() const {
    assert(rows < 512 && k < (1u << 26) && n < (1u << 26));
    return rows << 54 | (bias ? std::uint64_t{1} << 53 : 0) | (add ? std::uint64_t{1} << 52 : 0) |
           k << 26 | n;
  }
};

dnnl::matmul::primitive_desc describe(const ProductShape& s, const memory::desc& weights) {
  dnnl::primitive_attr attributes;
  // A primitive's own scratchpad is that of the thread that made it.
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  if (s.add) {
    dnnl::post_ops ops;
    ops.append_sum(1.0f);
    attributes.set_post_ops(ops);
  }
  const memory::desc x = plain(s.rows, s.k), y = plain(s.rows, s.n), bias = plain(1, s.n);
#if DNNL_VERSION_MAJOR >= 3
  return s.bias ? dnnl::matmul::primitive_desc(cpu(), x, weights, bias, y, attributes)
                : dnnl::matmul::primitive_desc(cpu(), x, weights, y, attributes);
#else
  const auto d =
      s.bias ? dnnl::matmul::desc(x, weights, bias, y) : dnnl::matmul::desc(x, weights, y);
  return {d, attributes, cpu()};
#endif
}

// The layout that oneDNN likes best for a full tile; narrower products are made to use it too.
dnnl::matmul::primitive_desc describe_best(std::size_t k, std::size_t n) {
  const memory::desc any({dim(k), dim(n)}, memory::data_type::f32, memory::format_tag::any);
  return describe({PackedMatrix::kTileRows, k, n, false, false}, any);
}

// Do oneDNN's kernels for this machine give a row the same bits for every number of rows, with a
// bias and when adding too? Its batch-reduce kernels (AVX-512) do, and its older ones do not.
bool rows_are_independent(const dnnl::matmul::primitive_desc& description) {
  return std::string_view(description.impl_info_str()).find("brg") != std::string_view::npos;
}

// Where they are not, products are of exactly so many rows: then the place of a row does not
// matter.
constexpr std::size_t kFixedRows = 16;

// A primitive, which any number of threads may run at once, and the scratchpad that each brings.
struct Primitive {
  dnnl::matmul matmul;
  memory::desc scratchpad;
  std::size_t scratchpad_bytes;

  explicit Primitive(const dnnl::matmul::primitive_desc& description)
      : matmul(description),
        scratchpad(description.scratchpad_desc()),
        scratchpad_bytes(scratchpad.get_size()) {}
};

// The process's one primitive of that shape. The layout of weights depends on their size alone.
const Primitive& primitive(const ProductShape& shape, const memory::desc& weights) {
  static std::mutex mutex;
  static auto* const all = new std::unordered_map<std::uint64_t, Primitive>;
  const std::lock_guard lock(mutex);
  auto found = all->find(shape.key());
  if (found == all->end()) {
    found = all->try_emplace(shape.key(), describe(shape, weights)).first;
  }
  return found->second;
}

// A thread's memory objects through which a primitive is handed its operands.
struct Product {
  const Primitive& shared;
  memory x, y, bias, scratchpad;

  Product(const ProductShape& s, const memory::desc& weights)
      : shared(primitive(s, weights)),
        x(plain(s.rows, s.k), cpu(), DNNL_MEMORY_NONE),
        y(plain(s.rows, s.n), cpu(), DNNL_MEMORY_NONE),
        bias(plain(1, s.n), cpu(), DNNL_MEMORY_NONE),
        scratchpad(shared.scratchpad, cpu(), DNNL_MEMORY_NONE) {}
};

// What one thread needs to call oneDNN. oneDNN must not start threads of its own: we call it on
// tiles from inside parallel loops.
class Worker {
 public:
  static Worker& mine() {
    if (mine_ == nullptr) {
      mine_ = new Worker;
      if (!has_ended_) thread_local const AtThreadEnd frees_it;
    }
    return *mine_;
  }

  Worker() : stream_(cpu()) {
    if (omp_set_num_threads != nullptr) omp_set_num_threads(1);
  }

  template <class Call>
  void alone(const Call& call) {
#if DNNL_CPU_THREADING_RUNTIME == DNNL_RUNTIME_TBB
    arena_.execute(call);
#else
    call();
#endif
  }

  void multiply(const ProductShape& shape, const memory& weights, const float* x, const float* bias,
                float* y) {
    auto found = products_.find(shape.key());
    if (found == products_.end()) {
      found = products_.try_emplace(shape.key(), shape, weights.get_desc()).first;
    }
    Product& p = found->second;
    p.x.set_data_handle(const_cast<float*>(x));
    p.y.set_data_handle(y);
    dnnl_exec_arg_t operands[5] = {
        {DNNL_ARG_SRC, p.x.get()}, {DNNL_ARG_WEIGHTS, weights.get()}, {DNNL_ARG_DST, p.y.get()}};
    int num_operands = 3;
    if (shape.bias) {
      p.bias.set_data_handle(const_cast<float*>(bias));
      operands[num_operands++] = {DNNL_ARG_BIAS, p.bias.get()};
    }
    if (const std::size_t num_bytes = p.shared.scratchpad_bytes; num_bytes > 0) {
      if (scratchpad_.size() * sizeof(float) < num_bytes) {
        scratchpad_ = Tensor::uninitialized({(num_bytes + sizeof(float) - 1) / sizeof(float)});
      }
      p.scratchpad.set_data_handle(scratchpad_.data());
      operands[num_operands++] = {DNNL_ARG_SCRATCHPAD, p.scratchpad.get()};
    }
    alone([&] {
      dnnl::error::wrap_c_api(
          dnnl_primitive_execute(p.shared.matmul.get(), stream_.get(), num_operands, operands),
          "oneDNN could not run a matmul");
    });
  }

  void reorder(memory& from, memory& to) {
    alone([&] { dnnl::reorder(from, to).execute(stream_, from, to); });
  }

  void sgemm(char transpose_a, char transpose_b, std::size_t m, std::size_t n, std::size_t k,
             const float* a, std::size_t lda, const float* b, std::size_t ldb, float beta, float* c,
             std::size_t ldc) {
    alone([&] {
      dnnl::error::wrap_c_api(dnnl_sgemm(transpose_a, transpose_b, dim(m), dim(n), dim(k), 1.0f, a,
                                         dim(lda), b, dim(ldb), beta, c, dim(ldc)),
                              "oneDNN could not run an sgemm");
    });
  }

 private:
  struct AtThreadEnd {
    AtThreadEnd() {}
    ~AtThreadEnd() {
      delete std::exchange(mine_, nullptr);
      has_ended_ = true;
    }
  };
  // Trivial, so good until the thread is gone; a worker that static objects ask for even later is
  // not freed.
  static inline thread_local constinit Worker* mine_ = nullptr;
  static inline thread_local constinit bool has_ended_ = false;

  dnnl::stream stream_;
  std::unordered_map<std::uint64_t, Product> products_;
  Tensor scratchpad_;
#if DNNL_CPU_THREADING_RUNTIME == DNNL_RUNTIME_TBB
  tbb::task_arena arena_{1};
#endif
};

}  // namespace

struct PackedMatrix::Packed {
  std::size_t k, n;
  memory::desc layout;
  bool independent_rows;
  Tensor block;
  memory weights;

  Packed(std::size_t k_, std::size_t n_) : Packed(k_, n_, describe_best(k_, n_)) {}
  Packed(std::size_t k_, std::size_t n_, const dnnl::matmul::primitive_desc& description)
      : k(k_),
        n(n_),
        layout(description.weights_desc()),
        independent_rows(rows_are_independent(description)),
        block(Tensor::zeros({(layout.get_size() + sizeof(float) - 1) / sizeof(float)})),
        weights(layout, cpu(), block.data()) {}

  void take(const memory::desc& from_layout, const float* values) {
    memory from(from_layout, cpu(), const_cast<float*>(values));
    Worker::mine().reorder(from, weights);
  }

  // Block by block through memory of its own, filled up with zeros; bias and sum are added after.
  void multiply_fixed(MatrixView x, MutableMatrixView y, const float* bias, Store store) const {
    Tensor x_block = Tensor::zeros({kFixedRows, k});
    Tensor y_block = Tensor::uninitialized({kFixedRows, n});
    for (std::size_t begin = 0; begin < x.rows; begin += kFixedRows) {
      const std::size_t rows = std::min(kFixedRows, x.rows - begin);
      std::copy_n(x.data + begin * k, rows * k, x_block.data());
      Worker::mine().multiply({kFixedRows, k, n, false, false}, weights, x_block.data(), nullptr,
                              y_block.data());
      for (std::size_t r = 0; r < rows; ++r) {
        float* const to = y.row(begin + r).data();
        if (store == Store::kReplace && bias == nullptr) std::fill_n(to, n, 0.0f);
        if (bias != nullptr) std::copy_n(bias, n, to);
        kernels().add(n, y_block.row(r).data(), to);
      }
    }
  }

  // Blocks that stacked on one another are a matrix of that shape.
  void take_stacked(const memory::desc& from_layout, const Shape& shape,
                    std::span<const MatrixView> blocks) {
    std::size_t rows = 0;
    for (const MatrixView& block : blocks) {
      check_shape({block.rows, block.cols}, {block.rows, shape[1]}, "packing a matrix");
      rows += block.rows;
    }
    check_shape({rows, shape[1]}, shape, "packing a matrix");
    if (blocks.size() == 1) {
      take(from_layout, blocks[0].data);
      return;
    }
    Tensor stacked = Tensor::uninitialized(shape);
    float* to = stacked.data();
    for (const MatrixView& block : blocks) to = std::copy_n(block.data, block.flat().size(), to);
    take(from_layout, stacked.data());
  }
};

PackedMatrix::PackedMatrix(std::size_t k, std::size_t n) {
  if (k == 0 || n == 0) throw ShapeError(message("a [", k, ", ", n, "] matrix to multiply with"));
  packed_ = std::make_unique<Packed>(k, n);
}

PackedMatrix::~PackedMatrix() = default;
PackedMatrix::PackedMatrix(PackedMatrix&&) noexcept = default;
PackedMatrix& PackedMatrix::operator=(PackedMatrix&&) noexcept = default;

std::size_t PackedMatrix::k() const { return packed_->k; }
std::size_t PackedMatrix::n() const { return packed_->n; }

void PackedMatrix::pack(std::span<const MatrixView> blocks) {
  packed_->take_stacked(plain(k(), n()), {k(), n()}, blocks);
}

void PackedMatrix::pack_transposed(std::span<const MatrixView> blocks) {
  const memory::desc transposed({dim(k()), dim(n())}, memory::data_type::f32,
                                memory::format_tag::ba);
  packed_->take_stacked(transposed, {n(), k()}, blocks);
}

void PackedMatrix::multiply(MatrixView x, MutableMatrixView y, const float* bias,
                            Store store) const {
  assert(x.cols == k() && y.cols == n() && x.rows == y.rows);
  assert(bias == nullptr || store == Store::kReplace);
  if (!packed_->independent_rows) {
    packed_->multiply_fixed(x, y, bias, store);
    return;
  }
  Worker& worker = Worker::mine();
  for (std::size_t begin = 0, rows = 0; begin < x.rows; begin += rows) {
    // Many rows at once read the weights once; a primitive for every such number would be many.
    const std::size_t left = x.rows - begin;
    rows = left < kStepRows ? left : std::min(kTileRows, left / kStepRows * kStepRows);
    worker.multiply({rows, k(), n(), bias != nullptr, store == Store::kAdd}, packed_->weights,
                    x.data + begin * k(), bias, y.data + begin * n());
  }
}

void PackedMatrix::warm_up(bool bias) const {
  const std::size_t most = packed_->independent_rows ? kTileRows : kFixedRows;
  const Tensor x = Tensor::zeros({most, k()}), bias_values = Tensor::zeros({n()});
  Tensor y = Tensor::uninitialized({most, n()});
  // As `multiply` cuts them, the least last: the first request is small more often than not. They
  // run too, for a kernel that has never run is slow the first time, with its code, its operands
  // and the thread's handles to them still to be fetched or made.
  for (std::size_t rows = most; rows > 0; rows -= rows > kStepRows ? kStepRows : 1) {
    multiply(x.view().slice(0, rows), y.view().slice(0, rows), bias ? bias_values.data() : nullptr);
  }
}

void parallel_multiply(MatrixView x, const PackedMatrix& b, MutableMatrixView y, const float* bias,
                       Store store) {
  // A share for each thread, for rows do not care where they are cut; but none too thin.
  const auto threads = static_cast<std::size_t>(num_threads());
  const std::size_t shares = std::clamp(x.rows / PackedMatrix::kStepRows, std::size_t{1}, threads);
  parallel_blocks(shares, [&](std::size_t share) {
    const std::size_t begin = share * x.rows / shares;
    const std::size_t end = (share + 1) * x.rows / shares;
    b.multiply(x.slice(begin, end), y.slice(begin, end), bias, store);
  });
}

namespace {

constexpr std::size_t kGradientBlockRows = 96;

// Adds the sums of columns first .. first + num_cols - 1. A few rows at a time, so that the error
// of rounding grows with the number of such groups and not with that of the rows.
void add_column_sums(const StridedView& a, std::size_t first, std::size_t num_cols, float* sums) {
  constexpr std::size_t kGroupRows = 32;
  for (std::size_t begin = 0; begin < a.rows; begin += kGroupRows) {
    std::array<float, kGradientBlockRows> group;
    std::copy_n(a.row(begin) + first, num_cols, group.data());
    for (std::size_t r = begin + 1; r < std::min(a.rows, begin + kGroupRows); ++r) {
      kernels().add(num_cols, a.row(r) + first, group.data());
    }
    kernels().add(num_cols, group.data(), sums + first);
  }
}

// How a product's results are cut: by rows, and where that gives one block, by columns too, so that
// there is something for every thread.
struct GradientBlocks {
  std::size_t by_row = 0, by_column = 1;
  std::size_t rows = 0, columns = 0;  // Of a block.

  explicit GradientBlocks(const GradientProduct& p) {
    if (p.a.rows == 0 || p.a.cols == 0) return;
    by_row = (p.a.cols + kGradientBlockRows - 1) / kGradientBlockRows;
    if (by_row == 1) by_column = std::clamp(p.b.cols / 128, std::size_t{1}, std::size_t{4});
    rows = even_part(p.a.cols, by_row);
    columns = even_part(p.b.cols, by_column);
  }
  std::size_t count() const { return by_row * by_column; }

 private:
  // Even ones, of whole steps of oneDNN's kernel.
  static std::size_t even_part(std::size_t n, std::size_t parts) {
    return ((n + parts - 1) / parts + 7) / 8 * 8;
  }
};

void add_gradient_block(const GradientProduct& p, const GradientBlocks& blocks, std::size_t block) {
  const std::size_t row = block / blocks.by_column * blocks.rows;
  const std::size_t column = block % blocks.by_column * blocks.columns;
  const std::size_t num_rows = std::min(blocks.rows, p.a.cols - row);
  if (column < p.b.cols) {
    Worker::mine().sgemm('T', 'N', num_rows, std::min(blocks.columns, p.b.cols - column), p.a.rows,
                         p.a.data + row, p.a.stride, p.b.data + column, p.b.stride, 1.0f,
                         p.sum + row * p.b.cols + column, p.b.cols);
  }
  if (column == 0 && p.column_sums != nullptr) add_column_sums(p.a, row, num_rows, p.column_sums);
}

}  // namespace

void add_gradient_products(std::span<const GradientProduct> products) {
  std::size_t total = 0;
  for (const GradientProduct& p : products) {
    assert(p.b.cols == 0 || p.a.rows == p.b.rows);
    total += GradientBlocks(p).count();
  }
  parallel_blocks(total, [&](std::size_t block) {
    for (const GradientProduct& p : products) {
      const GradientBlocks blocks(p);
      if (block < blocks.count()) return add_gradient_block(p, blocks, block);
      block -= blocks.count();
    }
  });
}

namespace {

// Tiles that a thread multiplies on its own: large enough that packing a tile of b costs little.
constexpr std::size_t kOnceRows = 128;
constexpr std::size_t kOnceCols = 512;

// `transpose_b` is 'N' or 'T', as sgemm has it.
void multiply_tiles(MatrixView a, MatrixView b, char transpose_b, MutableMatrixView y,
                    Store store) {
  const std::size_t k = a.cols;
  if (k == 0) {
    if (store == Store::kReplace) std::ranges::fill(y.flat(), 0.0f);
    return;
  }
  const std::size_t num_rows = (y.rows + kOnceRows - 1) / kOnceRows;
  const std::size_t num_cols = (y.cols + kOnceCols - 1) / kOnceCols;
  parallel_blocks(num_rows * num_cols, [&](std::size_t tile) {
    const std::size_t r = tile / num_cols * kOnceRows, c = tile % num_cols * kOnceCols;
    Worker::mine().sgemm('N', transpose_b, std::min(kOnceRows, y.rows - r),
                         std::min(kOnceCols, y.cols - c), k, a.data + r * k, k,
                         b.data + (transpose_b == 'T' ? c * k : c), b.cols,
                         store == Store::kAdd ? 1.0f : 0.0f, y.data + r * y.cols + c, y.cols);
  });
}

}  // namespace

void multiply_once(MatrixView a, MatrixView b, MutableMatrixView y, Store store) {
  assert(a.cols == b.rows && y.rows == a.rows && y.cols == b.cols);
  multiply_tiles(a, b, 'N', y, store);
}

void multiply_once_transposed(MatrixView a, MatrixView b, MutableMatrixView y, Store store) {
  assert(a.cols == b.cols && y.rows == a.rows && y.cols == b.rows);
  multiply_tiles(a, b, 'T', y, store);
}

void multiply_plain(MatrixView x, MatrixView b, MutableMatrixView y) {
  assert(x.cols == b.rows && y.rows == x.rows && y.cols == b.cols);
  Worker::mine().sgemm('N', 'N', x.rows, b.cols, x.cols, x.data, x.cols, b.data, b.cols, 0.0f,
                       y.data, y.cols);
}

}  // namespace espalier
