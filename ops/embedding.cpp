#include <espalier/ops/embedding.h>

#include <algorithm>

#include <espalier/ops/rows.h>

namespace espalier {

Variable embedding(const Variable& table, std::span<const std::uint32_t> ids) {
  check_ids(ids, table.rows(), "embedding");
  // Only parameters keep row gradients: a computed value hands on its dense gradient alone.
  if (Recorder::value_of(table).producer != nullptr) return gather_rows(table, ids);

  return record(gather_rows(table.value().view(), ids), {table},
                [table, ids = PoolVector<std::uint32_t>(ids.begin(), ids.end())](
                    const Tensor& gradient) { table.mutable_row_gradient().add(ids, gradient); });
}

}  // namespace espalier
