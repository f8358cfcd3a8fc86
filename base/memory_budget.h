#pragma once

#include <cstddef>

namespace espalier {

/// While it lives, the thread that made it takes at most so many bytes from the pool of
/// base/memory.h, whether or not it gives some back; then take_block() throws MemoryError. For
/// sizes that a file claims: what is built from them costs no more than the file may.
/// Budgets nest; the tighter counts.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::size_t num_bytes);
  ~MemoryBudget();
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  /// Whether more was asked for, so that a MemoryError is the budget's and not the machine's.
  bool exceeded() const { return exceeded_; }

  /// What take_block() does first. Throws MemoryError if a budget of this thread does not have so
  /// many bytes left.
  static void charge(std::size_t num_bytes);

 private:
  std::size_t left_;
  bool exceeded_ = false;
  MemoryBudget* outer_;
};

}  // namespace espalier
