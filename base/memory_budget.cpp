#include <espalier/base/memory_budget.h>

#include <utility>

#include <espalier/base/memory_error.h>

namespace espalier {
namespace {

thread_local MemoryBudget* innermost = nullptr;

}  // namespace

MemoryBudget::MemoryBudget(std::size_t num_bytes)
    : left_(num_bytes), outer_(std::exchange(innermost, this)) {}

MemoryBudget::~MemoryBudget() { innermost = outer_; }

void MemoryBudget::charge(std::size_t num_bytes) {
  for (MemoryBudget* budget = innermost; budget != nullptr; budget = budget->outer_) {
    if (num_bytes > budget->left_) {
      budget->exceeded_ = true;
      throw MemoryError(message(num_bytes, " bytes more, expected at most the ", budget->left_,
                                " that are left"));
    }
    budget->left_ -= num_bytes;
  }
}

}  // namespace espalier
