#pragma once

#include <memory>
#include <vector>

#include <espalier/ops/random.h>
#include <espalier/ops/sparse.h>

namespace espalier::test {

/// A sparse pattern that owns its arrays.
struct OwnedPattern {
  std::vector<std::uint64_t> offsets = {0}, column_offsets, entries;
  std::vector<std::uint32_t> columns, rows;
};

/// Rows of 0 to `most` random columns, which may occur twice.
inline SparsePattern random_pattern(std::size_t num_rows, std::size_t num_columns, std::size_t most,
                                    Rng& rng) {
  auto p = std::make_shared<OwnedPattern>();
  for (std::size_t r = 0; r < num_rows; ++r) {
    const std::uint64_t count = num_columns == 0 ? 0 : rng.below(most + 1);
    for (std::uint64_t i = 0; i < count; ++i) {
      p->columns.push_back(static_cast<std::uint32_t>(rng.below(num_columns)));
    }
    p->offsets.push_back(p->columns.size());
  }
  p->column_offsets.push_back(0);
  for (std::uint32_t c = 0; c < num_columns; ++c) {
    for (std::uint32_t r = 0; r < num_rows; ++r) {
      for (std::uint64_t e = p->offsets[r]; e < p->offsets[r + 1]; ++e) {
        if (p->columns[e] != c) continue;
        p->rows.push_back(r);
        p->entries.push_back(e);
      }
    }
    p->column_offsets.push_back(p->rows.size());
  }
  return {num_rows, num_columns, p->offsets, p->columns, p->column_offsets, p->rows, p->entries, p};
}

}  // namespace espalier::test
