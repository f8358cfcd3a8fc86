#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/base/error.h>
#include <espalier/ops/random.h>

// What tests of a table of kernels have in common.
namespace espalier::test {

using Element = std::vector<double>;
using Floats = std::vector<float>;
using Operands = std::vector<float*>;

/// A kernel of a table with its operands numbered, and what it makes of them.
template <class Table>
struct KernelCase {
  std::string name;  ///< The entry's, and after a space in which form.
  std::size_t num_operands;
  std::vector<std::size_t> updated;  ///< Operands whose values after the call are results.
  std::function<void(const Table&, std::size_t n, const Operands&)> run;
  std::function<void(Element&)> formula;  ///< On one element of each operand, in double.
};

inline double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

inline std::vector<float*> pointers(std::vector<Floats>& runs, std::size_t offset = 0) {
  std::vector<float*> result;
  for (Floats& run : runs) result.push_back(run.data() + offset);
  return result;
}

inline std::vector<Floats> random_runs(std::size_t count, std::size_t n, Rng& rng) {
  std::vector<Floats> runs(count, Floats(n));
  for (Floats& run : runs) {
    for (float& x : run) x = rng.uniform(-1.0f, 1.0f);
  }
  return runs;
}

/// Every entry of the table has a case, but for `others`, which have tests of their own.
template <class Table>
void expect_every_entry(const std::vector<KernelCase<Table>>& cases, std::size_t others = 0) {
  std::set<std::string> entries;
  for (const KernelCase<Table>& c : cases) entries.insert(c.name.substr(0, c.name.find(' ')));
  EXPECT_EQ(entries.size() + others, sizeof(Table) / sizeof(void*) - 1);  // One is its name.
}

template <class Table>
void expect_formulas(const Table& table, const std::vector<KernelCase<Table>>& cases) {
  Rng rng(1);
  for (const KernelCase<Table>& c : cases) {
    for (std::size_t n = 0; n <= 70; ++n) {
      SCOPED_TRACE(message(c.name, ", n ", n));
      const std::vector<Floats> before = random_runs(c.num_operands, n + 20, rng);
      std::vector<Floats> after = before;
      c.run(table, n, pointers(after));
      for (std::size_t i = 0; i < n + 20; ++i) {
        Element expected;
        for (const Floats& run : before) expected.push_back(static_cast<double>(run[i]));
        if (i < n) c.formula(expected);
        for (std::size_t p = 0; p < c.num_operands; ++p) {
          const bool result = i < n && std::ranges::count(c.updated, p) > 0;
          const double tolerance = result ? 4e-6 * (1 + std::abs(expected[p])) : 0.0;
          ASSERT_NEAR(after[p][i], expected[p], tolerance) << "operand " << p << ", element " << i;
        }
      }
    }
  }
}

template <class Table>
void expect_same_bits_everywhere(const Table& table, const std::vector<KernelCase<Table>>& cases) {
  Rng rng(2);
  constexpr std::size_t kLength = 70;
  for (const KernelCase<Table>& c : cases) {
    const std::vector<Floats> before = random_runs(c.num_operands, kLength, rng);
    std::vector<Floats> whole = before;
    c.run(table, kLength, pointers(whole));
    for (std::size_t begin = 0; begin < kLength; ++begin) {
      for (std::size_t n = 1; begin + n <= kLength; ++n) {
        std::vector<Floats> part = before;
        c.run(table, n, pointers(part, begin));
        for (std::size_t p = 0; p < c.num_operands; ++p) {
          ASSERT_TRUE(std::equal(part[p].begin() + static_cast<std::ptrdiff_t>(begin),
                                 part[p].begin() + static_cast<std::ptrdiff_t>(begin + n),
                                 whole[p].begin() + static_cast<std::ptrdiff_t>(begin)))
              << c.name << ", operand " << p << ", elements " << begin << " .. " << begin + n - 1;
        }
      }
    }
  }
}

}  // namespace espalier::test
