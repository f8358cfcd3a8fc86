#pragma once

#include <atomic>
#include <barrier>
#include <cstddef>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/base/memory.h>
#include <espalier/base/memory_error.h>
#include <espalier/ops/tensor.h>
#include <espalier/ops/variable.h>

// What a model that nobody has asked yet answers: to many threads at once, and after memory ran out
// in the midst of the first answer.
namespace espalier::test {

/// An inference: the same at every call.
using Answer = std::function<Tensor()>;

/// Makes a model, always the same, and returns what asks it.
struct FreshModel {
  std::string name;
  std::function<Answer()> make;
  std::function<Answer()> make_warm = nullptr;  ///< The same after Module::warm_up(), if there is.
};

inline std::string name_of(const testing::TestParamInfo<FreshModel>& info) {
  return info.param.name;
}

/// `num_models` models after one another, each asked by `num_threads` threads at once: how many of
/// the answers have other bits than one thread's.
inline std::size_t wrong_first_answers(const FreshModel& kind, int num_threads, int num_models) {
  const Tensor expected = [&] {
    const NoRecording no_recording;
    return kind.make()();
  }();
  std::atomic<std::size_t> wrong = 0;
  Answer answer;
  std::barrier together(num_threads + 1);
  std::vector<std::thread> threads;
  for (int t = 0; t < num_threads; ++t) {
    threads.emplace_back([&] {
      const NoRecording no_recording;
      for (int m = 0; m < num_models; ++m) {
        together.arrive_and_wait();
        wrong += !bitwise_equal(answer(), expected);
        together.arrive_and_wait();
      }
    });
  }
  for (int m = 0; m < num_models; ++m) {
    answer = kind.make();
    together.arrive_and_wait();
    together.arrive_and_wait();
  }
  for (std::thread& thread : threads) thread.join();
  return wrong;
}

/// Fails each of the blocks that a first answer takes, one by one, each in a fresh model: that
/// answer throws, and the next is right. Returns how many blocks there were.
inline std::size_t expect_right_answer_after_a_failure(const FreshModel& kind) {
  const NoRecording no_recording;
  const Tensor expected = kind.make()();
  for (std::size_t block = 1;; ++block) {
    const Answer answer = kind.make();
    bool threw = false;
    fail_block(block);
    try {
      answer();
    } catch (const MemoryError&) {
      threw = true;
    }
    const bool failed = fail_block(0) == 0;
    EXPECT_EQ(threw, failed) << "block " << block;
    if (!failed) return block - 1;
    EXPECT_TRUE(bitwise_equal(answer(), expected)) << "after block " << block;
  }
}

}  // namespace espalier::test
