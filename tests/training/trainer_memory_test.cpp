#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <vector>

#include <espalier/training/trainer.h>

#include "tests/training/toy_task.h"
#include "tests/training/training_test_support.h"

#if defined(__SANITIZE_ADDRESS__)
#define ESPALIER_HAS_OWN_HEAP 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ESPALIER_HAS_OWN_HEAP 0
#endif
#endif
#ifndef ESPALIER_HAS_OWN_HEAP
#define ESPALIER_HAS_OWN_HEAP 1
#endif

namespace {
std::atomic<std::size_t> num_allocations{0}, allocated_bytes{0};
}  // namespace

#if ESPALIER_HAS_OWN_HEAP
// The program's heap, counted. The array forms come here too.
void* operator new(std::size_t num_bytes) {
  ++num_allocations;
  allocated_bytes += num_bytes;
  if (void* block = std::malloc(num_bytes == 0 ? 1 : num_bytes)) return block;
  throw std::bad_alloc();
}
void* operator new(std::size_t num_bytes, std::align_val_t alignment) {
  ++num_allocations;
  allocated_bytes += num_bytes;
  const auto align = static_cast<std::size_t>(alignment);
  if (void* block = std::aligned_alloc(align, (num_bytes + align - 1) / align * align)) {
    return block;
  }
  throw std::bad_alloc();
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }
void operator delete(void* block, std::align_val_t) noexcept { std::free(block); }
void operator delete(void* block, std::size_t, std::align_val_t) noexcept { std::free(block); }
#endif

namespace espalier::training {
namespace {

// Between the steps of an epoch.
class CountAllocations : public Reporter {
 public:
  void on_step(const StepReport& step) override {
    const std::size_t now = num_allocations;
    if (step.epoch == 3 && step.step > 1) in_steps += now - before_;
    before_ = now;
  }
  std::size_t in_steps = 0;

 private:
  std::size_t before_ = 0;
};

TEST(TrainerMemoryTest, AStepAsksTheSystemForNothing) {
  if (!ESPALIER_HAS_OWN_HEAP) GTEST_SKIP() << "the sanitizer has its own heap";
  test::ToyTask task;
  CountAllocations count;
  Trainer({.batch_size = 5,
           .epochs = 3,
           .clipping = {.limit = 1.0},
           .schedule_by_step = linear_warm_up(3, cosine_decay(30)),
           .reporters = {&count}})
      .fit(task);
  EXPECT_GT(num_allocations, 0u);  // They are counted indeed.
  EXPECT_EQ(count.in_steps, 0u);
}

// What a step and the save after it ask the system for, when nothing is kept for reuse.
class CountBytes : public Reporter {
 public:
  void on_step(const StepReport& step) override {
    if (step.step > 1) most = std::max(most, allocated_bytes - before_);
    release_kept_memory();
    before_ = allocated_bytes;
  }
  std::size_t most = 0;

 private:
  std::size_t before_ = 0;
};

TEST(TrainerMemoryTest, ASaveCopiesNoWeights) {
  if (!ESPALIER_HAS_OWN_HEAP) GTEST_SKIP() << "the sanitizer has its own heap";
  constexpr std::size_t kTableRows = std::size_t{1} << 20;
  test::ToyTask task(kTableRows);  // And as much momentum.
  CountBytes count;
  const test::TemporaryFolder folder;
  Trainer({.batch_size = 16,
           .epochs = 2,
           .checkpoint = folder / "toy.safetensors",
           .checkpoint_steps = 1,
           .reporters = {&count}})
      .fit(task);
  EXPECT_GT(std::filesystem::file_size(folder / "toy.safetensors"),
            3 * kTableRows * sizeof(float));  // The best table too.
  EXPECT_LT(count.most, kTableRows * sizeof(float) / 4);
}

}  // namespace
}  // namespace espalier::training
